import type { OperatorBody } from '@keyhold/api';
import { lazy, Suspense, useState } from 'react';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { useRead } from '../api/use-read.ts';
import { Badge } from '../ui/badge.tsx';
import { CursorPager } from '../ui/cursor-pager.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { LabelList } from '../ui/label-list.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Day, Moment } from '../ui/moment.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { RowMenu } from '../ui/row-menu.tsx';

const NewTokenDialog = lazy(async () => ({
  default: (await import('./new-token-dialog.tsx')).NewTokenDialog,
}));
const RevokeTokenDialog = lazy(async () => ({
  default: (await import('./revoke-token-dialog.tsx')).RevokeTokenDialog,
}));

type Task = { readonly kind: 'create' } | { readonly kind: 'revoke'; readonly operator: OperatorBody };

/** The tokens by which programs run Keyhold. */
export function OperatorsRoute() {
  const [cursor, setCursor] = useState<string>();
  const [task, setTask] = useState<Task | null>(null);
  const operators = useRead('GET /v1/operators', { query: { cursor } });
  const columns: readonly Column<OperatorBody>[] = [
    {
      title: 'Token',
      cell: (operator) => (
        <>
          <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <span className="font-medium wrap-anywhere">{operator.name}</span>
            <StateBadge operator={operator} />
          </span>
          <code className="mt-0.5 block font-mono text-[0.8125rem] text-soft">{operator.masked_token}</code>
        </>
      ),
    },
    {
      title: 'May',
      isWide: true,
      cell: ({ scopes, keyspaces }) => (
        <>
          <LabelList labels={scopes} />
          <span className="mt-1 block text-[0.8125rem] text-soft empty:hidden">
            {keyspaces !== null && `Only in ${keyspaces.join(', ')}`}
          </span>
        </>
      ),
    },
    { title: 'Last used', cell: ({ last_used_at }) => <Moment at={last_used_at} never="Never used" /> },
    { title: 'Created', cell: ({ created_at }) => <Day at={created_at} /> },
    { title: 'Expires', cell: ({ expires_at }) => <Day at={expires_at} /> },
    {
      title: 'Actions',
      isActions: true,
      cell: (operator) =>
        operator.revoked_at === null && (
          <RowMenu
            label={`Actions for ${operator.name}`}
            actions={[
              {
                label: 'Revoke…',
                isDangerous: true,
                onChoose: () => setTask({ kind: 'revoke', operator }),
              },
            ]}
          />
        ),
    },
  ];
  return (
    <>
      <PageHeader
        title="Operator tokens"
        lead="For programs that call the management API: your backend, a gateway, a script."
      >
        <Button kind="primary" onClick={() => setTask({ kind: 'create' })}>
          <Icon name="plus" />
          New token
        </Button>
      </PageHeader>
      <Loaded query={operators}>
        {({ data, next_cursor }) => (
          <>
            <DataTable caption="Operator tokens" columns={columns} rows={data} keyOf={({ id }) => id} />
            <CursorPager cursor={cursor} nextCursor={next_cursor} onPage={setCursor} />
          </>
        )}
      </Loaded>
      <Suspense fallback={null}>
        {task?.kind === 'create' && <NewTokenDialog onClose={() => setTask(null)} />}
        {task?.kind === 'revoke' && (
          <RevokeTokenDialog operator={task.operator} onClose={() => setTask(null)} />
        )}
      </Suspense>
    </>
  );
}

function StateBadge({ operator }: { readonly operator: OperatorBody }) {
  if (operator.revoked_at !== null) return <Badge tone="plain">Revoked</Badge>;
  if (operator.expires_at !== null && Date.parse(operator.expires_at) <= Date.now()) {
    return <Badge tone="plain">Expired</Badge>;
  }
  return operator.disabled_at === null ? null : <Badge tone="warn">Held after a restore</Badge>;
}
