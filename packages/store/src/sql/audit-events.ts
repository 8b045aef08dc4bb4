import type { Selectable } from 'kysely';
import type { AuditEventRecord, AuditQuery, Page } from '../records.ts';
import { parseObject } from './json-columns.ts';
import { isOneOf } from './one-of.ts';
import { afterPosition, toPage } from './pages.ts';
import type { Tables } from './schema.ts';
import type { View } from './transaction.ts';

/** See {@link Store.listAuditEvents}. An event of no keyspace is not among those of `keyspaces`. */
export async function listAuditEvents(view: View, query: AuditQuery): Promise<Page<AuditEventRecord>> {
  let rows = view.db
    .selectFrom('audit_event')
    .selectAll()
    .where('position', '<', afterPosition(query))
    .orderBy('position', 'desc')
    .limit(query.limit + 1);
  if (query.organization !== undefined) rows = rows.where('organization', '=', query.organization);
  if (query.keyspace !== undefined) rows = rows.where('keyspace', '=', query.keyspace);
  if (query.keyspaces !== undefined) rows = rows.where(isOneOf('keyspace', query.keyspaces));
  if (query.subject !== undefined) rows = rows.where('subject_id', '=', query.subject);
  if (query.actor !== undefined) rows = rows.where('actor_id', '=', query.actor);
  if (query.action !== undefined) rows = rows.where('action', '=', query.action);
  return toPage(await rows.execute(), query.limit, toAuditEventRecord);
}

function toAuditEventRecord(row: Selectable<Tables['audit_event']>): AuditEventRecord {
  return {
    id: row.id,
    atMs: row.at_ms,
    action: row.action,
    actor: { kind: row.actor_kind, id: row.actor_id },
    subject: { kind: row.subject_kind, id: row.subject_id },
    keyspace: row.keyspace,
    organization: row.organization,
    requestId: row.request_id,
    sourceAddress: row.source_address,
    details: parseObject(row.details),
  };
}
