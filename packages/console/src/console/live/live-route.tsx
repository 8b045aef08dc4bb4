import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { Notice } from '../../keys/states.tsx';
import { Button } from '../../ui/button.tsx';
import { useRead } from '../api/use-read.ts';
import { useMay } from '../session/console-session.ts';
import { DataTable } from '../ui/data-table.tsx';
import { FilterBar, SearchField, SelectFilter } from '../ui/filter-bar.tsx';
import { KeyspaceFilter } from '../ui/keyspace-filter.tsx';
import { PageHeader } from '../ui/page-header.tsx';
import type { LiveSearch } from './live-search.ts';
import { MOST_SHOWN, toRate, useVerdicts, type Watched } from './use-verdicts.ts';
import { VERDICT_COLUMNS } from './verdict-columns.tsx';

const route = getRouteApi('/shell/live');

/** What is decided about keys, as it is decided. */
export function LiveRoute() {
  const search = route.useSearch();
  const [isPaused, setPaused] = useState(false);
  const watched = useVerdicts(search, isPaused);
  return (
    <>
      <PageHeader
        title="Live"
        lead="Verdicts of every node and worker, as they are given. What was presented is never shown."
      >
        <Button aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          {isPaused ? 'Go on' : 'Pause'}
        </Button>
      </PageHeader>
      <LiveFilters search={search} />
      <Rate watched={watched} isPaused={isPaused} />
      {watched.verdicts.length === 0 ? (
        <Notice
          title={isPaused ? 'Paused' : 'Waiting for verdicts'}
          text="What Keyhold answers shows here within seconds; what applications decide by themselves, with the SDK, does not."
        />
      ) : (
        <DataTable
          caption="Verdicts, newest first"
          columns={VERDICT_COLUMNS}
          rows={watched.verdicts}
          keyOf={({ id }) => String(id)}
        />
      )}
      {watched.verdicts.length === MOST_SHOWN && (
        <p className="mt-4 text-sm text-soft">Shown are the last {MOST_SHOWN}.</p>
      )}
    </>
  );
}

function LiveFilters({ search }: { readonly search: LiveSearch }) {
  const navigate = route.useNavigate();
  const mayReadKeys = useMay('keys:read');
  const keyspaces = useRead('GET /v1/keyspaces', {}, { enabled: mayReadKeys }).data?.data ?? [];
  function change(name: keyof LiveSearch, value: string | undefined) {
    const { [name]: _before, ...rest } = search;
    void navigate({ search: value === undefined || value === '' ? rest : { ...rest, [name]: value } });
  }
  return (
    <FilterBar>
      <SelectFilter
        label="Outcome"
        all="Every outcome"
        options={[
          { value: 'accepted', label: 'Accepted' },
          { value: 'denied', label: 'Denied' },
        ]}
        value={search.outcome}
        onSelect={(value) => change('outcome', value)}
      />
      {keyspaces.length > 1 && (
        <KeyspaceFilter
          keyspaces={keyspaces}
          value={search.keyspace}
          onSelect={(value) => change('keyspace', value)}
        />
      )}
      <SearchField
        label="Organization"
        placeholder="Organization id"
        value={search.organization ?? ''}
        onSearch={(text) => change('organization', text)}
      />
      <SearchField
        label="Key"
        placeholder="Key id"
        value={search.key ?? ''}
        onSearch={(text) => change('key', text)}
      />
    </FilterBar>
  );
}

function Rate({ watched, isPaused }: { readonly watched: Watched; readonly isPaused: boolean }) {
  const { isSampled, isFailing } = watched;
  const rate = toRate(watched);
  const perSecond = (count: number | undefined) =>
    count === undefined ? '–' : `${isSampled ? 'over ' : ''}${count.toFixed(1)}`;
  return (
    <div className="mt-5 flex flex-wrap items-center gap-x-6 gap-y-1 text-sm">
      <span className="flex items-center gap-2">
        <span aria-hidden="true" className="size-2 rounded-full bg-accent" />
        {perSecond(rate?.accepted)} accepted a second
      </span>
      <span className="flex items-center gap-2">
        <span aria-hidden="true" className="size-2 rounded-full bg-danger" />
        {perSecond(rate?.denied)} denied a second
      </span>
      <span role="status" className="text-soft">
        {isPaused && 'Paused: nothing new is asked for.'}
        {!isPaused && isFailing && 'Keyhold could not be reached. Trying again…'}
        {!isPaused && !isFailing && isSampled && 'There are more: a process tells of 50 a second.'}
      </span>
    </div>
  );
}
