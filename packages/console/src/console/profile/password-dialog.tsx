import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { DialogForm, DialogFrame } from '../../dialogs/frame.tsx';
import { TextField } from '../../ui/field.tsx';
import { SESSION_KEY } from '../api/queries.ts';
import { useConsoleClient, useConsoleSession } from '../session/console-session.ts';
import { findPasswordFault, NewPasswordField, OwnUsername } from '../session/new-password.tsx';
import { useDoorAttempt } from '../session/use-door-attempt.ts';
import { useTell } from '../shell/told.tsx';

export function PasswordDialog({ onClose }: { readonly onClose: () => void }) {
  const client = useConsoleClient();
  const queries = useQueryClient();
  const { person } = useConsoleSession();
  const tell = useTell();
  const attempt = useDoorAttempt();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [isTold, setTold] = useState(false);
  const fault = findPasswordFault(next);
  async function change() {
    const body = { current_password: current, new_password: next };
    queries.setQueryData(SESSION_KEY, await client.call('POST /v1/console/password', { body }));
    onClose();
    tell('Your password is changed; every other session of yours has ended.');
  }
  return (
    <DialogFrame title="Change your password" onClose={onClose}>
      <DialogForm
        submit="Change password"
        busyLabel="Changing…"
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => {
          setTold(true);
          if (fault === null && current !== '') void attempt.run(change);
        }}
        onCancel={onClose}
      >
        <OwnUsername email={person.email} />
        <TextField
          autoFocus
          type="password"
          label="Present password"
          autoComplete="current-password"
          error={isTold && current === '' ? 'Enter the password that you have now.' : null}
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
        <NewPasswordField
          label="New password"
          value={next}
          error={isTold ? fault : null}
          onChange={setNext}
        />
      </DialogForm>
    </DialogFrame>
  );
}
