import type { KeyBody } from '@keyhold/api';
import { useState } from 'react';
import { DisableDialog } from '../../dialogs/disable-dialog.tsx';
import { Enabling } from '../../dialogs/enabling.tsx';
import { RevokeDialog } from '../../dialogs/revoke-dialog.tsx';
import { useSurroundings } from '../../keys/surroundings.tsx';
import { useRead, useRefresh } from '../api/use-read.ts';
import { useConsoleClient } from '../session/console-session.ts';
import { useTell } from '../shell/told.tsx';
import { EditDialog } from './edit-dialog.tsx';
import type { KeyTask } from './key-actions.tsx';
import { OperatorRecycleDialog } from './recycle-dialog.tsx';

/** The dialog of what is being done with a key. */
export function KeyDialog(props: {
  readonly row: KeyBody;
  readonly task: KeyTask;
  readonly onClose: () => void;
}) {
  const { task, onClose } = props;
  // While a dialog is open the page goes on reading; the dialog speaks of the key as it was when it opened.
  const [row] = useState(props.row);
  const { say } = useSurroundings();
  const client = useConsoleClient();
  const refresh = useRefresh();
  const tell = useTell();
  const keyspaces = useRead('GET /v1/keyspaces', {});
  const keyspace = keyspaces.data?.data.find(({ id }) => id === row.keyspace);

  async function finish(told: string | null) {
    onClose();
    if (told !== null) tell(told);
    await refresh(
      'GET /v1/keys/{id}',
      'GET /v1/keys',
      'GET /v1/keys/{id}/claim-links',
      'GET /v1/audit-events',
    );
  }
  const key = { params: { id: row.id }, body: {} };
  switch (task) {
    case 'edit':
      if (keyspace === undefined) return null;
      return (
        <EditDialog
          row={row}
          keyspace={keyspace}
          onDone={() => void finish('Saved, and in force everywhere.')}
          onClose={onClose}
        />
      );
    case 'recycle':
      if (keyspace === undefined) return null;
      return (
        <OperatorRecycleDialog
          row={row}
          maxGraceSeconds={keyspace.recycle.max_grace_seconds}
          onDone={() => void finish(null)}
          onClose={onClose}
        />
      );
    case 'revoke':
      return (
        <RevokeDialog
          row={row}
          nowMs={Date.now()}
          onRevoke={async () => {
            await client.call('POST /v1/keys/{id}/revoke', key);
            await finish(say('revoked', { name: row.name }));
          }}
          onClose={onClose}
        />
      );
    case 'disable':
      return (
        <DisableDialog
          row={row}
          onDisable={async () => {
            await client.call('POST /v1/keys/{id}/disable', key);
            await finish(say('disabled', { name: row.name }));
          }}
          onClose={onClose}
        />
      );
    case 'enable':
      return (
        <Enabling
          title={say('enable')}
          onEnable={async () => {
            await client.call('POST /v1/keys/{id}/enable', key);
            await finish(say('enabled', { name: row.name }));
          }}
          onClose={onClose}
        />
      );
  }
}
