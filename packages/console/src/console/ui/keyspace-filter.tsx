import { SelectFilter } from './filter-bar.tsx';

/** Narrows a list to one keyspace. */
export function KeyspaceFilter(props: {
  readonly keyspaces: readonly { readonly id: string; readonly title: string | null }[];
  readonly value: string | undefined;
  readonly onSelect: (keyspace: string | undefined) => void;
}) {
  const { keyspaces, value, onSelect } = props;
  return (
    <SelectFilter
      label="Keyspace"
      all="All keyspaces"
      options={keyspaces.map(({ id, title }) => ({ value: id, label: title ?? id }))}
      value={value}
      onSelect={onSelect}
    />
  );
}
