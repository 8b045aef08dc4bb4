import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { DialogForm, DialogFrame } from '../../dialogs/frame.tsx';
import { TextField } from '../../ui/field.tsx';
import { SESSION_KEY } from '../api/queries.ts';
import { useConsoleClient, useConsoleSession } from '../session/console-session.ts';
import { OwnUsername } from '../session/new-password.tsx';
import { useDoorAttempt } from '../session/use-door-attempt.ts';
import { useTell } from '../shell/told.tsx';

export function RemoveTotpDialog({ onClose }: { readonly onClose: () => void }) {
  const client = useConsoleClient();
  const queries = useQueryClient();
  const { person } = useConsoleSession();
  const tell = useTell();
  const attempt = useDoorAttempt();
  const [password, setPassword] = useState('');
  async function remove() {
    queries.setQueryData(
      SESSION_KEY,
      await client.call('POST /v1/console/totp/remove', { body: { password } }),
    );
    onClose();
    tell('One-time codes are off.');
  }
  return (
    <DialogFrame isAlert title="Turn one-time codes off" onClose={onClose}>
      <DialogForm
        isDangerous
        submit="Turn off"
        busyLabel="Turning off…"
        isReady={password !== ''}
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => void attempt.run(remove)}
        onCancel={onClose}
      >
        <p className="-mt-2 text-soft">Your password alone will let anybody in who knows it.</p>
        <OwnUsername email={person.email} />
        <TextField
          autoFocus
          type="password"
          label="Password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </DialogForm>
    </DialogFrame>
  );
}
