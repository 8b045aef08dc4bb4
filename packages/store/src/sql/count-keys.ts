import { type RawBuilder, sql } from 'kysely';
import type { RowCount } from '../activity-records.ts';
import type { KeyFilter } from '../records.ts';
import { countRows } from './count-rows.ts';
import { isAmong, toKeyConditions } from './key-conditions.ts';
import type { View } from './transaction.ts';

/** Further than this nobody counts on a page, and no more keys than this are looked at. */
const MOST_LOOKED_AT = 10_000;

/** See {@link ActivityStore.countKeys}. */
export async function countKeys(view: View, filter: Omit<KeyFilter, 'search'>): Promise<RowCount> {
  const conditions = await toKeyConditions(view, filter);
  const probe = await chooseProbe(
    view,
    conditions.flatMap((condition) => condition.probe ?? []),
  );
  const counted = await sql<{ readonly looked: number; readonly matched: number | null }>`
    SELECT count(*) AS looked,
      CAST(sum(CASE WHEN ${isAmong(sql`candidate.position`, conditions)} THEN 1 ELSE 0 END) AS bigint) AS matched
    FROM (SELECT position FROM (${probe}) AS found LIMIT ${sql.lit(MOST_LOOKED_AT + 1)}) AS candidate
  `.execute(view.db);
  const [{ looked, matched } = { looked: 0, matched: 0 }] = counted.rows;
  return {
    value: Math.min(matched ?? 0, MOST_LOOKED_AT),
    atLeast: looked > MOST_LOOKED_AT,
  };
}

/** Where several indexes know candidates, the one that knows the fewest. */
async function chooseProbe(view: View, probes: readonly RawBuilder<unknown>[]): Promise<RawBuilder<unknown>> {
  const [only] = probes;
  if (only !== undefined && probes.length === 1) return only;
  let fewest = { probe: only ?? sql`SELECT position FROM key`, rows: Number.POSITIVE_INFINITY };
  for (const probe of probes) {
    const rows = await countRows(view, probe, MOST_LOOKED_AT + 1);
    if (rows < fewest.rows) fewest = { probe, rows };
  }
  return fewest.probe;
}
