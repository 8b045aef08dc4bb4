import { type ReactNode, useState } from 'react';
import { DialogForm, DialogFrame } from '../../dialogs/frame.tsx';
import { useAttempt } from '../../dialogs/use-attempt.ts';
import { TextField } from '../../ui/field.tsx';

/** Asks before something is done, where it matters for a word to be typed. */
export function ConfirmDialog(props: {
  readonly title: string;
  readonly submit: string;
  readonly busyLabel: string;
  readonly isDangerous?: boolean;
  /** What has to be typed; left out: nothing. */
  readonly word?: string;
  readonly isReady?: boolean;
  /** What it throws is told; the dialog stays. */
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const { title, submit, busyLabel, isDangerous = false, word, isReady = true, onConfirm, onClose } = props;
  const [typed, setTyped] = useState('');
  const attempt = useAttempt();
  return (
    <DialogFrame isAlert title={title} onClose={onClose}>
      <DialogForm
        isDangerous={isDangerous}
        submit={submit}
        busyLabel={busyLabel}
        isReady={isReady && (word === undefined || typed.trim() === word)}
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => void attempt.run(onConfirm)}
        onCancel={onClose}
      >
        <div className="-mt-2 grid gap-3 text-soft">{props.children}</div>
        {word !== undefined && (
          <TextField
            label={`Type ${word} to confirm`}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </DialogForm>
    </DialogFrame>
  );
}
