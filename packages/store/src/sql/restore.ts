import type { JsonObject } from '@keyhold/core';
import type { MutationContext } from '../records.ts';
import type { Mutated } from '../store.ts';
import { authorize } from './authorize.ts';
import { readHead } from './change-log.ts';
import { readKeyspaces } from './configuration.ts';
import { finishMutation } from './mutation.ts';
import { quarantineEverything } from './quarantine.ts';
import type { Transaction } from './transaction.ts';

/**
 * Numbers that a keyspace leaves out when it is not known how many keys were issued after the backup: self-service names
 * a key by its number, and a number must never come to mean another key.
 */
const SKIPPED_NUMBERS = 1_000_000;

/**
 * No clock may take seqs out of the range of whole numbers in JSON; half of it leaves room for the changes to come.
 */
const MAX_RESTORED_SEQ = Number.MAX_SAFE_INTEGER / 2;

/** See {@link Store.completeRestore}. */
export async function completeRestore(
  tx: Transaction,
  context: MutationContext,
  { vouched, details }: { readonly vouched: boolean; readonly details: JsonObject },
): Promise<Mutated<null>> {
  const actor = await authorize(tx, context, { scope: null, keyspace: null, selfService: false });
  if (!vouched) {
    await quarantineEverything(tx);
    // Somebody may have been disabled since the copy; `keyhold people reset` lets one in again.
    await tx.db
      .updateTable('person')
      .set({ disabled_at_ms: tx.nowMs, invitation_id: null, invitation_expires_at_ms: null })
      .where('disabled_at_ms', 'is', null)
      .execute();
    await tx.db
      .updateTable('keyspace')
      .set((eb) => ({ last_number: eb('last_number', '+', SKIPPED_NUMBERS) }))
      .execute();
    const seq = Math.max(await readHead(tx.db), Math.min(tx.nowMs * 1_000, MAX_RESTORED_SEQ));
    await tx.db.updateTable('head').set({ seq }).execute();
  }
  await tx.db.deleteFrom('portal_session').execute();
  await tx.db.deleteFrom('person_session').execute();
  // A link may have been claimed since the copy, and the secret ended since; claimed again it would come back.
  await tx.db
    .updateTable('claim_link')
    .set({ ended_at_ms: tx.nowMs, sealed_key: null })
    .where('claimed_at_ms', 'is', null)
    .where('ended_at_ms', 'is', null)
    .execute();
  await tx.db.deleteFrom('change').execute();
  return await finishMutation<null>(tx, context, actor, {
    verb: 'restore',
    audit: [
      {
        action: 'database.restore',
        subject: { kind: 'database', id: 'database' },
        keyspace: null,
        organization: null,
        details,
      },
    ],
    // Whoever reads the log finds a hole before this and loads everything; what it says is true as well.
    change: { kind: 'configuration', keyspaces: await readKeyspaces(tx) },
    subject: 'database',
    changed: [],
    value: () => null,
  });
}
