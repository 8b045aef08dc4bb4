import type { OrganizationBody } from '@keyhold/api';
import { useRead, useRefresh } from '../api/use-read.ts';
import { useConsoleClient } from '../session/console-session.ts';
import { useTell } from '../shell/told.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { EditOrganizationDialog } from './edit-organization-dialog.tsx';
import type { OrganizationTask } from './organization-route.tsx';

interface TaskProps {
  readonly organization: OrganizationBody;
  readonly onClose: () => void;
}

export function OrganizationDialogs({ task, ...props }: TaskProps & { readonly task: OrganizationTask }) {
  switch (task) {
    case 'edit':
      return <EditOrganizationDialog {...props} />;
    case 'suspend':
      return <SuspendDialog {...props} />;
    case 'resume':
      return <ResumeDialog {...props} />;
    case 'revoke':
      return <RevokeKeysDialog {...props} />;
  }
}

function useSuspending({ organization: { id, name }, onClose }: TaskProps) {
  const client = useConsoleClient();
  const refresh = useRefresh();
  const tell = useTell();
  return async (suspended: boolean) => {
    await client.call('PATCH /v1/organizations/{id}', { params: { id }, body: { suspended } });
    onClose();
    tell(suspended ? `“${name}” is suspended; its keys work nowhere.` : `“${name}” works again.`);
    await refresh('GET /v1/organizations', 'GET /v1/organizations/{id}', 'GET /v1/audit-events');
  };
}

function SuspendDialog(props: TaskProps) {
  const { name } = props.organization;
  const suspend = useSuspending(props);
  return (
    <ConfirmDialog
      isDangerous
      title={`Suspend “${name}”`}
      submit="Suspend"
      busyLabel="Suspending…"
      word={name}
      onConfirm={() => suspend(true)}
      onClose={props.onClose}
    >
      <p>
        Every key of it is denied at once, in every keyspace, requests under way included, until you resume
        it. Nothing is revoked.
      </p>
    </ConfirmDialog>
  );
}

function ResumeDialog(props: TaskProps) {
  const { name } = props.organization;
  const suspend = useSuspending(props);
  return (
    <ConfirmDialog
      title={`Resume “${name}”`}
      submit="Resume"
      busyLabel="Resuming…"
      onConfirm={() => suspend(false)}
      onClose={props.onClose}
    >
      <p>Its keys that are active work again at once.</p>
    </ConfirmDialog>
  );
}

/** More are revoked all the same; only the telling stops here. */
const MOST_COUNTED = 1_000;

function RevokeKeysDialog({ organization: { id, name }, onClose }: TaskProps) {
  const client = useConsoleClient();
  const refresh = useRefresh();
  const tell = useTell();
  const active = useRead('GET /v1/keys', {
    query: { organization: id, state: 'active', limit: MOST_COUNTED },
  });
  const count = active.data?.data.length ?? 0;
  const counted = `${count}${active.data?.next_cursor == null ? '' : ' and more'}`;
  async function revoke() {
    const { revoked_count } = await client.call('POST /v1/organizations/{id}/revoke-keys', {
      params: { id },
      body: {},
    });
    onClose();
    tell(`${revoked_count} ${revoked_count === 1 ? 'key is' : 'keys are'} revoked.`);
    await refresh('GET /v1/keys', 'GET /v1/audit-events');
  }
  return (
    <ConfirmDialog
      isDangerous
      title={`Revoke all keys of “${name}”`}
      submit={
        active.data === undefined ? 'Revoke all keys' : `Revoke ${counted} ${count === 1 ? 'key' : 'keys'}`
      }
      busyLabel="Revoking…"
      word={name}
      isReady={count > 0}
      onConfirm={revoke}
      onClose={onClose}
    >
      {active.data === undefined ? (
        <p>Counting its keys…</p>
      ) : (
        <p>
          <strong className="font-medium text-ink">
            {count === 0
              ? 'It has no active key.'
              : `It has ${counted} active ${count === 1 ? 'key' : 'keys'}.`}
          </strong>{' '}
          They stop working at once, everywhere, requests under way included. This cannot be undone.
        </p>
      )}
    </ConfirmDialog>
  );
}
