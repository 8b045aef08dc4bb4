import { formatInstant, type PortalSessionId } from '@keyhold/core';
import type { MutationContext, NewPortalSession, PortalSessionRecord } from '../records.ts';
import { authorize, unauthenticated } from './authorize.ts';
import { requireConfiguredKeyspace } from './keyspaces.ts';
import { writeAudit } from './mutation.ts';
import { requireOrganization } from './organization-rows.ts';
import { findPortalSession } from './portal-session-rows.ts';
import type { Transaction } from './transaction.ts';

/** See {@link Store.createPortalSession}. It is audited, but not in the change log: no replica keeps it. */
export async function createPortalSession(
  tx: Transaction,
  context: MutationContext,
  session: NewPortalSession,
): Promise<PortalSessionRecord> {
  const { id, keyspace, organization, expiresAtMs, userName } = session;
  const actor = await authorize(tx, context, { scope: 'portal:write', keyspace, selfService: false });
  await requireConfiguredKeyspace(tx, keyspace);
  await requireOrganization(tx, organization);
  const record = await insertSession(tx, session, null);
  await tx.failpoint('create_portal_session.after_rows');
  await writeAudit(tx, context, actor, [
    {
      action: 'portal_session.create',
      subject: { kind: 'portal_session', id },
      keyspace,
      organization,
      details: { expires_at: formatInstant(expiresAtMs), ...(userName !== null && { user: userName }) },
    },
  ]);
  await tx.failpoint('create_portal_session.after_audit');
  return record;
}

/** See {@link Store.openPortalSession}. */
export async function openPortalSession(
  tx: Transaction,
  context: MutationContext & { readonly actor: { readonly kind: 'portal_session' } },
  { id, maxAgeMs }: { readonly id: PortalSessionId; readonly maxAgeMs: number },
): Promise<PortalSessionRecord | null> {
  const { actor } = context;
  const link = await findPortalSession(tx, actor.id);
  if (link === null) return null;
  const used = await tx.db
    .updateTable('portal_session')
    .set({ code_used_at_ms: tx.nowMs })
    .where('id', '=', link.id)
    .where('code_used_at_ms', 'is', null)
    .where('created_at_ms', '>', tx.nowMs - maxAgeMs)
    .executeTakeFirst();
  if (used.numUpdatedRows !== 1n) return null;
  const record = await insertSession(tx, { ...link, id }, tx.nowMs);
  await writeSessionAudit(tx, context, record, { action: 'portal_session.open', from: link.id });
  return record;
}

/** See {@link Store.endPortalSession}. */
export async function endPortalSession(
  tx: Transaction,
  context: MutationContext & { readonly actor: { readonly kind: 'portal_session' } },
): Promise<void> {
  const session = await findPortalSession(tx, context.actor.id);
  if (session === null) throw unauthenticated();
  await tx.db
    .updateTable('portal_session')
    .set({ ended_at_ms: tx.nowMs })
    .where('id', '=', session.id)
    .execute();
  await writeSessionAudit(tx, context, session, { action: 'portal_session.end', from: null });
}

async function insertSession(
  tx: Transaction,
  { id, keyspace, organization, expiresAtMs, userName, returnUrl }: NewPortalSession,
  codeUsedAtMs: number | null,
): Promise<PortalSessionRecord> {
  await tx.db
    .insertInto('portal_session')
    .values({
      id,
      keyspace,
      organization,
      created_at_ms: tx.nowMs,
      expires_at_ms: expiresAtMs,
      ended_at_ms: null,
      user_name: userName,
      return_url: returnUrl,
      code_used_at_ms: codeUsedAtMs,
    })
    .execute();
  return { id, keyspace, organization, createdAtMs: tx.nowMs, expiresAtMs, userName, returnUrl };
}

async function writeSessionAudit(
  tx: Transaction,
  context: MutationContext & { readonly actor: { readonly kind: 'portal_session' } },
  { id, keyspace, organization }: PortalSessionRecord,
  { action, from }: { readonly action: string; readonly from: PortalSessionId | null },
): Promise<void> {
  const actor = {
    ...context.actor,
    name: null,
    scopes: null,
    keyspaces: [keyspace],
    organization,
  };
  await writeAudit(tx, context, actor, [
    {
      action,
      subject: { kind: 'portal_session', id },
      keyspace,
      organization,
      details: from === null ? {} : { link: from },
    },
  ]);
}
