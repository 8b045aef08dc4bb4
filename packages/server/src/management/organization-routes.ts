import type { Authority } from '@keyhold/coherence';
import { type Clock, checkName, createKeyId, type FieldError, type RandomBytes } from '@keyhold/core';
import type { Store } from '@keyhold/store';
import type { Routes } from './call.ts';
import { requireUnlimited } from './keyspace-access.ts';
import { toOrganizationBody } from './resources.ts';

type OrganizationRoutes = Routes<
  | 'createOrganization'
  | 'listOrganizations'
  | 'getOrganization'
  | 'patchOrganization'
  | 'revokeOrganizationKeys'
>;

export interface OrganizationRoutesOptions {
  readonly store: Store;
  readonly authority: Pick<Authority, 'commit'>;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

export function createOrganizationRoutes(options: OrganizationRoutesOptions): OrganizationRoutes {
  const { store, authority, clock, randomBytes } = options;
  return {
    createOrganization: {
      check: (body) => checkOrganizationName(body.name ?? ''),
      async handle({ operator, context, body, idempotency }) {
        if (body.suspended !== undefined || body.features !== undefined) requireUnlimited(operator);
        const organization = {
          id: body.id ?? createOrganizationId(randomBytes, clock.nowMs()),
          name: toName(body.name),
          features: toSet(body.features ?? []),
          tags: toSet(body.tags ?? []),
          suspended: body.suspended ?? false,
        };
        const { value, seq, replayed } = await authority.commit(() =>
          store.createOrganization(context, organization, idempotency),
        );
        return { status: 201, body: toOrganizationBody(value, seq), replayed };
      },
    },

    listOrganizations: {
      async handle({ query, page }) {
        const { search, suspended } = query;
        const { data, next } = await store.listOrganizations({
          ...(search !== undefined && { search: search.trim() }),
          ...(suspended !== undefined && { suspended: suspended === 'true' }),
          ...(page.after !== undefined && { after: page.after }),
          limit: query.limit,
        });
        return {
          status: 200,
          body: { data: data.map((record) => toOrganizationBody(record)), next_cursor: page.next(next) },
        };
      },
    },

    getOrganization: {
      async handle({ params }) {
        return { status: 200, body: toOrganizationBody(await store.getOrganization(params.id)) };
      },
    },

    patchOrganization: {
      check: (body) => (body.name === undefined ? [] : checkOrganizationName(body.name)),
      async handle({ operator, context, params, body }) {
        if (body.suspended !== undefined || body.features !== undefined) requireUnlimited(operator);
        const patch = {
          ...(body.name !== undefined && { name: toName(body.name) }),
          ...(body.features !== undefined && { features: toSet(body.features) }),
          ...(body.tags !== undefined && { tags: toSet(body.tags) }),
          ...(body.suspended !== undefined && { suspended: body.suspended }),
        };
        const { value, seq } = await authority.commit(() =>
          store.patchOrganization(context, params.id, patch),
        );
        return { status: 200, body: toOrganizationBody(value, seq) };
      },
    },

    revokeOrganizationKeys: {
      async handle({ operator, context, params, body }) {
        if (body.keyspace === undefined) requireUnlimited(operator);
        const { value, seq } = await authority.commit(() =>
          store.revokeOrganizationKeys(context, params.id, {
            keyspace: body.keyspace ?? null,
            reason: body.reason ?? null,
          }),
        );
        return {
          status: 200,
          body: { organization: params.id, revoked_count: value.revokedCount, seq },
        };
      },
    },
  };
}

function checkOrganizationName(text: string): readonly FieldError[] {
  const checked = checkName(text);
  return checked.ok ? [] : [{ pointer: '/name', message: checked.message }];
}

/** A name that has been checked, in canonical form. */
function toName(text: string): string {
  const checked = checkName(text);
  return checked.ok ? checked.name : text;
}

function toSet(labels: readonly string[]): readonly string[] {
  return [...new Set(labels)];
}

/** The digits of a new key's id, under a prefix of its own. */
function createOrganizationId(randomBytes: RandomBytes, nowMs: number): string {
  return createKeyId(randomBytes, nowMs).replace(/^key_/, 'org_');
}
