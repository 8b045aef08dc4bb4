import type { OperatorBody } from '@keyhold/api';
import { useRefresh } from '../api/use-read.ts';
import { useConsoleClient } from '../session/console-session.ts';
import { useTell } from '../shell/told.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Moment } from '../ui/moment.tsx';

export function RevokeTokenDialog(props: { readonly operator: OperatorBody; readonly onClose: () => void }) {
  const { id, name, last_used_at } = props.operator;
  const client = useConsoleClient();
  const refresh = useRefresh();
  const tell = useTell();
  async function revoke() {
    await client.call('POST /v1/operators/{id}/revoke', { params: { id }, body: {} });
    props.onClose();
    tell(`“${name}” is revoked and works nowhere any more.`);
    await refresh('GET /v1/operators');
  }
  return (
    <ConfirmDialog
      isDangerous
      title={`Revoke “${name}”`}
      submit="Revoke token"
      busyLabel="Revoking…"
      word={name}
      onConfirm={revoke}
      onClose={props.onClose}
    >
      <p>Whatever uses it fails from this moment. This cannot be undone.</p>
      <p className="font-medium text-ink">
        {last_used_at === null ? (
          'It was never used.'
        ) : (
          <>
            Last used <Moment at={last_used_at} />.
          </>
        )}
      </p>
    </ConfirmDialog>
  );
}
