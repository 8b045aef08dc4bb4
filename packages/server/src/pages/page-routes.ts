import type { KeysPageIssuedKey, KeysPageKey, KeysPageList, KeysPageSession } from '@keyhold/api';
import { type Clock, formatInstant, parseDurationMs, planIssue } from '@keyhold/core';
import type { PortalSessionRecord, Store } from '@keyhold/store';
import type { GuideDefinition } from '../guide/guide-definition.ts';
import { createCursorCodec } from '../http/cursor.ts';
import { toIssueRequest } from '../keys/key-requests.ts';
import type { KeyOutcome, KeyService } from '../keys/key-service.ts';
import { checkDuration, validationFailed } from '../keys/refused-fields.ts';
import type { PageAddresses } from './page-addresses.ts';
import type { PageAnswer, PageCall, PageRoutes, SessionOperationId } from './page-call.ts';
import { toPageKey } from './page-key.ts';
import { toPageUsage, toUsageRange } from './page-usage.ts';

export interface PageRoutesOptions {
  readonly store: Pick<Store, 'getOrganization' | 'listKeys' | 'listDailyUsage' | 'endPortalSession'>;
  readonly keys: KeyService;
  readonly guides: readonly GuideDefinition[];
  readonly pageAddresses: PageAddresses;
  readonly clock: Clock;
  /** 32 secret bytes, the same on every node and after a restart. */
  readonly cursorKey: Uint8Array;
}

/** Keys in one answer; the page asks on until it has all. */
const KEYS_PER_ANSWER = 200;

/** What the page can do once it has a session. */
export function createPageRoutes(options: PageRoutesOptions): PageRoutes {
  const { store, keys, clock } = options;
  const cursors = createCursorCodec(options.cursorKey);

  const toKey = (record: KeyOutcome['record']): KeysPageKey => toPageKey(record, clock.nowMs());
  const change = async ({ record }: Pick<KeyOutcome, 'record'>): Promise<PageAnswer> => ({
    status: 200,
    body: toKey(record),
  });
  function reveal({ record, presentedKey, pending }: KeyOutcome, status: 200 | 201): PageAnswer {
    const body: KeysPageIssuedKey = { secret: presentedKey, key: toKey(record) };
    return { status: pending ? 202 : status, body };
  }

  return {
    readSession: async ({ session, keyspace }) => ({
      status: 200,
      body: await describeSession(session, keyspace, options),
    }),

    async endSession({ context }) {
      await store.endPortalSession(context);
      return { status: 204, body: null, session: 'ended' };
    },

    async listKeys({ session, query }) {
      const { keyspace, organization } = session;
      const list = `keys page ${keyspace} ${organization}`;
      const { data, next } = await store.listKeys({
        keyspace,
        organization,
        limit: KEYS_PER_ANSWER,
        ...(query.cursor !== undefined && { after: cursors.open(list, query.cursor) }),
      });
      const body: KeysPageList = {
        data: data.map(toKey),
        next_cursor: next === null ? null : cursors.seal(list, next),
        now: formatInstant(clock.nowMs()),
      };
      return { status: 200, body };
    },

    async readUsage({ session, query }) {
      const { keyspace, organization } = session;
      const numbers = query.keys.split(',').map(Number);
      const range = toUsageRange(clock.nowMs());
      const records = await store.listDailyUsage({ keyspace, organization, numbers, ...range });
      return { status: 200, body: toPageUsage(numbers, records, range) };
    },

    async issueKey({ session, keyspace, context, body }) {
      const request = toIssueRequest(body);
      const planned = planIssue(keyspace, request, clock.nowMs());
      if (!planned.ok) throw validationFailed(planned.fields);
      const { organization } = session;
      return reveal(
        await keys.issue(context, { ...request, keyspace: keyspace.id, organization }, null),
        201,
      );
    },

    renameKey: async ({ context, key, body }) => change(await keys.patch(context, key, { name: body.name })),

    async recycleKey({ context, key, body: { grace } }) {
      const wrong = checkDuration('/grace', grace);
      if (wrong.length > 0) throw validationFailed(wrong);
      const graceMs = grace === undefined ? 0 : (parseDurationMs(grace) ?? 0);
      return reveal(await keys.recycle(context, key, graceMs), 200);
    },

    revokeKey: async ({ context, key }) => change(await keys.revoke(context, key, null)),
    disableKey: async ({ context, key }) => change(await keys.disable(context, key)),
    enableKey: async ({ context, key }) => change(await keys.enable(context, key)),
  };
}

/** What the page says around the keys, and what it needs to know to offer only what there is. */
export async function describeSession(
  session: PortalSessionRecord,
  { definition }: PageCall<SessionOperationId>['keyspace'],
  { store, guides, pageAddresses }: Pick<PageRoutesOptions, 'store' | 'guides' | 'pageAddresses'>,
): Promise<KeysPageSession> {
  const { id, title, environments, acceptsEnvironments, scopes, limits, recycle, credential } = definition;
  const { name } = await store.getOrganization(session.organization);
  const guide = guides.find(({ keyspace }) => keyspace === id);
  return {
    keyspace: id,
    title: title ?? guide?.title ?? id,
    organization: { id: session.organization, name },
    user: session.userName,
    expires_at: formatInstant(session.expiresAtMs),
    return_url: session.returnUrl,
    guide_url: guide?.isPublic === true ? pageAddresses.guideUrl(id) : null,
    // What is accepted nowhere is not offered; where nothing is, everything is shown.
    environments: [...(acceptsEnvironments.length > 0 ? acceptsEnvironments : environments)],
    scopes:
      scopes === null
        ? null
        : Object.entries(scopes).map(([scope, operations]) => ({ name: scope, operations: [...operations] })),
    active_key_limit: limits.activeKeysPerOrganization,
    max_lifetime_seconds: limits.maxLifetimeMs === null ? null : limits.maxLifetimeMs / 1_000,
    max_grace_seconds: recycle.maxGraceMs / 1_000,
    example: {
      address: pageAddresses.apiUrl(id),
      method: guide?.example.method ?? 'GET',
      path: guide?.example.path ?? '/',
      body: guide?.example.body ?? null,
      header: credential.header.replaceAll(/(?:^|-)[a-z]/g, (start) => start.toUpperCase()),
      scheme: credential.scheme,
      variable: guide?.variable ?? 'API_KEY',
    },
  };
}
