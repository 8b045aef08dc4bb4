import type { PersonBody } from '@keyhold/api/console';
import { useState } from 'react';
import { useRefresh } from '../api/use-read.ts';
import { useConsoleClient } from '../session/console-session.ts';
import { ROLE_NAMES } from '../session/roles.ts';
import { useTell } from '../shell/told.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { RoleChoice } from './role-choice.tsx';

export function RoleDialog(props: { readonly person: PersonBody; readonly onClose: () => void }) {
  const { id, name, role: before } = props.person;
  const client = useConsoleClient();
  const refresh = useRefresh();
  const tell = useTell();
  const [role, setRole] = useState(before);
  async function change() {
    await client.call('PATCH /v1/people/{id}', { params: { id }, body: { role } });
    props.onClose();
    tell(`${name}: ${ROLE_NAMES[role]} from now on.`);
    await refresh('GET /v1/people', 'GET /v1/console/session');
  }
  return (
    <ConfirmDialog
      title={`Role of ${name}`}
      submit="Save"
      busyLabel="Saving…"
      isReady={role !== before}
      onConfirm={change}
      onClose={props.onClose}
    >
      <RoleChoice role={role} onChange={setRole} />
    </ConfirmDialog>
  );
}
