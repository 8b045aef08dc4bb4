import type { PortalSessionId } from '@keyhold/core';
import type { PortalSessionRecord } from '../records.ts';
import { findKeyspace, hasRequiredFeature } from './keyspaces.ts';
import type { View } from './transaction.ts';

/** See {@link Store.readPortalSession}. */
export async function findPortalSession(
  view: View,
  id: PortalSessionId,
): Promise<PortalSessionRecord | null> {
  const row = await view.db
    .selectFrom('portal_session')
    .innerJoin('organization', 'organization.id', 'portal_session.organization')
    .select([
      'portal_session.keyspace',
      'portal_session.organization',
      'portal_session.created_at_ms',
      'portal_session.expires_at_ms',
      'portal_session.user_name',
      'portal_session.return_url',
      'organization.features',
    ])
    .where('portal_session.id', '=', id)
    .where('portal_session.ended_at_ms', 'is', null)
    .where('portal_session.expires_at_ms', '>', view.nowMs)
    .where('organization.suspended_at_ms', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return null;
  const definition = (await findKeyspace(view, row.keyspace))?.definition ?? null;
  if (definition === null || !hasRequiredFeature(definition, row.features)) return null;
  return {
    id,
    keyspace: row.keyspace,
    organization: row.organization,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    userName: row.user_name,
    returnUrl: row.return_url,
  };
}
