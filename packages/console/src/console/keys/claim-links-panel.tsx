import type { ClaimLinkListBody, KeyBody } from '@keyhold/api';
import { Button } from '../../ui/button.tsx';
import { useRead } from '../api/use-read.ts';
import { useMay } from '../session/console-session.ts';
import { Badge } from '../ui/badge.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Moment } from '../ui/moment.tsx';
import { Panel } from '../ui/panel.tsx';
import type { KeyTask } from './key-actions.tsx';

type ClaimLink = ClaimLinkListBody['data'][number];

const STATES = {
  waiting: <Badge tone="warn">Waits to be claimed</Badge>,
  claimed: <Badge tone="good">Claimed</Badge>,
  ended: <Badge tone="plain">Ended unclaimed</Badge>,
} as const;

const COLUMNS: readonly Column<ClaimLink>[] = [
  { title: 'Link', cell: ({ state }) => STATES[state] },
  { title: 'Sent', cell: ({ created_at }) => <Moment at={created_at} /> },
  {
    title: 'Claimed',
    cell: ({ claimed_at, claimed_from }) =>
      claimed_at === null ? (
        <span className="text-soft">Not claimed</span>
      ) : (
        <>
          <Moment at={claimed_at} />
          {claimed_from !== null && <span className="text-soft">, from {claimed_from}</span>}
        </>
      ),
  },
  {
    title: 'Ends',
    cell: ({ state, expires_at }) =>
      state === 'waiting' ? <Moment at={expires_at} /> : <span className="text-soft">Over</span>,
  },
  {
    title: 'Passphrase',
    cell: ({ has_passphrase, failed_claims }) =>
      `${has_passphrase ? 'Asked for' : 'None'}${failed_claims > 0 ? `, wrong ${failed_claims}×` : ''}`,
  },
];

/** The links that this key's secrets were handed over by; not there for a key that had none. */
export function ClaimLinksPanel(props: {
  readonly row: KeyBody;
  readonly onAction: (task: KeyTask) => void;
}) {
  const { row, onAction } = props;
  const mayWrite = useMay('keys:write');
  const links = useRead(
    'GET /v1/keys/{id}/claim-links',
    { params: { id: row.id } },
    { refetchInterval: 5_000 },
  );
  const list = links.data?.data ?? [];
  if (list.length === 0) return null;
  return (
    <Panel
      title="Claim links"
      actions={
        mayWrite &&
        row.claim_until !== null && <Button onClick={() => onAction('revoke')}>Cancel the link…</Button>
      }
    >
      <DataTable caption="Claim links" columns={COLUMNS} rows={list} keyOf={({ id }) => id} />
      {row.link_tried_again_at !== null && row.state !== 'revoked' && (
        <TriedAgain
          at={row.link_tried_again_at}
          from={list[0]?.tried_again_from ?? null}
          onRecycle={mayWrite ? () => onAction('recycle') : null}
        />
      )}
      {row.claim_until !== null && (
        <p className="mt-3 text-sm text-soft">
          To cancel the link, revoke the key. To send another one, recycle the key by a link.
        </p>
      )}
    </Panel>
  );
}

/** Somebody came with a link that had been used: either the recipient again, or somebody else had it first. */
function TriedAgain(props: {
  readonly at: string;
  readonly from: string | null;
  readonly onRecycle: (() => void) | null;
}) {
  const { at, from, onRecycle } = props;
  return (
    <div
      role="note"
      className="mt-4 flex flex-wrap items-center justify-between gap-3 rounded-kh border border-warn/40 px-4 py-3 text-sm"
    >
      <p className="min-w-0 flex-1 basis-72">
        <strong className="font-semibold text-warn">The link was tried again after it was claimed</strong>,{' '}
        <Moment at={at} />
        {from !== null && ` from ${from}`}. If it was not the recipient, somebody else may have the key:
        recycle it.
      </p>
      {onRecycle !== null && <Button onClick={onRecycle}>Recycle…</Button>}
    </div>
  );
}
