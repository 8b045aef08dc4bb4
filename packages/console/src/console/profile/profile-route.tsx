import { lazy, Suspense, useState } from 'react';
import { useSurroundings } from '../../keys/surroundings.tsx';
import { Button } from '../../ui/button.tsx';
import { useConsoleSession } from '../session/console-session.ts';
import { ROLE_MEANINGS, ROLE_NAMES } from '../session/roles.ts';
import { Badge } from '../ui/badge.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { Facts, Panel } from '../ui/panel.tsx';

const PasswordDialog = lazy(async () => ({
  default: (await import('./password-dialog.tsx')).PasswordDialog,
}));
const TotpDialog = lazy(async () => ({ default: (await import('./totp-dialog.tsx')).TotpDialog }));
const RemoveTotpDialog = lazy(async () => ({
  default: (await import('./remove-totp-dialog.tsx')).RemoveTotpDialog,
}));

/** Oneself: who, as what, and how one logs in. */
export function ProfileRoute() {
  const { person, expires_at } = useConsoleSession();
  const { time } = useSurroundings();
  const [task, setTask] = useState<'password' | 'totp' | 'remove_totp' | null>(null);
  const close = () => setTask(null);
  return (
    <>
      <PageHeader title="Your profile" />
      <Panel title={person.name}>
        <Facts
          facts={{
            'E-mail': person.email,
            Role: `${ROLE_NAMES[person.role]}. ${ROLE_MEANINGS[person.role]}`,
            'This session ends': `${time.exact(expires_at)}, or after 12 hours without a call`,
          }}
        />
      </Panel>
      {person.has_password && (
        <Panel
          title="Password"
          actions={<Button onClick={() => setTask('password')}>Change password</Button>}
        >
          <p className="mt-2 max-w-2xl text-sm text-soft">
            Changing it logs you out in every other browser at once. So it is also what to do when you have
            left a session open somewhere.
          </p>
        </Panel>
      )}
      {person.has_password && (
        <Panel
          title="One-time codes"
          actions={
            person.totp_enabled ? (
              <Button onClick={() => setTask('remove_totp')}>Turn off…</Button>
            ) : (
              <Button kind="primary" onClick={() => setTask('totp')}>
                Turn on
              </Button>
            )
          }
        >
          <p className="mt-2 flex max-w-2xl flex-wrap items-center gap-2 text-sm text-soft">
            {person.totp_enabled ? (
              <>
                <Badge tone="good">On</Badge> Logging in takes your password and a code of your app.
              </>
            ) : (
              'With them, your password alone lets nobody in: logging in asks for a code of an app on your phone too.'
            )}
          </p>
        </Panel>
      )}
      <Suspense fallback={null}>
        {task === 'password' && <PasswordDialog onClose={close} />}
        {task === 'totp' && <TotpDialog onClose={close} />}
        {task === 'remove_totp' && <RemoveTotpDialog onClose={close} />}
      </Suspense>
    </>
  );
}
