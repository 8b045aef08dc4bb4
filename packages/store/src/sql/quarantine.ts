import type { ReplicatedKey } from '@keyhold/coherence';
import { OPERATOR_KEYSPACE } from '@keyhold/core';
import type { MutationContext, Quarantine, QuarantineSelector } from '../records.ts';
import type { Mutated } from '../store.ts';
import { authorize } from './authorize.ts';
import { readHead } from './change-log.ts';
import { readChangedKey } from './key-rows.ts';
import { type AuditDraft, finishMutation, nothingToDo } from './mutation.ts';
import { selectOperators, toOperatorRecord } from './operators.ts';
import type { Transaction, View } from './transaction.ts';

/** See {@link Store.readQuarantine}. */
export async function readQuarantine(view: View): Promise<Quarantine> {
  const keyspaces = await view.db
    .selectFrom('key')
    .select((eb) => ['keyspace', eb.fn.countAll<number>().as('keyCount')])
    .where('quarantined_at_ms', 'is not', null)
    .where('revoked_at_ms', 'is', null)
    .where('keyspace', '<>', OPERATOR_KEYSPACE)
    .groupBy('keyspace')
    .orderBy('keyspace')
    .execute();
  const operators = await selectOperators(view.db)
    .where('key.quarantined_at_ms', 'is not', null)
    .where('key.revoked_at_ms', 'is', null)
    .orderBy('operator.position')
    .execute();
  return { keyspaces, operators: operators.map((row) => toOperatorRecord(row)) };
}

/**
 * Disables every key and operator token that is not revoked or disabled, to be reviewed. Expired ones too: their expiry
 * can be moved. Says nothing to replicas and writes no audit event: the restore that calls it does.
 *
 * @returns how many there are to review now.
 */
export async function quarantineEverything(tx: Transaction): Promise<number> {
  const { numUpdatedRows } = await tx.db
    .updateTable('key')
    .set({ disabled_at_ms: tx.nowMs, quarantined_at_ms: tx.nowMs })
    .where('disabled_at_ms', 'is', null)
    .where('revoked_at_ms', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/** See {@link Store.releaseKeys}. */
export async function releaseKeys(
  tx: Transaction,
  context: MutationContext,
  { keyspace, organization }: QuarantineSelector,
  limit: number,
): Promise<Mutated<{ readonly releasedCount: number }>> {
  const actor = await authorize(tx, context, { scope: null, keyspace: null, selfService: false });
  const rows = await tx.db
    .selectFrom('key')
    .select('position')
    .where('quarantined_at_ms', 'is not', null)
    .where('revoked_at_ms', 'is', null)
    .where('keyspace', '=', keyspace)
    .where('keyspace', '<>', OPERATOR_KEYSPACE)
    .$if(organization !== null, (query) => query.where('organization', '=', organization ?? ''))
    .orderBy('position')
    .limit(limit)
    .execute();
  // Which of the changes so far released the others is not known, so the caller waits for all of them.
  if (rows.length === 0) return nothingToDo(await readHead(tx.db), { releasedCount: 0 });
  const positions = rows.map(({ position }) => position);
  await tx.db
    .updateTable('key')
    .set({ disabled_at_ms: null, quarantined_at_ms: null })
    .where('position', 'in', positions)
    .execute();
  const replicated: ReplicatedKey[] = [];
  const audit: AuditDraft[] = [];
  for (const position of positions) {
    const released = await readChangedKey(tx, position);
    replicated.push(released.replicated);
    const { id } = released.record;
    audit.push({
      action: 'key.enable',
      subject: { kind: 'key', id },
      keyspace: released.record.keyspace,
      organization: released.record.organization,
      details: { released: true },
    });
  }
  return await finishMutation(tx, context, actor, {
    verb: 'release_keys',
    audit,
    change: { kind: 'keys', keys: replicated },
    subject: `${positions.length} keys`,
    changed: [{ table: 'key', positions }],
    value: () => ({ releasedCount: positions.length }),
  });
}
