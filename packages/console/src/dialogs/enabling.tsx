import { useEffect, useRef } from 'react';
import { useSurroundings } from '../keys/surroundings.tsx';
import { Button } from '../ui/button.tsx';
import { DialogFrame } from './frame.tsx';
import { useAttempt } from './use-attempt.ts';

/** Enabling asks nothing: it is done at once, and a dialog is there only when it fails. */
export function Enabling(props: {
  readonly title: string;
  readonly onEnable: () => Promise<void>;
  readonly onClose: () => void;
}) {
  const { say } = useSurroundings();
  const attempt = useAttempt();
  const isBegun = useRef(false);
  useEffect(() => {
    if (isBegun.current) return;
    isBegun.current = true;
    void attempt.run(props.onEnable);
  }, [attempt, props.onEnable]);
  if (attempt.error === null) return null;
  return (
    <DialogFrame title={props.title} onClose={props.onClose}>
      <p role="alert" className="mt-2 text-danger">
        {attempt.error}
      </p>
      <div className="mt-5 flex justify-end">
        <Button onClick={props.onClose}>{say('done')}</Button>
      </div>
    </DialogFrame>
  );
}
