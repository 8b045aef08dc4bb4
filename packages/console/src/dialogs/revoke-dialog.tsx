import type { KeysPageKey } from '@keyhold/api/keys-page';
import { useState } from 'react';
import { useSurroundings } from '../keys/surroundings.tsx';
import { TextField } from '../ui/field.tsx';
import { DialogForm, DialogFrame } from './frame.tsx';
import { useAttempt } from './use-attempt.ts';

/** Asks for the key's name before it is gone for ever. */
export function RevokeDialog({
  row,
  nowMs,
  onRevoke,
  onClose,
}: {
  readonly row: Pick<KeysPageKey, 'name' | 'last_used_at'>;
  readonly nowMs: number;
  readonly onRevoke: () => Promise<void>;
  readonly onClose: () => void;
}) {
  const { say, time } = useSurroundings();
  const [typed, setTyped] = useState('');
  const attempt = useAttempt();
  const used =
    row.last_used_at === null
      ? say('revokeNeverUsed')
      : say('revokeUsed', { when: time.relative(row.last_used_at, nowMs) });
  return (
    <DialogFrame isAlert title={say('revokeTitle', { name: row.name })} onClose={onClose}>
      <DialogForm
        isDangerous
        submit={say('revokeDo')}
        busyLabel={say('revoking')}
        isReady={typed.trim() === row.name}
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => void attempt.run(onRevoke)}
        onCancel={onClose}
      >
        <div className="-mt-2 grid gap-2 text-soft">
          <p>{say('revokeText')}</p>
          <p className="font-medium text-ink">{used}</p>
        </div>
        <TextField
          label={say('revokeConfirm', { name: row.name })}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </DialogForm>
    </DialogFrame>
  );
}
