import type { OrganizationBody } from '@keyhold/api';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { Notice } from '../../keys/states.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { useRead } from '../api/use-read.ts';
import { useMay } from '../session/console-session.ts';
import { Badge } from '../ui/badge.tsx';
import { CursorPager } from '../ui/cursor-pager.tsx';
import { type Column, DataTable, ROW_LINK } from '../ui/data-table.tsx';
import { FilterBar, SearchField, SelectFilter } from '../ui/filter-bar.tsx';
import { LabelList } from '../ui/label-list.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Day } from '../ui/moment.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import type { OrganizationsSearch } from './organizations-search.ts';

const EditDialog = lazy(async () => ({
  default: (await import('./edit-organization-dialog.tsx')).EditOrganizationDialog,
}));

const route = getRouteApi('/shell/organizations');
const ROWS = 50;

const COLUMNS: readonly Column<OrganizationBody>[] = [
  {
    title: 'Organization',
    cell: ({ id, name, suspended }) => (
      <>
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Link to="/organizations/$id" params={{ id }} className={ROW_LINK}>
            {name}
          </Link>
          {suspended && <Badge tone="danger">Suspended</Badge>}
        </span>
        <code className="mt-0.5 block font-mono text-[0.8125rem] text-soft">{id}</code>
      </>
    ),
  },
  { title: 'Features', isWide: true, cell: ({ features }) => <LabelList labels={features} /> },
  { title: 'Tags', isWide: true, cell: ({ tags }) => <LabelList labels={tags} /> },
  { title: 'Created', cell: ({ created_at }) => <Day at={created_at} /> },
];

/** The customers who own keys. */
export function OrganizationsRoute() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayWrite = useMay('organizations:write');
  const [isMaking, setMaking] = useState(false);
  const { q, suspended, cursor } = search;
  const organizations = useRead('GET /v1/organizations', {
    query: { search: q, suspended, cursor, limit: ROWS },
  });
  const show = (next: OrganizationsSearch) => void navigate({ search: next });
  const narrow = (next: OrganizationsSearch) => {
    const { cursor: _cursor, ...rest } = { ...search, ...next };
    void navigate({ search: rest, replace: next.q !== undefined });
  };
  const newButton = mayWrite && (
    <Button kind="primary" onClick={() => setMaking(true)}>
      <Icon name="plus" />
      New organization
    </Button>
  );
  return (
    <>
      <PageHeader title="Organizations" lead="Your customers: each owns its keys.">
        {newButton}
      </PageHeader>
      <FilterBar>
        <SearchField
          label="Search organizations"
          placeholder="Search by name or id"
          value={q ?? ''}
          onSearch={(text) => narrow({ q: text })}
        />
        <SelectFilter
          label="State"
          all="All"
          options={[
            { value: 'true', label: 'Suspended' },
            { value: 'false', label: 'Not suspended' },
          ]}
          value={suspended}
          onSelect={(value) => show({ ...(q !== undefined && { q }), ...(value && { suspended: value }) })}
        />
      </FilterBar>
      <Loaded query={organizations}>
        {({ data, next_cursor }) => {
          if (data.length > 0) {
            return (
              <>
                <DataTable caption="Organizations" columns={COLUMNS} rows={data} keyOf={({ id }) => id} />
                <CursorPager
                  cursor={cursor}
                  nextCursor={next_cursor}
                  onPage={(next) => show({ ...search, cursor: next ?? '' })}
                />
              </>
            );
          }
          return q !== undefined || suspended !== undefined ? (
            <Notice title="No organization matches" text="Nothing here has that name, id or state.">
              <Button onClick={() => show({})}>Show all organizations</Button>
            </Notice>
          ) : (
            <Notice
              title="No organizations yet"
              text="An organization is a customer of yours. Make one, then issue its first key."
            >
              {newButton}
            </Notice>
          );
        }}
      </Loaded>
      {isMaking && (
        <Suspense fallback={null}>
          <EditDialog organization={null} onClose={() => setMaking(false)} />
        </Suspense>
      )}
    </>
  );
}
