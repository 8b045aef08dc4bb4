import { formatInstant } from '@keyhold/core';
import type { Store } from '@keyhold/store';
import type { Routes } from './call.ts';
import { requireKeyspaceAccess } from './keyspace-access.ts';

export function createAuditEventRoutes({ store }: { readonly store: Store }): Routes<'listAuditEvents'> {
  return {
    listAuditEvents: {
      async handle({ operator, query, page }) {
        const { cursor: _, limit, ...filters } = query;
        if (filters.keyspace !== undefined) requireKeyspaceAccess(operator, filters.keyspace);
        const { data, next } = await store.listAuditEvents({
          ...withoutUndefined(filters),
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

function withoutUndefined<T extends object>(values: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: Exclude<T[Name], undefined>;
  };
}
