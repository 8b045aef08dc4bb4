import { useState } from 'react';
import { TextField } from '../../ui/field.tsx';
import { useConsoleClient } from './console-session.ts';
import { Door, DoorForm } from './door.tsx';
import { takeCode } from './link-code.ts';
import { findPasswordFault, NewPasswordField } from './new-password.tsx';
import { OwnNameField } from './own-name.tsx';
import { useDoorAttempt } from './use-door-attempt.ts';
import { useEntry } from './use-entry.ts';

/** The first person makes their account. */
export function SetUpRoute() {
  const [code] = useState(takeCode);
  const client = useConsoleClient();
  const enter = useEntry();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [isTold, setTold] = useState(false);
  const attempt = useDoorAttempt();
  const lacksName = name.trim() === '';
  const lacksEmail = !email.includes('@');
  const fault = findPasswordFault(password);

  function submit() {
    setTold(true);
    if (lacksName || lacksEmail || fault !== null) return;
    void attempt.run(async () => {
      const body = { code, name: name.trim(), email: email.trim(), password };
      enter(await client.call('POST /v1/console/setup', { body }));
    });
  }
  if (code === '') {
    return (
      <Door
        title="This is not the whole link"
        lead="Open the set-up link as it was printed, with what stands behind its #."
      />
    );
  }
  return (
    <Door title="Set up Keyhold" lead="You will be the owner: the one who lets others in.">
      <DoorForm submit="Create my account" isBusy={attempt.isBusy} error={attempt.error} onSubmit={submit}>
        <OwnNameField value={name} isLacking={isTold && lacksName} onChange={setName} />
        <TextField
          type="email"
          label="E-mail"
          help="What you log in with. Nothing is sent to it."
          autoComplete="username"
          error={isTold && lacksEmail ? 'Give an e-mail address.' : null}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
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
