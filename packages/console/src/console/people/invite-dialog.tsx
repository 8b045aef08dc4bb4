import type { PersonRole } from '@keyhold/api/console';
import { type RefObject, useState } from 'react';
import { DialogForm, DialogFrame } from '../../dialogs/frame.tsx';
import { useAttempt } from '../../dialogs/use-attempt.ts';
import { TextField } from '../../ui/field.tsx';
import { useRefresh } from '../api/use-read.ts';
import { useConsoleClient } from '../session/console-session.ts';
import { RoleChoice } from './role-choice.tsx';

export function InviteDialog(props: {
  readonly isFollowed: RefObject<boolean>;
  readonly onInvited: (name: string, url: string) => void;
  readonly onClose: () => void;
}) {
  const client = useConsoleClient();
  const refresh = useRefresh();
  const attempt = useAttempt();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<PersonRole>('operator');
  const [isTold, setTold] = useState(false);
  const lacksName = name.trim() === '';
  const lacksEmail = !email.includes('@');

  async function invite() {
    const body = { name: name.trim(), email: email.trim(), role };
    const { invitation_url } = await client.call('POST /v1/people', { body });
    props.onInvited(body.name, invitation_url);
    await refresh('GET /v1/people');
  }
  return (
    <DialogFrame title="Invite somebody" isFollowed={props.isFollowed} onClose={props.onClose}>
      <DialogForm
        submit="Make the invitation"
        busyLabel="Making it…"
        isBusy={attempt.isBusy}
        error={attempt.error}
        onSubmit={() => {
          setTold(true);
          if (!lacksName && !lacksEmail) void attempt.run(invite);
        }}
        onCancel={props.onClose}
      >
        <TextField
          autoFocus
          label="Name"
          maxLength={100}
          error={isTold && lacksName ? 'Say how colleagues know them.' : null}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          type="email"
          label="E-mail"
          help="What they log in with. Nothing is sent to it: you get a link to hand over."
          error={isTold && lacksEmail ? 'Give an e-mail address.' : null}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <RoleChoice role={role} onChange={setRole} />
      </DialogForm>
    </DialogFrame>
  );
}
