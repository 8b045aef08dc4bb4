import { OPERATOR_KEYSPACE } from '@keyhold/core';
import type { MutationContext } from '../records.ts';
import type { Mutated } from '../store.ts';
import { authorize, requireUnlimited } from './authorize.ts';
import { bulkRevokedAt } from './key-rows.ts';
import { requireConfiguredKeyspace } from './keyspaces.ts';
import { finishMutation, nothingToDo } from './mutation.ts';
import { readReplicatedOrganization, requireOrganization } from './organization-rows.ts';
import type { Transaction } from './transaction.ts';

/**
 * See {@link Store.revokeOrganizationKeys}. What it writes does not grow with the number of keys: one row for each
 * keyspace, saying up to which key number everything is revoked.
 */
export async function revokeOrganizationKeys(
  tx: Transaction,
  context: MutationContext,
  id: string,
  options: { readonly keyspace: string | null; readonly reason: string | null },
): Promise<Mutated<{ readonly revokedCount: number }>> {
  const actor = await authorize(tx, context, {
    scope: 'keys:write',
    keyspace: options.keyspace,
    selfService: false,
  });
  if (options.keyspace === null) requireUnlimited(actor);
  const organization = await requireOrganization(tx, id);
  if (options.keyspace !== null) await requireConfiguredKeyspace(tx, options.keyspace);

  const reached = await countKeys(tx, id, options.keyspace);
  const revoked = reached.filter((each) => each.unrevoked > 0);
  const revokedCount = revoked.reduce((sum, each) => sum + each.unrevoked, 0);
  if (revokedCount === 0) {
    return nothingToDo(Math.max(organization.seq, ...reached.map((each) => each.seq)), { revokedCount });
  }
  for (const { keyspace, highestNumber } of revoked) {
    await tx.db
      .insertInto('organization_revocation')
      .values({
        organization: id,
        keyspace,
        revoked_through: highestNumber,
        at_ms: tx.nowMs,
        written_out_at_ms: null,
      })
      .execute();
  }
  return await finishMutation(tx, context, actor, {
    verb: 'revoke_organization_keys',
    audit: [
      {
        action: 'organization.revoke_keys',
        subject: { kind: 'organization', id },
        keyspace: options.keyspace,
        organization: id,
        details: { reason: options.reason, revoked_count: revokedCount },
      },
    ],
    change: { kind: 'organization', organization: await readReplicatedOrganization(tx, id) },
    subject: id,
    changed: [{ table: 'organization', positions: [organization.position] }],
    value: () => ({ revokedCount }),
  });
}

/**
 * See {@link Store.writeOutRevocations}. Lowest number first, so that a key covered by two bulk revocations gets the
 * time of the first. Nothing that verification sees changes, so nothing goes into the change log.
 */
export async function writeOutRevocations(tx: Transaction, limit: number): Promise<number> {
  let written = 0;
  while (written < limit) {
    const bulk = await tx.db
      .selectFrom('organization_revocation')
      .select(['organization', 'keyspace', 'revoked_through', 'at_ms'])
      .where('written_out_at_ms', 'is', null)
      .orderBy('organization')
      .orderBy('keyspace')
      .orderBy('revoked_through')
      .limit(1)
      .executeTakeFirst();
    if (bulk === undefined) break;
    const room = limit - written;
    const { numUpdatedRows } = await tx.db
      .updateTable('key')
      .set({ revoked_at_ms: bulk.at_ms })
      .where('position', 'in', (eb) =>
        eb
          .selectFrom('key')
          .select('position')
          .where('organization', '=', bulk.organization)
          .where('keyspace', '=', bulk.keyspace)
          .where('number', '<=', bulk.revoked_through)
          .where('revoked_at_ms', 'is', null)
          .limit(room),
      )
      .executeTakeFirstOrThrow();
    written += Number(numUpdatedRows);
    await tx.failpoint('write_out.after_rows');
    if (numUpdatedRows < room) {
      await tx.db
        .updateTable('organization_revocation')
        .set({ written_out_at_ms: tx.nowMs })
        .where('organization', '=', bulk.organization)
        .where('keyspace', '=', bulk.keyspace)
        .where('revoked_through', '=', bulk.revoked_through)
        .execute();
      await tx.failpoint('write_out.after_mark');
    }
  }
  return written;
}

/** By keyspace: how many of the organization's keys are not revoked, and the highest number and seq of all of them. */
async function countKeys(
  tx: Transaction,
  organization: string,
  keyspace: string | null,
): Promise<
  readonly {
    readonly keyspace: string;
    readonly unrevoked: number;
    readonly highestNumber: number;
    readonly seq: number;
  }[]
> {
  return await tx.db
    .selectFrom('key')
    .select((eb) => [
      'key.keyspace',
      eb.fn
        .countAll<number>()
        .filterWhere((each) =>
          each.and([each('key.revoked_at_ms', 'is', null), each(bulkRevokedAt(each), 'is', null)]),
        )
        .as('unrevoked'),
      eb.fn.max('key.number').as('highestNumber'),
      eb.fn.max('key.seq').as('seq'),
    ])
    .where('key.organization', '=', organization)
    .where('key.keyspace', '<>', OPERATOR_KEYSPACE)
    .$if(keyspace !== null, (query) => query.where('key.keyspace', '=', keyspace ?? ''))
    .groupBy('key.keyspace')
    .execute();
}
