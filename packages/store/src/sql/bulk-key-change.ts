import { isKeyholdError, type KeyId, OPERATOR_KEYSPACE } from '@keyhold/core';
import type { KeyOutcome } from '../activity-records.ts';
import type { MutationContext } from '../records.ts';
import type { Mutated } from '../store.ts';
import { authorize } from './authorize.ts';
import { reaches, toKeyEvent } from './change-key.ts';
import { selectKeys, selectSecrets } from './key-rows.ts';
import { finishMutation, nothingToDo } from './mutation.ts';
import { requireOrganization } from './organization-rows.ts';
import { type KeySwitch, type SwitchedKey, switchKey } from './switch-key.ts';
import { together } from './together.ts';
import type { Transaction } from './transaction.ts';

/** See {@link Store.changeKeys}: one change for all of them. */
export async function changeKeys(
  tx: Transaction,
  context: MutationContext,
  verb: KeySwitch,
  ids: readonly KeyId[],
  options: { readonly reason: string | null },
): Promise<Mutated<readonly KeyOutcome[]>> {
  const [actor, rows, secrets] = await together(
    authorize(tx, context, { scope: 'keys:write', keyspace: null, selfService: false }),
    selectKeys(tx.db)
      .where('key.id', 'in', [...ids])
      .where('key.keyspace', '<>', OPERATOR_KEYSPACE)
      .execute(),
    selectSecrets(tx.db)
      .innerJoin('key', 'key.position', 'secret.key_position')
      .where('key.id', 'in', [...ids])
      .execute(),
  );
  const secretsOf = Map.groupBy(secrets, ({ key_position }) => key_position);
  const byId = new Map(rows.filter((row) => reaches(actor, row)).map((row) => [row.id, row]));
  const outcomes: KeyOutcome[] = [];
  const switched: SwitchedKey[] = [];
  const positions: number[] = [];
  let readSeq = 0;
  for (const id of ids) {
    const row = byId.get(id);
    if (row === undefined) {
      outcomes.push({ id, status: 'refused', code: 'key_not_found' });
      continue;
    }
    try {
      const key = { row, secrets: secretsOf.get(row.position) ?? [] };
      const result = switchKey(tx, actor, key, verb);
      if (result === null) {
        // An earlier call's change may not be in force everywhere: the seq says what to wait for.
        const organization = await requireOrganization(tx, row.organization);
        readSeq = Math.max(readSeq, row.seq, organization.seq);
      } else {
        switched.push(result);
        positions.push(row.position);
      }
      outcomes.push({ id, status: result === null ? 'unchanged' : 'done' });
    } catch (error) {
      if (!isKeyholdError(error) || error.code !== 'key_revoked') throw error;
      outcomes.push({ id, status: 'refused', code: error.code });
    }
  }
  if (switched.length === 0) return nothingToDo(readSeq, outcomes);
  const changed = switched.map((key) => key.changed);
  const writing = together(...switched.map((key) => key.write()));
  const finishing = finishMutation<readonly KeyOutcome[]>(tx, context, actor, {
    verb: 'change_keys',
    audit: changed.map((key) => toKeyEvent(key, verb, { reason: options.reason, keys_at_once: ids.length })),
    change: { kind: 'keys', keys: changed.map(({ replicated }) => replicated) },
    subject: `${changed.length} keys`,
    changed: [{ table: 'key', positions }],
    value: () => outcomes,
  });
  const [, mutated] = await together(writing, finishing);
  return mutated;
}
