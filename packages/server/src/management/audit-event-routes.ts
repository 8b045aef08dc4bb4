import type { AuditEventBody } from '@keyhold/api';
import { formatInstant } from '@keyhold/core';
import type { AuditEventRecord, AuditQuery, Store } from '@keyhold/store';
import type { AuthenticatedOperator } from '../operators/operator-authenticator.ts';
import { toCsv, toJsonLines } from './audit-export.ts';
import type { Call, Routes } from './call.ts';
import { readRange } from './time-range.ts';

/** Events that are read and written out in one go. */
const EVENTS_PER_CHUNK = 1_000;

export function createAuditEventRoutes({
  store,
}: {
  readonly store: Pick<Store, 'listAuditEvents'>;
}): Routes<'listAuditEvents' | 'exportAuditEvents'> {
  /** Page by page, as they are taken. */
  async function* readAll(filter: Omit<AuditQuery, 'after' | 'limit'>): AsyncGenerator<AuditEventBody[]> {
    let after: string | null = null;
    do {
      const page = await store.listAuditEvents({
        ...filter,
        ...(after !== null && { after }),
        limit: EVENTS_PER_CHUNK,
      });
      yield page.data.map(toAuditEventBody);
      after = page.next;
    } while (after !== null);
  }

  return {
    listAuditEvents: {
      async handle({ operator, query, page }) {
        const { data, next } = await store.listAuditEvents({
          ...toFilter(operator, query),
          ...(page.after !== undefined && { after: page.after }),
          limit: query.limit,
        });
        return { status: 200, body: { data: data.map(toAuditEventBody), next_cursor: page.next(next) } };
      },
    },

    exportAuditEvents: {
      async handle({ operator, query }) {
        const events = readAll(toFilter(operator, query));
        const content =
          query.format === 'csv'
            ? { mediaType: 'text/csv; charset=utf-8', fileName: 'audit-events.csv', chunks: toCsv(events) }
            : {
                mediaType: 'application/jsonl',
                fileName: 'audit-events.jsonl',
                chunks: toJsonLines(events),
              };
        return { status: 200, body: null, content };
      },
    },
  };
}

function toFilter(
  operator: AuthenticatedOperator,
  query: Omit<Call<'exportAuditEvents'>['query'], 'format'>,
): Omit<AuditQuery, 'after' | 'limit'> {
  const { keyspace, organization, subject, actor, action } = query;
  return {
    ...(keyspace !== undefined && { keyspace }),
    ...(organization !== undefined && { organization }),
    ...(subject !== undefined && { subject }),
    ...(actor !== undefined && { actor }),
    ...(action !== undefined && { action }),
    ...(operator.keyspaces !== null && { keyspaces: operator.keyspaces }),
    ...readRange(query),
  };
}

function toAuditEventBody(event: AuditEventRecord): AuditEventBody {
  return {
    id: event.id,
    at: formatInstant(event.atMs),
    action: event.action,
    actor: { ...event.actor },
    subject: { ...event.subject },
    keyspace: event.keyspace,
    organization: event.organization,
    request_id: event.requestId,
    source_address: event.sourceAddress,
    details: { ...event.details },
  };
}
