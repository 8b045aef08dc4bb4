import { useRead } from '../api/use-read.ts';
import { FilterBar, SearchField, SelectFilter } from '../ui/filter-bar.tsx';
import { KeyspaceFilter } from '../ui/keyspace-filter.tsx';
import { KEY_SAFETY } from './key-safety.ts';
import type { KeysSearch } from './keys-search.ts';

const STATES = [
  { value: 'active', label: 'Active' },
  { value: 'disabled', label: 'Disabled' },
  { value: 'expired', label: 'Expired' },
  { value: 'revoked', label: 'Revoked' },
] as const;

/** What narrows the list of keys. Any of it leads back to the first page. */
export function KeysFilters(props: {
  readonly search: KeysSearch;
  readonly onSearch: (search: KeysSearch) => void;
}) {
  const { search, onSearch } = props;
  const keyspaces = useRead('GET /v1/keyspaces', {}).data?.data ?? [];
  function change(name: keyof KeysSearch, value: string | undefined) {
    const { cursor: _cursor, [name]: _before, ...rest } = search;
    onSearch(value === undefined || value === '' ? rest : { ...rest, [name]: value });
  }
  const meaning = KEY_SAFETY.find(({ value }) => value === search.safety)?.meaning;
  return (
    <>
      <FilterBar>
        <SearchField
          label="Search keys"
          placeholder="Name, id, #number or shown part"
          value={search.q ?? ''}
          onSearch={(text) => change('q', text)}
        />
        <SearchField
          label="Organization"
          placeholder="Organization id"
          value={search.organization ?? ''}
          onSearch={(text) => change('organization', text)}
        />
        {keyspaces.length > 1 && (
          <KeyspaceFilter
            keyspaces={keyspaces}
            value={search.keyspace}
            onSelect={(value) => change('keyspace', value)}
          />
        )}
        <SelectFilter
          label="State"
          all="All states"
          options={STATES}
          value={search.state}
          onSelect={(value) => change('state', value)}
        />
        <SelectFilter
          label="Key safety"
          all="Any key safety"
          options={KEY_SAFETY}
          value={search.safety}
          onSelect={(value) => change('safety', value)}
        />
      </FilterBar>
      {meaning !== undefined && <p className="mt-3 text-sm text-soft">{meaning}</p>}
    </>
  );
}
