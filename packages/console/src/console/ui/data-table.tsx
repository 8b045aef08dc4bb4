import type { ReactNode } from 'react';
import { classes } from '../../ui/classes.ts';
import { Icon } from '../../ui/icons.tsx';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** The server's name of the order; a press on the title asks for it. */
  readonly sort?: string;
  /** The first press asks for the newest; left out: for the first of the alphabet, or the earliest. */
  readonly descendsFirst?: true;
  /** Numbers stand at the right. */
  readonly isNumber?: true;
  /** The column takes what is left, and its long words break. */
  readonly isWide?: true;
  /** Buttons, which need no title to be seen. */
  readonly isActions?: true;
}

export interface DataTableProps<Row> {
  readonly caption: string;
  /** The first one is what a row is called by. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** The order: a column's `sort`, with `-` before it when descending. */
  readonly sort?: { readonly value: string; readonly onSort: (sort: string) => void };
  readonly selection?: Selection<Row>;
}

export interface Selection<Row> {
  readonly ids: ReadonlySet<string>;
  readonly onSelect: (ids: ReadonlySet<string>) => void;
  readonly labelOf: (row: Row) => string;
}

/** Rows of one page. In a narrow space each row is a card that names its values. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, columns, rows, keyOf, sort, selection } = props;
  return (
    <table className="mt-4 w-full border-collapse text-sm">
      <caption className="sr-only">{caption}</caption>
      <thead className="hidden border-b border-line text-left @3xl:table-header-group">
        <tr>
          {selection !== undefined && (
            <th scope="col" className="w-8 py-2 pr-2">
              <SelectAll ids={rows.map(keyOf)} selection={selection} />
            </th>
          )}
          {columns.map((column) => (
            <Heading key={column.title} column={column} sort={sort} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const id = keyOf(row);
          return (
            <tr
              key={id}
              data-row={id}
              className={classes(
                'relative grid grid-cols-2 gap-x-4 gap-y-2.5 border-b border-line py-4 transition-colors last:border-b-0 hover:bg-panel/60 @3xl:table-row @3xl:py-0',
                selection?.ids.has(id) === true && 'bg-accent/5',
              )}
            >
              {selection !== undefined && (
                <td className="absolute top-4.5 right-0 align-middle @3xl:static @3xl:py-2.5 @3xl:pr-2">
                  <SelectOne id={id} label={selection.labelOf(row)} selection={selection} />
                </td>
              )}
              {columns.map((column, index) => (
                <Cell key={column.title} column={column} isHead={index === 0}>
                  {column.cell(row)}
                </Cell>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** A link in a row's first cell whose target is the whole row. */
export const ROW_LINK = 'font-medium wrap-anywhere after:absolute after:inset-0 hover:text-accent';
/** What can be pressed in a row besides its link. */
export const ABOVE_ROW_LINK = 'relative z-1';

function Heading<Row>({
  column: { title, sort: name, descendsFirst, isNumber, isActions },
  sort,
}: {
  readonly column: Column<Row>;
  readonly sort: DataTableProps<Row>['sort'];
}) {
  const isSorted = name !== undefined && sort?.value.replace(/^-/, '') === name;
  const isDescending = sort?.value.startsWith('-') === true;
  return (
    <th
      scope="col"
      aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : undefined}
      className={classes(
        'py-2 pr-4 text-[0.8125rem] font-medium whitespace-nowrap text-soft',
        isNumber === true && 'text-right',
      )}
    >
      {name === undefined || sort === undefined ? (
        <span className={isActions === true ? 'sr-only' : undefined}>{title}</span>
      ) : (
        <button
          type="button"
          // Another press turns it round.
          onClick={() => sort.onSort((isSorted ? !isDescending : descendsFirst === true) ? `-${name}` : name)}
          className="-mx-1.5 inline-flex items-center gap-1 rounded-md px-1.5 py-0.5 hover:bg-panel hover:text-ink"
        >
          {title}
          <Icon
            name={isDescending ? 'down' : 'up'}
            className={classes('size-3', isSorted ? 'text-accent' : 'invisible')}
          />
        </button>
      )}
    </th>
  );
}

function Cell<Row>({
  column: { title, isNumber, isWide, isActions },
  isHead,
  children,
}: {
  readonly column: Column<Row>;
  readonly isHead: boolean;
  readonly children: ReactNode;
}) {
  const Element = isHead ? 'th' : 'td';
  return (
    <Element
      scope={isHead ? 'row' : undefined}
      className={classes(
        'text-left align-middle font-normal @3xl:py-2 @3xl:pr-4',
        isHead || isWide === true ? 'col-span-2 wrap-anywhere' : '@3xl:whitespace-nowrap',
        isHead && 'pr-12 @3xl:min-w-44',
        isNumber === true && '@3xl:text-right',
        isActions === true &&
          'absolute top-3 right-0 z-1 @3xl:relative @3xl:top-auto @3xl:pr-0 @3xl:text-right',
      )}
    >
      {!isHead && isActions !== true && (
        <span aria-hidden="true" className="block text-xs text-soft @3xl:hidden">
          {title}
        </span>
      )}
      {children}
    </Element>
  );
}

const BOX = `${ABOVE_ROW_LINK} block size-4 cursor-pointer accent-accent coarse:size-5`;

function SelectAll<Row>(props: { readonly ids: readonly string[]; readonly selection: Selection<Row> }) {
  const { ids, selection } = props;
  const chosen = ids.filter((id) => selection.ids.has(id)).length;
  return (
    <input
      type="checkbox"
      aria-label="Select every row of this page"
      className={BOX}
      ref={(box) => {
        if (box !== null) box.indeterminate = chosen > 0 && chosen < ids.length;
      }}
      checked={ids.length > 0 && chosen === ids.length}
      onChange={({ target }) => {
        const next = new Set(selection.ids);
        for (const id of ids) {
          if (target.checked) next.add(id);
          else next.delete(id);
        }
        selection.onSelect(next);
      }}
    />
  );
}

function SelectOne<Row>(props: {
  readonly id: string;
  readonly label: string;
  readonly selection: Selection<Row>;
}) {
  const { id, label, selection } = props;
  return (
    <input
      type="checkbox"
      aria-label={label}
      className={BOX}
      checked={selection.ids.has(id)}
      onChange={({ target }) => {
        const next = new Set(selection.ids);
        if (target.checked) next.add(id);
        else next.delete(id);
        selection.onSelect(next);
      }}
    />
  );
}
