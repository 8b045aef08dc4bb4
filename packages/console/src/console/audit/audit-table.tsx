import type { AuditEventBody } from '@keyhold/api';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useSurroundings } from '../../keys/surroundings.tsx';
import { useConsoleSession } from '../session/console-session.ts';
import { ABOVE_ROW_LINK, type Column, DataTable, ROW_LINK } from '../ui/data-table.tsx';
import { Moment } from '../ui/moment.tsx';
import { toActionText } from './action-names.ts';
import { toActorText, toKindText } from './parties.ts';

const EventDialog = lazy(async () => ({ default: (await import('./event-dialog.tsx')).EventDialog }));

/** Events, newest first; each opens with everything that was kept of it. */
export function AuditTable({ events }: { readonly events: readonly AuditEventBody[] }) {
  const { time } = useSurroundings();
  const { person: myself } = useConsoleSession();
  const [opened, setOpened] = useState<AuditEventBody | null>(null);
  const columns: readonly Column<AuditEventBody>[] = [
    {
      title: 'What',
      cell: (event) => (
        <>
          <button type="button" className={`${ROW_LINK} text-left`} onClick={() => setOpened(event)}>
            {toActionText(event.action)}
          </button>
          <code className="block font-mono text-xs text-soft">{event.action}</code>
        </>
      ),
    },
    {
      title: 'When',
      cell: ({ at }) => (
        <>
          <Moment at={at} />
          <span className="block text-xs text-soft">{time.exact(at)}</span>
        </>
      ),
    },
    { title: 'On', isWide: true, cell: (event) => <Subject event={event} /> },
    {
      title: 'By',
      isWide: true,
      cell: ({ actor }) => {
        const { who, more } = toActorText(actor, myself.id);
        return (
          <span title={actor.id}>
            {who}
            <span className="block text-[0.8125rem] text-soft empty:hidden">{more}</span>
          </span>
        );
      },
    },
    {
      title: 'From',
      cell: ({ source_address }) => source_address ?? <span className="text-soft">–</span>,
    },
  ];
  return (
    <>
      <DataTable caption="Events" columns={columns} rows={events} keyOf={({ id }) => id} />
      {opened !== null && (
        <Suspense fallback={null}>
          <EventDialog event={opened} onClose={() => setOpened(null)} />
        </Suspense>
      )}
    </>
  );
}

/** What was acted on, with a way to it where it has a page. */
function Subject({ event: { subject, organization } }: { readonly event: AuditEventBody }) {
  const { kind, id, name } = subject;
  const text = name ?? <code className="font-mono text-xs">{id}</code>;
  const link = { className: `${ABOVE_ROW_LINK} underline-offset-3 hover:underline`, title: id };
  if (kind === 'organization') {
    return (
      <Link to="/organizations/$id" params={{ id }} {...link}>
        {text}
      </Link>
    );
  }
  return (
    <>
      {kind === 'key' ? (
        <Link to="/keys/$id" params={{ id }} {...link}>
          {text}
        </Link>
      ) : (
        <span title={id}>{text}</span>
      )}
      <span className="block text-[0.8125rem] text-soft">{organization ?? toKindText(kind)}</span>
    </>
  );
}
