import { useState } from 'react';
import { CallFailed } from '../api/call-failed.ts';
import { useSurroundings } from '../keys/surroundings.tsx';

/** One thing that is tried, once at a time. */
export interface Attempt {
  readonly isBusy: boolean;
  /** What went wrong the last time, in words; null: nothing. */
  readonly error: string | null;
  /** What it throws becomes the error. */
  run(act: () => Promise<void>): Promise<void>;
}

export function useAttempt(): Attempt {
  const { say } = useSurroundings();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  function describe(failure: unknown): string {
    if (!(failure instanceof CallFailed) || failure.status === 0) return say('failed');
    if (failure.status === 401) return say('expiredText');
    if (failure.status >= 500) return say('failedBusy');
    return failure.fields.map(({ message }) => message).join(' ') || failure.message;
  }
  return {
    isBusy,
    error,
    async run(act) {
      setBusy(true);
      setError(null);
      try {
        await act();
      } catch (failure) {
        setError(describe(failure));
      } finally {
        setBusy(false);
      }
    },
  };
}
