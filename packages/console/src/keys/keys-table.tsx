import type { KeysPageKey } from '@keyhold/api/keys-page';
import type { ReactNode } from 'react';
import type { StringId } from '../strings.ts';
import { classes } from '../ui/classes.ts';
import { Icon } from '../ui/icons.tsx';
import { Creator, KeyBadges, When } from './badges.tsx';
import { type KeyAction, KeyMenu } from './key-menu.tsx';
import { useUsageQuery } from './queries.ts';
import { useSession, useSurroundings } from './surroundings.tsx';
import { UsageBars } from './usage-bars.tsx';
import type { Sort, ViewState } from './view-state.ts';

export interface KeysTableProps {
  readonly keys: readonly KeysPageKey[];
  readonly nowMs: number;
  readonly view: ViewState;
  readonly onSort: (sort: Sort) => void;
  readonly onAction: (row: KeysPageKey, action: KeyAction) => void;
}

/** The keys of one page. In a narrow space each row is a card; what the keyspace does not have is no column. */
export function KeysTable({ keys, nowMs, view, onSort, onAction }: KeysTableProps) {
  const { say } = useSurroundings();
  const { environments, scopes } = useSession();
  const { data: usage } = useUsageQuery(keys.map(({ number }) => number));
  const hasAccess = environments.length > 0 || scopes !== null;
  const head = (id: StringId, sort: Sort | null = null) => (
    <Heading label={say(id)} sort={sort} view={view} onSort={onSort} />
  );
  return (
    <table className="w-full border-collapse text-sm">
      <caption className="sr-only">{say('title')}</caption>
      <thead className="hidden border-b border-line text-left @4xl:table-header-group">
        <tr>
          {head('column.key', 'name')}
          {hasAccess && head('column.access')}
          {head('column.usage')}
          {head('column.used', 'used')}
          {head('column.created', 'created')}
          {head('column.expires', 'expires')}
          <th scope="col" className="w-9">
            <span className="sr-only">{say('column.actions')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map((row) => (
          <KeyRow key={row.number} row={row} nowMs={nowMs} hasAccess={hasAccess} onAction={onAction}>
            <UsageBars row={row} usage={usage} />
          </KeyRow>
        ))}
      </tbody>
    </table>
  );
}

function Heading({
  label,
  sort,
  view,
  onSort,
}: {
  readonly label: string;
  readonly sort: Sort | null;
  readonly view: ViewState;
  readonly onSort: (sort: Sort) => void;
}) {
  const isSorted = sort !== null && (view.sort ?? 'created') === sort;
  // Newest, last used and so on come first by themselves: those are the large ones.
  const isAscending = (sort === 'name' || sort === 'expires') !== (view.reverse === true);
  return (
    <th
      scope="col"
      aria-sort={isSorted ? (isAscending ? 'ascending' : 'descending') : undefined}
      className="py-2 pr-4 text-[0.8125rem] font-medium text-soft"
    >
      {sort === null ? (
        label
      ) : (
        <button
          type="button"
          onClick={() => onSort(sort)}
          className="-mx-1.5 inline-flex items-center gap-1 rounded-md px-1.5 py-0.5 hover:bg-panel hover:text-ink"
        >
          {label}
          <Icon
            name={isAscending ? 'up' : 'down'}
            className={classes('size-3', isSorted ? 'text-accent' : 'invisible')}
          />
        </button>
      )}
    </th>
  );
}

function KeyRow({
  row,
  nowMs,
  hasAccess,
  onAction,
  children,
}: {
  readonly row: KeysPageKey;
  readonly nowMs: number;
  readonly hasAccess: boolean;
  readonly onAction: KeysTableProps['onAction'];
  readonly children: ReactNode;
}) {
  const { say, time } = useSurroundings();
  const { title } = useSession();
  const isOver = row.state === 'revoked' || row.state === 'expired';
  return (
    <tr
      data-key={row.number}
      className="relative grid grid-cols-2 gap-x-4 gap-y-3 border-b border-line py-4 @4xl:table-row @4xl:py-0"
    >
      <th scope="row" className="col-span-2 pr-12 text-left font-normal @4xl:py-3 @4xl:pr-6">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className={classes('font-semibold wrap-anywhere', isOver && 'text-soft')}>{row.name}</span>
          <KeyBadges row={row} nowMs={nowMs} />
        </span>
        <code className="mt-0.5 block font-mono text-[0.8125rem] text-soft">{row.masked_key}</code>
        {row.claim_until !== null && (
          <span className="mt-0.5 block text-[0.8125rem] text-soft">{say('waitingText')}</span>
        )}
        {row.link_tried_again_at !== null && !isOver && (
          <span className="mt-0.5 block max-w-prose text-[0.8125rem] text-soft">
            {say('linkTriedAgainText', { when: time.relative(row.link_tried_again_at, nowMs) })}{' '}
            <button
              type="button"
              onClick={() => onAction(row, 'recycle')}
              className="text-accent underline underline-offset-3 coarse:py-2.5"
            >
              {say('recycle')}
              <span className="sr-only"> {row.name}</span>
            </button>
          </span>
        )}
        {row.state === 'disabled' && row.held && (
          <span className="mt-0.5 block text-[0.8125rem] text-soft">
            {say('heldByOperator', { api: title })}
          </span>
        )}
      </th>
      {hasAccess && (
        <Cell label={say('column.access')} className="col-span-2">
          <span className="flex flex-wrap items-center gap-1">
            {row.environment !== null && (
              <span className="rounded-md bg-panel px-1.5 text-xs leading-5 font-medium">
                {row.environment}
              </span>
            )}
            <span className="text-[0.8125rem] text-soft">{row.scopes.join(', ')}</span>
          </span>
        </Cell>
      )}
      <Cell label={say('column.usage')}>{children}</Cell>
      <Cell label={say('column.used')}>
        {row.last_used_at === null ? (
          <span className="text-soft">{say('neverUsed')}</span>
        ) : (
          <When instant={row.last_used_at}>{time.relative(row.last_used_at, nowMs)}</When>
        )}
      </Cell>
      <Cell label={say('column.created')}>
        <When instant={row.created_at}>{time.date(row.created_at)}</When>
        <span className="block text-[0.8125rem] text-soft empty:hidden">
          <Creator row={row} />
        </span>
      </Cell>
      <Cell label={say('column.expires')}>
        {row.expires_at === null ? (
          <span className="text-soft">{say('neverExpires')}</span>
        ) : (
          <When instant={row.expires_at}>{time.date(row.expires_at)}</When>
        )}
      </Cell>
      <td className="absolute top-3 right-0 @4xl:static @4xl:py-3 @4xl:text-right">
        <KeyMenu row={row} onAction={(action) => onAction(row, action)} />
      </td>
    </tr>
  );
}

/** A value; in a card it says what it is, in a table its column does. */
function Cell(props: { readonly label: string; readonly className?: string; readonly children: ReactNode }) {
  return (
    <td className={classes('align-middle @4xl:py-3 @4xl:pr-4 @4xl:whitespace-nowrap', props.className)}>
      <span aria-hidden="true" className="block text-xs text-soft @4xl:hidden">
        {props.label}
      </span>
      {props.children}
    </td>
  );
}
