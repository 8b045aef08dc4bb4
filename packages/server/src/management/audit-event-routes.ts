import { formatInstant } from '@keyhold/core';
import type { Store } from '@keyhold/store';
import type { Routes } from './call.ts';

export function createAuditEventRoutes({ store }: { readonly store: Store }): Routes<'listAuditEvents'> {
  return {
    listAuditEvents: {
      async handle({ operator, query, page }) {
        const { keyspace, organization, subject, actor, action, limit } = query;
        const { data, next } = await store.listAuditEvents({
          ...(keyspace !== undefined && { keyspace }),
          ...(organization !== undefined && { organization }),
          ...(subject !== undefined && { subject }),
          ...(actor !== undefined && { actor }),
          ...(action !== undefined && { action }),
          ...(operator.keyspaces !== null && { keyspaces: operator.keyspaces }),
          ...(page.after !== undefined && { after: page.after }),
          limit,
        });
        const events = data.map((event) => ({
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
        }));
        return { status: 200, body: { data: events, next_cursor: page.next(next) } };
      },
    },
  };
}
