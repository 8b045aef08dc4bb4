import { formatInstant, type PortalSessionId } from '@keyhold/core';
import type { MutationContext, PortalSessionRecord } from '../records.ts';
import { authorize } from './authorize.ts';
import { requireConfiguredKeyspace } from './keyspaces.ts';
import { writeAudit } from './mutation.ts';
import { requireOrganization } from './organization-rows.ts';
import type { Transaction } from './transaction.ts';

/** See {@link Store.createPortalSession}. It is audited, but not in the change log: no replica keeps it. */
export async function createPortalSession(
  tx: Transaction,
  context: MutationContext,
  session: {
    readonly id: PortalSessionId;
    readonly keyspace: string;
    readonly organization: string;
    readonly expiresAtMs: number;
  },
): Promise<PortalSessionRecord> {
  const { id, keyspace, organization, expiresAtMs } = session;
  const actor = await authorize(tx, context, { scope: 'portal:write', keyspace, selfService: false });
  await requireConfiguredKeyspace(tx, keyspace);
  await requireOrganization(tx, organization);
  await tx.db
    .insertInto('portal_session')
    .values({
      id,
      keyspace,
      organization,
      created_at_ms: tx.nowMs,
      expires_at_ms: expiresAtMs,
      ended_at_ms: null,
    })
    .execute();
  await tx.failpoint('create_portal_session.after_rows');
  await writeAudit(tx, context, actor, [
    {
      action: 'portal_session.create',
      subject: { kind: 'portal_session', id },
      keyspace,
      organization,
      details: { expires_at: formatInstant(expiresAtMs) },
    },
  ]);
  await tx.failpoint('create_portal_session.after_audit');
  return { id, keyspace, organization, createdAtMs: tx.nowMs, expiresAtMs };
}
