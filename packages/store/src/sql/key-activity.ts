import type { KeyId } from '@keyhold/core';
import { type RawBuilder, sql } from 'kysely';
import type { KeyActivity, RefusalCount } from '../activity-records.ts';
import { addUpRefusals } from '../add-up-refusals.ts';
import { addCount } from './counts.ts';
import { requireKey } from './key-rows.ts';
import { chunk, compare } from './rows-to-write.ts';
import type { Transaction, View } from './transaction.ts';

/** See {@link ActivityStore.getKeyActivity}. */
export async function getKeyActivity(view: View, id: KeyId): Promise<KeyActivity> {
  const { position } = await requireKey(view, { id });
  const used = await view.db
    .selectFrom('key_last_used')
    .select(['at_ms', 'address'])
    .where('key_position', '=', position)
    .where('at_ms', '>', 0)
    .executeTakeFirst();
  const refusals = await view.db
    .selectFrom('key_refusal')
    .select(['reason', 'count', 'last_at_ms', 'address', 'operation'])
    .where('key_position', '=', position)
    .orderBy('last_at_ms', 'desc')
    .orderBy('reason')
    .execute();
  return {
    lastUsed: used === undefined ? null : { atMs: used.at_ms, address: used.address },
    refusals: refusals.map((row) => ({
      reason: row.reason,
      count: row.count,
      lastAtMs: row.last_at_ms,
      address: row.address,
      operation: row.operation,
    })),
  };
}

/** The row of a key that was made just now and never used: see the column's comment for the minus. */
export async function insertUnused(tx: Transaction, position: number): Promise<void> {
  await tx.db.insertInto('key_last_used').values({ key_position: position, at_ms: -tx.nowMs }).execute();
}

/**
 * Adds what was refused, one row for each key and reason. Keys that do not exist are passed over.
 *
 * @param ofKeyspaces what `key` must also be.
 */
export async function noteRefusals(
  tx: Transaction,
  refusals: readonly RefusalCount[],
  ofKeyspaces: RawBuilder<unknown>,
): Promise<void> {
  // In one order, so that of two who write at the same time neither has what the other waits for.
  // A statement may write a row once.
  const ordered = addUpRefusals(refusals).toSorted(
    (a, b) => compare(a.keyId, b.keyId) || compare(a.reason, b.reason),
  );
  for (const rows of chunk(ordered)) {
    const values = rows.map(
      (
        row,
      ) => sql`(${row.keyId}, ${row.reason}, CAST(${row.count} AS bigint), CAST(${row.lastAtMs} AS bigint),
        CAST(${row.address} AS text), CAST(${row.operation} AS text))`,
    );
    await sql`
      INSERT INTO key_refusal (key_position, reason, count, last_at_ms, address, operation)
      SELECT key.position, refused.column2, refused.column3, refused.column4, refused.column5, refused.column6
      FROM (VALUES ${sql.join(values)}) AS refused JOIN key ON key.id = refused.column1 ${ofKeyspaces}
      WHERE true ORDER BY key.id, refused.column2
      ON CONFLICT (key_position, reason) DO UPDATE SET
        count = ${addCount('key_refusal')},
        address = CASE WHEN excluded.last_at_ms >= key_refusal.last_at_ms THEN excluded.address ELSE key_refusal.address END,
        operation = CASE WHEN excluded.last_at_ms >= key_refusal.last_at_ms THEN excluded.operation ELSE key_refusal.operation END,
        last_at_ms = CASE WHEN excluded.last_at_ms >= key_refusal.last_at_ms THEN excluded.last_at_ms ELSE key_refusal.last_at_ms END
    `.execute(tx.db);
  }
}
