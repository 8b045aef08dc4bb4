import { type RawBuilder, sql } from 'kysely';
import type { KeySort } from '../records.ts';
import { invalidCursor } from './pages.ts';

/** Later than every expiry. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** Both stand in an index as they are written here. */
export const KEY_NAME = sql`lower(key.name)`;
export const KEY_EXPIRY = sql`coalesce(key.expires_at_ms, ${sql.lit(NEVER)})`;

/** By what lists of keys are ordered. Keys with the same value stand in the order of their positions. */
interface KeyOrder {
  /** The table that holds it, with the same positions as `key`. */
  readonly table: RawBuilder<unknown>;
  readonly position: RawBuilder<unknown>;
  readonly value: RawBuilder<unknown>;
  readonly isText: boolean;
}

const created: KeyOrder = {
  table: sql`key`,
  position: sql`key.position`,
  value: sql`key.position`,
  isText: false,
};

const ORDERS: Readonly<Record<KeySort, KeyOrder>> = {
  created,
  name: { ...created, value: KEY_NAME, isText: true },
  expires: { ...created, value: KEY_EXPIRY },
  last_used: {
    table: sql`key_last_used`,
    position: sql`key_last_used.key_position`,
    value: sql`key_last_used.at_ms`,
    isText: false,
  },
};

/** Where a page ends: the position of its last key and what it is ordered by. */
export interface KeyPlace {
  readonly position: number;
  readonly value: number | string;
}

export interface KeyScan {
  readonly sort: KeySort;
  readonly descending: boolean;
  /** Where the page before ended; null: there was none. */
  readonly after: KeyPlace | null;
}

/** Rows `position, value` of all keys in order, `limit` at most, read off an index. */
export function scanKeys(
  { sort, descending, after }: KeyScan,
  within: readonly RawBuilder<boolean>[],
  limit: number,
): RawBuilder<unknown> {
  const { table, position, value } = ORDERS[sort];
  const direction = descending ? sql`DESC` : sql`ASC`;
  const beyond = descending ? sql`<` : sql`>`;
  const most = sql.lit(limit);
  const ordered = (conditions: readonly RawBuilder<unknown>[], order: RawBuilder<unknown>) =>
    sql`SELECT ${position} AS position, ${value} AS value FROM ${table} ${toWhere(conditions)} ORDER BY ${order} LIMIT ${most}`;
  const byPosition = sql`${position} ${direction}`;
  if (sort === 'created') {
    return ordered(
      after === null ? within : [...within, sql`${position} ${beyond} ${after.position}`],
      byPosition,
    );
  }
  const byValue = sql`${value} ${direction}, ${byPosition}`;
  if (after === null) return ordered(within, byValue);
  // In two parts, since SQLite reads no range of two columns off an index of which one is an expression.
  const ties = ordered(
    [...within, sql`${value} = ${after.value}`, sql`${position} ${beyond} ${after.position}`],
    byPosition,
  );
  const rest = ordered([...within, sql`${value} ${beyond} ${after.value}`], byValue);
  return sql`
    SELECT position, value FROM (SELECT * FROM (${ties}) AS ties UNION ALL SELECT * FROM (${rest}) AS rest) AS parts
    ORDER BY value ${direction}, position ${direction} LIMIT ${most}`;
}

/** The same rows, of the keys at some positions only, and however many there are. */
export function sortKeys(
  { sort, descending, after }: KeyScan,
  positions: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const { table, position, value } = ORDERS[sort];
  const beyond = descending ? sql`<` : sql`>`;
  const isBeyond =
    after === null
      ? sql``
      : sql`AND (value ${beyond} ${after.value} OR (value = ${after.value} AND position ${beyond} ${after.position}))`;
  // A look-up for each, and no join: see isAmong.
  return sql`
    SELECT position, value FROM (
      SELECT candidate.position, (SELECT ${value} FROM ${table} WHERE ${position} = candidate.position) AS value
      FROM (SELECT DISTINCT position FROM (${positions}) AS found) AS candidate
    ) AS valued
    WHERE value IS NOT NULL ${isBeyond}`;
}

/** @throws {KeyholdError} `invalid_cursor`. */
export function parseKeyPlace(sort: KeySort, after: string | undefined): KeyPlace | null {
  if (after === undefined) return null;
  const [, digits, text] = /^([1-9][0-9]{0,15})(?::(.*))?$/s.exec(after) ?? [];
  const value = sort === 'created' && text === undefined ? digits : text;
  const isGood = value !== undefined && (ORDERS[sort].isText || /^-?[0-9]{1,16}$/.test(value));
  if (!isGood) throw invalidCursor();
  return { position: Number(digits), value: ORDERS[sort].isText ? value : Number(value) };
}

export function formatKeyPlace(sort: KeySort, { position, value }: KeyPlace): string {
  return sort === 'created' ? String(position) : `${position}:${value}`;
}

function toWhere(conditions: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return conditions.length === 0 ? sql`` : sql`WHERE ${sql.join(conditions, sql` AND `)}`;
}
