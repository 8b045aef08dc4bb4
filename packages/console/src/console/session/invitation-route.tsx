import { useState } from 'react';
import { useConsoleClient } from './console-session.ts';
import { Door, DoorForm } from './door.tsx';
import { takeCode } from './link-code.ts';
import { findPasswordFault, NewPasswordField } from './new-password.tsx';
import { OwnNameField } from './own-name.tsx';
import { useDoorAttempt } from './use-door-attempt.ts';
import { useEntry } from './use-entry.ts';

/** Somebody who was invited, or who lost their password, comes in by their link. */
export function InvitationRoute() {
  const [code] = useState(takeCode);
  const client = useConsoleClient();
  const enter = useEntry();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [isTold, setTold] = useState(false);
  const attempt = useDoorAttempt();
  const lacksName = name.trim() === '';
  const fault = findPasswordFault(password);

  function submit() {
    setTold(true);
    if (lacksName || fault !== null) return;
    void attempt.run(async () => {
      const body = { code, name: name.trim(), password };
      enter(await client.call('POST /v1/console/invitations/accept', { body }));
    });
  }
  if (code === '') {
    return (
      <Door
        title="This is not the whole link"
        lead="Open the link as it was sent, with what stands behind its #."
      />
    );
  }
  return (
    <Door title="Welcome to Keyhold" lead="Choose how colleagues see you, and a password.">
      <DoorForm submit="Continue" isBusy={attempt.isBusy} error={attempt.error} onSubmit={submit}>
        <OwnNameField value={name} isLacking={isTold && lacksName} onChange={setName} />
        <NewPasswordField
          label="Password"
          value={password}
          error={isTold ? fault : null}
          onChange={setPassword}
        />
      </DoorForm>
    </Door>
  );
}
