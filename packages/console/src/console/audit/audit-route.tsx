import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { Notice } from '../../keys/states.tsx';
import { Button } from '../../ui/button.tsx';
import { toSearch } from '../api/console-client.ts';
import { useRead } from '../api/use-read.ts';
import { useConsoleClient } from '../session/console-session.ts';
import { describeFailure } from '../session/describe-failure.ts';
import { useTell } from '../shell/told.tsx';
import { ConsoleIcon } from '../ui/console-icon.tsx';
import { CursorPager } from '../ui/cursor-pager.tsx';
import { DayField, FilterBar, SearchField, SelectFilter } from '../ui/filter-bar.tsx';
import { KeyspaceFilter } from '../ui/keyspace-filter.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { ACTIONS } from './action-names.ts';
import type { AuditSearch } from './audit-search.ts';
import { AuditTable } from './audit-table.tsx';
import { saveFile } from './save-file.ts';

const route = getRouteApi('/shell/audit');
const ROWS = 50;
const FORMATS = [
  ['jsonl', 'Export JSON Lines'],
  ['csv', 'Export CSV'],
] as const;

/** Who did what to which key, from where. */
export function AuditRoute() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { cursor, ...filters } = search;
  const query = toQuery(filters);
  const events = useRead('GET /v1/audit-events', { query: { ...query, cursor, limit: ROWS } });
  const keyspaces = useRead('GET /v1/keyspaces', {});
  const show = (next: AuditSearch) => void navigate({ search: next });
  const narrow = (next: { readonly [Name in keyof AuditSearch]: string | undefined }) => {
    const { cursor: _cursor, ...rest } = { ...search, ...next };
    const known = Object.entries(rest).filter(([, value]) => value !== undefined && value !== '');
    show(Object.fromEntries(known));
  };
  return (
    <>
      <PageHeader
        title="Audit log"
        lead="Who did what to which key, and from where. Nothing here can be changed."
      >
        <Exports query={query} />
      </PageHeader>
      <FilterBar>
        <SearchField
          label="What was acted on, or who acted"
          placeholder="Id of a key, a person…"
          value={filters.subject ?? filters.actor ?? ''}
          onSearch={(text) => {
            const isActor = /^(?:person|op)_/.test(text.trim());
            narrow({
              [isActor ? 'actor' : 'subject']: text.trim(),
              [isActor ? 'subject' : 'actor']: undefined,
            });
          }}
        />
        <SelectFilter
          label="Action"
          all="All actions"
          options={ACTIONS}
          value={filters.action}
          onSelect={(action) => narrow({ action })}
        />
        <KeyspaceFilter
          keyspaces={keyspaces.data?.data ?? []}
          value={filters.keyspace}
          onSelect={(keyspace) => narrow({ keyspace })}
        />
        <DayField label="From" value={filters.from ?? ''} onChange={(from) => narrow({ from })} />
        <DayField label="To" value={filters.to ?? ''} onChange={(to) => narrow({ to })} />
        {filters.organization !== undefined && (
          <Button onClick={() => narrow({ organization: undefined })}>
            Organization: {filters.organization}
            <ConsoleIcon name="close" className="size-3" />
            <span className="sr-only">Show every organization</span>
          </Button>
        )}
      </FilterBar>
      <Loaded query={events}>
        {({ data, next_cursor }) =>
          data.length > 0 ? (
            <>
              <AuditTable events={data} />
              <CursorPager
                cursor={cursor}
                nextCursor={next_cursor}
                onPage={(next) => show({ ...filters, ...(next !== undefined && { cursor: next }) })}
              />
            </>
          ) : (
            <Notice title="No event matches" text="Nothing of that kind happened in that time.">
              <Button onClick={() => show({})}>Show all events</Button>
            </Notice>
          )
        }
      </Loaded>
    </>
  );
}

type Filters = Omit<AuditSearch, 'cursor'>;

/** The days as instants: from the first one's beginning to the last one's end, UTC. */
function toQuery({ from, to, ...rest }: Filters) {
  return {
    ...rest,
    from: from === undefined ? undefined : `${from}T00:00:00Z`,
    to: to === undefined ? undefined : new Date(Date.parse(`${to}T00:00:00Z`) + 86_400_000).toISOString(),
  };
}

function Exports({ query }: { readonly query: object }) {
  const client = useConsoleClient();
  const tell = useTell();
  const [isBusy, setBusy] = useState(false);
  async function save(format: 'jsonl' | 'csv') {
    setBusy(true);
    try {
      const file = await client.download(`/v1/audit-events/export${toSearch({ ...query, format })}`);
      saveFile(file, `keyhold-audit-log.${format}`);
    } catch (error) {
      tell(describeFailure(error));
    } finally {
      setBusy(false);
    }
  }
  return FORMATS.map(([format, label]) => (
    <Button key={format} aria-disabled={isBusy} onClick={() => void (isBusy || save(format))}>
      <ConsoleIcon name="download" />
      {label}
    </Button>
  ));
}
