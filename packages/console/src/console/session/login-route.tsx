import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { CallFailed } from '../../api/call-failed.ts';
import { buttonClasses } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { readBy } from '../api/queries.ts';
import { useConsoleClient } from './console-session.ts';
import { Door, DoorForm } from './door.tsx';
import { useDoorAttempt } from './use-door-attempt.ts';
import { useEntry } from './use-entry.ts';

const route = getRouteApi('/login');

export function LoginRoute() {
  const { to, refused } = route.useSearch();
  const client = useConsoleClient();
  const state = useQuery(readBy(client, 'GET /v1/console', {}));
  const enter = useEntry();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  // Asked for only once the password was right.
  const [totp, setTotp] = useState<string | null>(null);
  const attempt = useDoorAttempt();

  const submit = () =>
    attempt.run(
      async () => {
        const code = totp === null ? {} : { totp: totp.trim() };
        enter(await client.call('POST /v1/console/login', { body: { email, password, ...code } }), to);
      },
      (failure) => {
        const needsCode = failure instanceof CallFailed && failure.code === 'totp_required' && totp === null;
        if (needsCode) setTotp('');
        return needsCode;
      },
    );

  if (state.data?.set_up === false) {
    return (
      <Door
        title="Nobody is here yet"
        lead="Open the set-up link that Keyhold printed when it first started; it makes you the owner."
      >
        <p className="mt-4 text-sm text-soft">A new one, on the machine where it runs:</p>
        <pre className="mt-1.5 rounded-kh border border-line bg-panel px-3.5 py-2.5 font-mono text-[0.8125rem]">
          <code>keyhold people setup-link</code>
        </pre>
      </Door>
    );
  }
  return (
    <Door title="Log in" lead={totp === null ? undefined : 'One more step: the code from your app.'}>
      <DoorForm submit="Log in" isBusy={attempt.isBusy} error={attempt.error} onSubmit={() => void submit()}>
        {refused === 'oidc' && attempt.error === null && (
          <p role="alert" className="rounded-kh border border-danger/40 px-3.5 py-2.5 text-sm text-danger">
            You could not be logged in that way. Ask an owner of this console to let you in.
          </p>
        )}
        {totp === null ? (
          <>
            <TextField
              autoFocus
              type="email"
              label="E-mail"
              autoComplete="username"
              value={email}
              onChange={(event) => setEmail(event.target.value)}
            />
            <TextField
              type="password"
              label="Password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </>
        ) : (
          <TextField
            autoFocus
            label="Code"
            help="Six digits, or one of your recovery codes."
            autoComplete="one-time-code"
            value={totp}
            onChange={(event) => setTotp(event.target.value)}
          />
        )}
      </DoorForm>
      {totp === null && state.data !== undefined && state.data.oidc !== null && (
        <>
          <p className="my-4 flex items-center gap-3 text-xs text-soft before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
            or
          </p>
          <a href="/v1/console/oidc/start" className={buttonClasses('plain', 'h-10 w-full')}>
            Continue with {state.data.oidc.name}
          </a>
        </>
      )}
    </Door>
  );
}
