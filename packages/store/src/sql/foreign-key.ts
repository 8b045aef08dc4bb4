import type { MutationContext } from '../records.ts';
import { authorize } from './authorize.ts';
import { writeAudit } from './mutation.ts';
import type { Transaction } from './transaction.ts';

/** See {@link Store.noteForeignKey}. */
export async function noteForeignKey(
  tx: Transaction,
  context: MutationContext,
  { keyspace, organization, number }: { keyspace: string; organization: string; number: number },
): Promise<void> {
  const actor = await authorize(tx, context, { scope: null, keyspace, selfService: true });
  const foreign = await tx.db
    .selectFrom('key')
    .select(['id', 'organization as owner'])
    .where('keyspace', '=', keyspace)
    .where('number', '=', number)
    .where('organization', '<>', organization)
    .executeTakeFirst();
  if (foreign === undefined) return;
  await writeAudit(tx, context, actor, [
    {
      action: 'key.foreign_access',
      subject: { kind: 'key', id: foreign.id },
      keyspace,
      // Of who asked: the audit log's reader looks for what this organization tried.
      organization,
      details: { owner: foreign.owner },
    },
  ]);
}
