import { type RawBuilder, sql } from 'kysely';

/** Counts stop here: what is more can neither be told nor, added up often enough, be held by a database. */
export const MOST_COUNTED = Number.MAX_SAFE_INTEGER;

const most = sql.lit(MOST_COUNTED);

/** What a row of `table` counts together with `excluded`, which is to be added. */
export function addCount(table: 'usage' | 'key_refusal'): RawBuilder<number> {
  const count = sql.raw(`${table}.count`);
  return sql`CASE WHEN ${count} > ${most} - excluded.count THEN ${most} ELSE ${count} + excluded.count END`;
}

/** What the rows of a group count in all, for {@link toCount}: no whole number, since such a sum may be too large for one. */
export const sumOfCounts = sql<number | string>`sum(usage.count * 1.0)`;

export function toCount(sum: number | string): number {
  return Math.min(Number(sum), MOST_COUNTED);
}
