import type { Change, ChangePayload } from '@keyhold/coherence';
import type { Kysely } from 'kysely';
import type { Tables } from './schema.ts';
import type { Transaction, View } from './transaction.ts';

/**
 * Takes the next seq, for {@link appendChange} to write a change under. Log order is commit order because the counter row
 * is held until the commit, which is also why this comes last in a mutation.
 */
export async function takeSeq(tx: Transaction): Promise<number> {
  const { seq } = await tx.db
    .updateTable('head')
    .set((eb) => ({ seq: eb('seq', '+', 1) }))
    .returning('seq')
    .executeTakeFirstOrThrow();
  return seq;
}

/** Writes a change under the seq that was taken last. */
export async function appendChange(tx: Transaction, subject: string, payload: ChangePayload): Promise<void> {
  await tx.db
    .insertInto('change')
    .values({
      seq: selectHead(tx.db),
      kind: payload.kind,
      subject,
      payload: JSON.stringify(payload),
      at_ms: tx.nowMs,
    })
    .execute();
}

/** The seq that was taken last, for a statement that need not wait until it is known. */
export function selectHead(db: Kysely<Tables>) {
  return db.selectFrom('head').select('head.seq');
}

export async function readHead(db: Kysely<Tables>): Promise<number> {
  return (await selectHead(db).executeTakeFirstOrThrow()).seq;
}

/** See {@link ChangeLog.readChanges}. A trimmed front shows as a first seq that is not `afterSeq + 1`. */
export async function readChanges(view: View, afterSeq: number, limit: number): Promise<readonly Change[]> {
  const rows = await view.db
    .selectFrom('change')
    .select(['seq', 'payload'])
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => {
    const payload: ChangePayload = JSON.parse(row.payload);
    return { seq: row.seq, payload };
  });
}
