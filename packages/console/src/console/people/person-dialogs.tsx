import type { PersonBody } from '@keyhold/api/console';
import { useEffect, useRef, useState } from 'react';
import { Reveal } from '../../dialogs/reveal.tsx';
import { createOneTimeSecret, type OneTimeSecret } from '../../keys/one-time-secret.ts';
import { useRefresh } from '../api/use-read.ts';
import { useConsoleClient } from '../session/console-session.ts';
import { useTell } from '../shell/told.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import type { PersonTask } from './person-task.ts';
import { RoleDialog } from './role-dialog.tsx';
import { SessionsDialog } from './sessions-dialog.tsx';

const LINK_WORDS = {
  text: 'Send it yourself, by a way that you trust: whoever opens it first is in. It works once, within 72 hours, and is shown only now.',
  label: 'The link',
  copy: 'Copy link',
};

/** The dialog of a task; after it, where one was made, the link to hand over. */
export function PersonDialogs(props: { readonly task: PersonTask; readonly onClose: () => void }) {
  const { task, onClose } = props;
  const isFollowed = useRef(false);
  const [link, setLink] = useState<{ readonly name: string; readonly secret: OneTimeSecret } | null>(null);
  useEffect(() => () => link?.secret.forget(), [link]);

  function handOver(name: string, url: string) {
    isFollowed.current = true;
    setLink({ name, secret: createOneTimeSecret(url) });
  }
  if (link !== null) {
    return (
      <Reveal
        title={`A link for ${link.name}`}
        words={LINK_WORDS}
        note={null}
        paste={null}
        secret={link.secret}
        onClose={onClose}
      />
    );
  }
  if (task.kind === 'invite') {
    return <InviteDialog isFollowed={isFollowed} onInvited={handOver} onClose={onClose} />;
  }
  const { person } = task;
  switch (task.kind) {
    case 'role':
      return <RoleDialog person={person} onClose={onClose} />;
    case 'sessions':
      return <SessionsDialog person={person} onClose={onClose} />;
    case 'link':
      return <LinkDialog person={person} onLink={handOver} onClose={onClose} />;
    case 'end_sessions':
      return <EndSessionsDialog person={person} onClose={onClose} />;
    case 'disable':
      return <DisableDialog person={person} onClose={onClose} />;
    case 'enable':
      return <EnableDialog person={person} onClose={onClose} />;
  }
}

interface PersonDialogProps {
  readonly person: PersonBody;
  readonly onClose: () => void;
}

function LinkDialog(props: PersonDialogProps & { readonly onLink: (name: string, url: string) => void }) {
  const { person, onLink, onClose } = props;
  const client = useConsoleClient();
  const refresh = useRefresh();
  const isInvited = person.state === 'invited';
  async function make() {
    const { invitation_url } = await client.call('POST /v1/people/{id}/invitation', {
      params: { id: person.id },
      body: {},
    });
    onLink(person.name, invitation_url);
    await refresh('GET /v1/people');
  }
  return (
    <ConfirmDialog
      title={isInvited ? `A new invitation for ${person.name}` : `Reset the password of ${person.name}`}
      submit="Make the link"
      busyLabel="Making it…"
      onConfirm={make}
      onClose={onClose}
    >
      <p>
        {isInvited
          ? 'The invitation before stops working.'
          : 'By the link they choose a new password. Once they have, they are logged out everywhere else, and their one-time codes are off.'}
      </p>
    </ConfirmDialog>
  );
}

function EndSessionsDialog({ person, onClose }: PersonDialogProps) {
  const client = useConsoleClient();
  const refresh = useRefresh();
  const tell = useTell();
  async function end() {
    const { ended } = await client.call('POST /v1/people/{id}/end-sessions', {
      params: { id: person.id },
      body: {},
    });
    onClose();
    tell(ended === 1 ? '1 session has ended.' : `${ended} sessions have ended.`);
    await refresh('GET /v1/people');
  }
  return (
    <ConfirmDialog
      title={`Log ${person.name} out everywhere`}
      submit="Log out"
      busyLabel="Logging out…"
      onConfirm={end}
      onClose={onClose}
    >
      <p>Every session of theirs ends at once. They can log in again.</p>
    </ConfirmDialog>
  );
}

function DisableDialog({ person, onClose }: PersonDialogProps) {
  const setDisabled = useDisabling(person, onClose);
  return (
    <ConfirmDialog
      isDangerous
      title={`Disable ${person.name}`}
      submit="Disable"
      busyLabel="Disabling…"
      word={person.name}
      onConfirm={() => setDisabled(true)}
      onClose={onClose}
    >
      <p>Every session of theirs ends at once, and they cannot log in until somebody lets them in again.</p>
    </ConfirmDialog>
  );
}

function EnableDialog({ person, onClose }: PersonDialogProps) {
  const setDisabled = useDisabling(person, onClose);
  return (
    <ConfirmDialog
      title={`Let ${person.name} in again`}
      submit="Let in"
      busyLabel="Saving…"
      onConfirm={() => setDisabled(false)}
      onClose={onClose}
    >
      <p>They can log in as before, with the role they had.</p>
    </ConfirmDialog>
  );
}

function useDisabling({ id, name }: PersonBody, onClose: () => void) {
  const client = useConsoleClient();
  const refresh = useRefresh();
  const tell = useTell();
  return async (disabled: boolean) => {
    await client.call('PATCH /v1/people/{id}', { params: { id }, body: { disabled } });
    onClose();
    tell(disabled ? `${name} is disabled and logged out.` : `${name} can log in again.`);
    await refresh('GET /v1/people');
  };
}
