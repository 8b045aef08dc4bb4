import { useState } from 'react';
import { describeFailure } from './describe-failure.ts';

/** One thing that is tried before the log-in, once at a time. */
export function useDoorAttempt() {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  return {
    isBusy,
    error,
    setError,
    /** @param explain what to do with a failure; true: it needs no words. */
    async run(act: () => Promise<void>, explain: (failure: unknown) => boolean = () => false) {
      setBusy(true);
      setError(null);
      try {
        await act();
      } catch (failure) {
        if (!explain(failure)) setError(describeFailure(failure));
      } finally {
        setBusy(false);
      }
    },
  };
}
