import type { ConsoleSessionBody } from '@keyhold/api/console';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { DialogForm, DialogFrame } from '../../dialogs/frame.tsx';
import { buttonClasses } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { SESSION_KEY } from '../api/queries.ts';
import { useConsoleClient } from './console-session.ts';
import { OwnUsername } from './new-password.tsx';
import { useDoorAttempt } from './use-door-attempt.ts';

/** Asks who is there, before something that matters is done. */
export function ReauthenticationDialog(props: {
  readonly onProven: () => void;
  readonly onClose: () => void;
}) {
  const client = useConsoleClient();
  const queries = useQueryClient();
  const person = queries.getQueryData<ConsoleSessionBody>(SESSION_KEY)?.person;
  const needsCode = person?.totp_enabled === true;
  const [password, setPassword] = useState('');
  const [totp, setTotp] = useState('');
  const attempt = useDoorAttempt();
  const submit = () =>
    attempt.run(async () => {
      const body = { password, ...(needsCode && { totp: totp.trim() }) };
      queries.setQueryData(SESSION_KEY, await client.call('POST /v1/console/reauthenticate', { body }));
      props.onProven();
    });
  if (person?.has_password === false) {
    return (
      <DialogFrame isAlert title="Is it you?" onClose={props.onClose}>
        <p className="mt-2 text-soft">
          This needs a fresh log-in. Prove who you are with your provider; then do it once more.
        </p>
        <div className="mt-5 flex justify-end gap-2">
          <a href="/v1/console/oidc/start?reauthenticate=1" className={buttonClasses('primary')}>
            Continue
          </a>
        </div>
      </DialogFrame>
    );
  }
  return (
    <DialogFrame isAlert title="Is it you?" onClose={props.onClose}>
      <DialogForm
        submit="Continue"
        busyLabel="Checking…"
        isReady={password !== ''}
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => void submit()}
        onCancel={props.onClose}
      >
        <p className="-mt-2 text-soft">
          What you are about to do matters, and your log-in is a while ago. Enter your password again.
        </p>
        <OwnUsername email={person?.email ?? ''} />
        <TextField
          autoFocus
          type="password"
          label="Password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {needsCode && (
          <TextField
            label="Code"
            help="Six digits, or one of your recovery codes."
            autoComplete="one-time-code"
            value={totp}
            onChange={(event) => setTotp(event.target.value)}
          />
        )}
      </DialogForm>
    </DialogFrame>
  );
}
