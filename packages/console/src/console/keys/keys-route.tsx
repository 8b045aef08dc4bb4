import type { KeyBody } from '@keyhold/api';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { Notice } from '../../keys/states.tsx';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { useRead } from '../api/use-read.ts';
import { useMay } from '../session/console-session.ts';
import { CursorPager } from '../ui/cursor-pager.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import { BulkBar } from './bulk-bar.tsx';
import { KEY_COLUMNS } from './key-columns.tsx';
import { KeysFilters } from './keys-filters.tsx';
import { type KeysSearch, readKeysSearch } from './keys-search.ts';

const IssueDialog = lazy(async () => ({ default: (await import('./issue-dialog.tsx')).IssueDialog }));
const BulkDialog = lazy(async () => ({ default: (await import('./bulk-dialog.tsx')).BulkDialog }));

const route = getRouteApi('/shell/keys');
const ROWS = 50;
/** Newest first. */
const USUAL_SORT = '-created';

/** What is being done, in a dialog. */
type Task = 'issue' | 'revoke' | 'disable' | 'enable';

/** The keys of every keyspace: found, sorted, and changed many at a time. */
export function KeysRoute() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayWrite = useMay('keys:write');
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [task, setTask] = useState<Task | null>(null);
  const { q, sort = USUAL_SORT, ...filters } = search;
  const keys = useRead('GET /v1/keys', { query: { ...filters, search: q, sort, limit: ROWS } });

  const show = (next: KeysSearch) => void navigate({ search: next });
  function narrow(next: KeysSearch) {
    // What is selected stays so from page to page; another list has none of it.
    setSelected(new Set());
    show(next);
  }
  const isNarrowed = Object.keys(search).some((name) => name !== 'sort' && name !== 'cursor');
  return (
    <>
      <PageHeader title="Keys" lead="Of every keyspace, whoever issued them.">
        {mayWrite && (
          <Button kind="primary" onClick={() => setTask('issue')}>
            <Icon name="plus" />
            Issue a key
          </Button>
        )}
      </PageHeader>
      <KeysFilters search={search} onSearch={narrow} />
      <Loaded query={keys}>
        {({ data, next_cursor }) => (
          <>
            {data.length > 0 && (
              <DataTable<KeyBody>
                caption="Keys"
                columns={KEY_COLUMNS}
                rows={data}
                keyOf={({ id }) => id}
                sort={{
                  value: sort,
                  onSort: (next) => show(readKeysSearch({ ...withoutPage(search), sort: next })),
                }}
                {...(mayWrite && {
                  selection: {
                    ids: selected,
                    onSelect: setSelected,
                    labelOf: ({ name, number }: KeyBody) => `Select ${name}, number ${number}`,
                  },
                })}
              />
            )}
            {data.length === 0 && next_cursor === null && (
              <NoKeys isNarrowed={isNarrowed} onAll={() => narrow({})} />
            )}
            {data.length === 0 && next_cursor !== null && (
              // Several filters at once are looked for in some thousands of keys at a time.
              <p className="mt-6 text-soft">None among the keys looked through so far. There are more.</p>
            )}
            <CursorPager
              cursor={search.cursor}
              nextCursor={next_cursor}
              onPage={(cursor) => show({ ...withoutPage(search), ...(cursor !== undefined && { cursor }) })}
            />
          </>
        )}
      </Loaded>
      <BulkBar count={selected.size} onAction={setTask} onClear={() => setSelected(new Set())} />
      <Suspense fallback={null}>
        {task === 'issue' && <IssueDialog search={search} onClose={() => setTask(null)} />}
        {task !== null && task !== 'issue' && (
          <BulkDialog
            action={task}
            ids={[...selected]}
            onDone={() => setSelected(new Set())}
            onClose={() => setTask(null)}
          />
        )}
      </Suspense>
    </>
  );
}

function withoutPage({ cursor: _cursor, ...search }: KeysSearch): KeysSearch {
  return search;
}

function NoKeys(props: { readonly isNarrowed: boolean; readonly onAll: () => void }) {
  if (!props.isNarrowed)
    return <Notice title="No keys yet" text="Keys that you or your customers make are listed here." />;
  return (
    <Notice
      title="No key matches"
      text="A search finds beginnings of names, ids, numbers, and what is shown of a key."
    >
      <Button onClick={props.onAll}>Show all keys</Button>
    </Notice>
  );
}
