import { sql } from 'kysely';
import type { UsageBatch } from '../records.ts';
import type { Transaction } from './transaction.ts';

/** Rows in one statement: enough to make the statement's own cost small, few enough for every dialect's parameters. */
const ROWS_PER_STATEMENT = 100;

/** See {@link Store.flushUsage}. Keys that do not exist are passed over. */
export async function flushUsage(tx: Transaction, batch: UsageBatch): Promise<void> {
  for (const rows of chunk(batch.usage)) {
    const values = rows.map(
      (row) =>
        sql`(${row.keyId}, CAST(${row.hourMs} AS bigint), ${row.outcome}, CAST(${row.count} AS bigint))`,
    );
    await sql`
      INSERT INTO usage (key_position, hour_ms, outcome, node, count)
      SELECT key.position, counted.column2, counted.column3, ${batch.node}, counted.column4
      FROM (VALUES ${sql.join(values)}) AS counted JOIN key ON key.id = counted.column1
      WHERE true
      ON CONFLICT (key_position, hour_ms, outcome, node) DO UPDATE SET count = usage.count + excluded.count
    `.execute(tx.db);
  }
  await tx.failpoint('flush_usage.after_usage');
  for (const rows of chunk(batch.lastUsed)) {
    const values = rows.map((row) => sql`(${row.keyId}, CAST(${row.atMs} AS bigint))`);
    await sql`
      INSERT INTO key_last_used (key_position, at_ms)
      SELECT key.position, used.column2
      FROM (VALUES ${sql.join(values)}) AS used JOIN key ON key.id = used.column1
      WHERE true
      ON CONFLICT (key_position) DO UPDATE SET at_ms = excluded.at_ms WHERE excluded.at_ms > key_last_used.at_ms
    `.execute(tx.db);
  }
  await tx.failpoint('flush_usage.after_last_used');
}

function* chunk<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    yield rows.slice(start, start + ROWS_PER_STATEMENT);
  }
}
