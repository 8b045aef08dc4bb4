import { type RawBuilder, sql } from 'kysely';
import type { RowCount } from '../activity-records.ts';
import type { KeyFilter } from '../records.ts';
import { countRows } from './count-rows.ts';
import { isAmong, toKeyConditions } from './key-conditions.ts';
import type { View } from './transaction.ts';

/** Further than this nobody counts on a page. */
const MOST_COUNTED = 10_000;
/** Rows that are looked at for that, since some of those that an index finds are not asked for. */
const MOST_LOOKED_AT = 2 * MOST_COUNTED;

/** See {@link ActivityStore.countKeys}. */
export async function countKeys(view: View, filter: Omit<KeyFilter, 'search'>): Promise<RowCount> {
  const conditions = await toKeyConditions(view, filter);
  let fewest: { readonly probe: RawBuilder<unknown>; readonly rows: number } | null = null;
  for (const probe of [sql`SELECT position FROM key`, ...conditions.map((condition) => condition.probe)]) {
    if (probe === null) continue;
    const rows = await countRows(view, probe, MOST_LOOKED_AT);
    if (fewest === null || rows <= fewest.rows) fewest = { probe, rows };
  }
  if (fewest === null) return { value: 0, atLeast: false };
  const counted = await sql<{ readonly count: number }>`
    SELECT count(*) AS count
    FROM (SELECT position FROM (${fewest.probe}) AS found LIMIT ${sql.lit(MOST_LOOKED_AT)}) AS candidate
    WHERE ${isAmong(sql`candidate.position`, conditions)}`.execute(view.db);
  const count = Number(counted.rows[0]?.count ?? 0);
  return {
    value: Math.min(count, MOST_COUNTED),
    atLeast: fewest.rows === MOST_LOOKED_AT || count > MOST_COUNTED,
  };
}
