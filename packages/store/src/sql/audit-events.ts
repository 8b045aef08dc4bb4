import type { Selectable } from 'kysely';
import type { AuditEventRecord, AuditQuery, Page } from '../records.ts';
import { parseObject } from './json-columns.ts';
import { type AuditParty, readNames } from './names.ts';
import { isOneOf } from './one-of.ts';
import { afterPosition, invalidCursor, requireLimit, toPage } from './pages.ts';
import type { Tables } from './schema.ts';
import type { View } from './transaction.ts';

/**
 * See {@link Store.listAuditEvents}. An event of no keyspace is not among those of `keyspaces`. Between two moments the
 * list is in the order of its moments, which is that of the commits for as long as no clock is set back.
 */
export async function listAuditEvents(view: View, query: AuditQuery): Promise<Page<AuditEventRecord>> {
  const { fromMs, toMs, limit } = query;
  const byTime = fromMs !== undefined || toMs !== undefined;
  let rows = view.db
    .selectFrom('audit_event')
    .selectAll()
    .limit(limit + 1);
  if (query.organization !== undefined) rows = rows.where('organization', '=', query.organization);
  if (query.keyspace !== undefined) rows = rows.where('keyspace', '=', query.keyspace);
  if (query.keyspaces !== undefined) rows = rows.where(isOneOf('keyspace', query.keyspaces));
  if (query.subject !== undefined) rows = rows.where('subject_id', '=', query.subject);
  if (query.actor !== undefined) rows = rows.where('actor_id', '=', query.actor);
  if (query.action !== undefined) rows = rows.where('action', '=', query.action);
  if (fromMs !== undefined) rows = rows.where('at_ms', '>=', fromMs);
  if (toMs !== undefined) rows = rows.where('at_ms', '<', toMs);
  if (byTime) {
    const after = parseMoment(query);
    if (after !== null) {
      rows = rows.where((eb) =>
        eb(eb.refTuple('at_ms', 'position'), '<', eb.tuple(after.atMs, after.position)),
      );
    }
    rows = rows.orderBy('at_ms', 'desc');
  } else {
    rows = rows.where('position', '<', afterPosition(query));
  }
  const found = await rows.orderBy('position', 'desc').execute();
  const nameOf = await readNames(
    view,
    found.flatMap((row) => [actorOf(row), subjectOf(row)]),
  );
  const page = toPage(found, limit, (row) => toAuditEventRecord(row, nameOf));
  const last = found[limit - 1];
  return page.next === null || last === undefined || !byTime
    ? page
    : { ...page, next: `${last.position}:${last.at_ms}` };
}

/** @throws {KeyholdError} `invalid_cursor`. */
function parseMoment({
  after,
  limit,
}: AuditQuery): { readonly atMs: number; readonly position: number } | null {
  requireLimit(limit);
  if (after === undefined) return null;
  const [, position, atMs] = /^([1-9][0-9]{0,15}):([0-9]{1,16})$/.exec(after) ?? [];
  if (position === undefined) throw invalidCursor();
  return { position: Number(position), atMs: Number(atMs) };
}

type AuditEventRow = Selectable<Tables['audit_event']>;

function actorOf({ actor_kind, actor_id }: AuditEventRow) {
  return { kind: actor_kind, id: actor_id };
}

function subjectOf({ subject_kind, subject_id }: AuditEventRow) {
  return { kind: subject_kind, id: subject_id };
}

function toAuditEventRecord(
  row: AuditEventRow,
  nameOf: (party: AuditParty) => string | null,
): AuditEventRecord {
  const actor = actorOf(row);
  const subject = subjectOf(row);
  return {
    id: row.id,
    atMs: row.at_ms,
    action: row.action,
    actor: { ...actor, name: nameOf(actor) },
    subject: { ...subject, name: nameOf(subject) },
    keyspace: row.keyspace,
    organization: row.organization,
    requestId: row.request_id,
    sourceAddress: row.source_address,
    details: parseObject(row.details),
  };
}
