import type { KeyActivityBody } from '@keyhold/api';
import { useRead } from '../api/use-read.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Moment } from '../ui/moment.tsx';
import { Panel } from '../ui/panel.tsx';
import { REASON_WORDS } from './reason-words.ts';

const COLUMNS: readonly Column<KeyActivityBody['refusals'][number]>[] = [
  {
    title: 'Why',
    cell: ({ reason }) => (
      <>
        <span className="font-medium">{REASON_WORDS[reason]}</span>{' '}
        <code className="font-mono text-xs text-soft">{reason}</code>
      </>
    ),
  },
  { title: 'Times', isNumber: true, cell: ({ count }) => count.toLocaleString() },
  { title: 'Last', cell: ({ last_at }) => <Moment at={last_at} /> },
  { title: 'From', cell: ({ address }) => address ?? <span className="text-soft">Not said</span> },
  {
    title: 'Attempted',
    isWide: true,
    cell: ({ operation }) =>
      operation === null ? (
        <span className="text-soft">Not said</span>
      ) : (
        <code className="font-mono text-[0.8125rem]">{operation}</code>
      ),
  },
];

/** Where a key was last used from, and why it was refused. */
export function ActivityPanel({ id }: { readonly id: string }) {
  const activity = useRead('GET /v1/keys/{id}/activity', { params: { id } }, { refetchInterval: 5_000 });
  return (
    <Panel title="Last use and refusals">
      <Loaded query={activity}>
        {({ last_used, refusals }) => (
          <>
            <p className="mt-3 text-sm">
              {last_used === null ? (
                <span className="text-soft">It was never used.</span>
              ) : (
                <>
                  Last used <Moment at={last_used.at} />
                  {last_used.address === null ? '.' : ` from ${last_used.address}.`}
                </>
              )}
            </p>
            {refusals.length === 0 ? (
              <p className="mt-2 text-sm text-soft">It was never refused.</p>
            ) : (
              <>
                <DataTable
                  caption="Refusals"
                  columns={COLUMNS}
                  rows={refusals}
                  keyOf={({ reason }) => reason}
                />
                <p className="mt-3 text-[0.8125rem] text-soft">
                  Only you see the reason: whoever calls gets the same 401 for all of them but scopes, which
                  is a 403.
                </p>
              </>
            )}
          </>
        )}
      </Loaded>
    </Panel>
  );
}
