import { sql } from 'kysely';
import type { FlushAnswer } from '../activity-records.ts';
import type { DailyUsageQuery, DailyUsageRecord, UsageBatch } from '../records.ts';
import { addCount, MOST_COUNTED, sumOfCounts, toCount } from './counts.ts';
import { noteRefusals } from './key-activity.ts';
import { chunk, compare } from './rows-to-write.ts';
import type { Transaction, View } from './transaction.ts';
import { isWatched, noteVerdicts } from './verdicts.ts';

/** See {@link Store.flushUsage}. Keys that do not exist, or are of other keyspaces, are passed over. */
export async function flushUsage(tx: Transaction, batch: UsageBatch): Promise<FlushAnswer> {
  // Whoever counts the same at the same time writes the rows in one order, so that neither has what the other waits for.
  const usage = batch.usage.toSorted(
    (a, b) => compare(a.keyId, b.keyId) || a.hourMs - b.hourMs || compare(a.outcome, b.outcome),
  );
  const { keyspaces } = batch;
  const ofKeyspaces =
    keyspaces === undefined ? sql`` : sql`AND key.keyspace IN (${sql.join([...keyspaces])})`;
  const most = sql.lit(MOST_COUNTED);
  for (const rows of chunk(usage)) {
    const values = rows.map(
      (row) =>
        sql`(${row.keyId}, CAST(${row.hourMs} AS bigint), ${row.outcome}, CAST(${row.count} AS bigint))`,
    );
    await sql`
      INSERT INTO usage (key_position, hour_ms, outcome, node, count)
      SELECT key.position, counted.column2, counted.column3, ${batch.node}, 
        CAST(CASE WHEN sum(counted.column4) > ${most} THEN ${most} ELSE sum(counted.column4) END AS bigint)
      FROM (VALUES ${sql.join(values)}) AS counted JOIN key ON key.id = counted.column1 ${ofKeyspaces}
      GROUP BY key.position, key.id, counted.column2, counted.column3
      ORDER BY key.id, counted.column2, counted.column3
      ON CONFLICT (key_position, hour_ms, outcome, node) DO UPDATE SET count = ${addCount('usage')}
    `.execute(tx.db);
  }
  await tx.failpoint('flush_usage.after_usage');
  // The last of each key, since a statement may write a row once.
  const lastUsed = new Map(
    batch.lastUsed
      .toSorted((a, b) => compare(a.keyId, b.keyId) || a.atMs - b.atMs)
      .map((row) => [row.keyId, row]),
  );
  for (const rows of chunk([...lastUsed.values()])) {
    const values = rows.map(
      (row) => sql`(${row.keyId}, CAST(${row.atMs} AS bigint), CAST(${row.address ?? null} AS text))`,
    );
    await sql`
      INSERT INTO key_last_used (key_position, at_ms, address)
      SELECT key.position, used.column2, used.column3
      FROM (VALUES ${sql.join(values)}) AS used JOIN key ON key.id = used.column1 ${ofKeyspaces}
      WHERE true ORDER BY key.id
      ON CONFLICT (key_position) DO UPDATE SET at_ms = excluded.at_ms, address = excluded.address
      WHERE excluded.at_ms > key_last_used.at_ms
    `.execute(tx.db);
  }
  await tx.failpoint('flush_usage.after_last_used');
  await noteRefusals(tx, batch.refusals ?? [], ofKeyspaces);
  await noteVerdicts(tx, batch.node, batch.verdicts ?? []);
  return { watched: await isWatched(tx) };
}

const DAY_MS = 86_400_000;

/** See {@link Store.listDailyUsage}. */
export async function listDailyUsage(
  view: View,
  { keyspace, organization, numbers, fromDay, toDay }: DailyUsageQuery,
): Promise<readonly DailyUsageRecord[]> {
  if (numbers.length === 0) return [];
  const day = sql<number>`usage.hour_ms / ${sql.lit(DAY_MS)}`;
  const rows = await view.db
    .selectFrom('usage')
    .innerJoin('key', 'key.position', 'usage.key_position')
    .select(['key.number', 'usage.outcome', day.as('day')])
    .select(sumOfCounts.as('count'))
    .where('key.keyspace', '=', keyspace)
    .where('key.organization', '=', organization)
    .where('key.number', 'in', [...numbers])
    .where('usage.hour_ms', '>=', fromDay * DAY_MS)
    .where('usage.hour_ms', '<', toDay * DAY_MS)
    .groupBy(['key.number', day, 'usage.outcome'])
    .orderBy('key.number')
    .orderBy(day)
    .orderBy('usage.outcome')
    .execute();
  return rows.map(({ number, outcome, day, count }) => ({
    number,
    day,
    outcome,
    count: toCount(count),
  }));
}
