import type { ImportOutcomeBody } from '@keyhold/api';
import type { Verifier } from '@keyhold/coherence';
import {
  type Clock,
  type KeyId,
  type Keyspace,
  OPERATOR_KEYSPACE,
  parseDurationMs,
  planIssue,
  planPatch,
} from '@keyhold/core';
import type { Store } from '@keyhold/store';
import { checkHandOver, toClaimLinkRequest } from '../claims/claim-link-fields.ts';
import { toIssueRequest, toPatchRequest } from '../keys/key-requests.ts';
import type { ImportRowOutcome, KeyChange, KeyOutcome, KeyService } from '../keys/key-service.ts';
import { checkDuration } from '../keys/refused-fields.ts';
import type { Routes } from './call.ts';
import { toClaimLinkBody, toKeyBody } from './resources.ts';
import { readVisibleKey, toKeyId } from './visible-key.ts';

type KeyRoutes = Routes<
  | 'issueKey'
  | 'importKeys'
  | 'listKeys'
  | 'bulkChangeKeys'
  | 'getKey'
  | 'patchKey'
  | 'recycleKey'
  | 'revokeKey'
  | 'disableKey'
  | 'enableKey'
  | 'listClaimLinks'
>;

export interface KeyRoutesOptions {
  readonly keys: KeyService;
  readonly store: Store;
  readonly verifier: Pick<Verifier, 'keyspace'>;
  readonly clock: Clock;
  /** Where this server is reached, without a slash at the end. */
  readonly address: () => string;
}

export function createKeyRoutes({ keys, store, verifier, clock, address }: KeyRoutesOptions): KeyRoutes {
  function findKeyspace(id: string | undefined): Keyspace | undefined {
    return id === undefined || id === OPERATOR_KEYSPACE ? undefined : verifier.keyspace(id);
  }

  function toBody({ record, seq }: KeyChange) {
    return toKeyBody(record, clock.nowMs(), seq);
  }

  function toSecretBody(outcome: KeyOutcome) {
    return {
      ...toBody(outcome),
      key: outcome.presentedKey,
      ...(outcome.claimPath !== null && { claim_url: address() + outcome.claimPath }),
      ...(outcome.pending && { pending: true as const }),
    };
  }

  /** The store lets nobody at a key beyond their reach, so it need not be read first. */
  async function changeKey(
    call: { readonly params: { readonly id: string } },
    change: (selector: { readonly id: KeyId }) => Promise<KeyChange>,
  ) {
    return { status: 200, body: toBody(await change({ id: toKeyId(call.params.id) })) } as const;
  }

  return {
    issueKey: {
      check(body) {
        const keyspace = findKeyspace(body.keyspace);
        const planned =
          keyspace === undefined ? null : planIssue(keyspace, toIssueRequest(body), clock.nowMs());
        return [...(planned === null || planned.ok ? [] : planned.fields), ...checkHandOver(body)];
      },
      async handle({ context, body, idempotency }) {
        const { keyspace, organization } = body;
        const outcome = await keys.issue(
          context,
          { ...toIssueRequest(body), keyspace, organization },
          idempotency,
          toClaimLinkRequest(body),
        );
        return {
          status: outcome.pending ? 202 : 201,
          body: toSecretBody(outcome),
          replayed: outcome.replayed,
        };
      },
    },

    importKeys: {
      async handle({ context, body }) {
        const { outcomes, seq } = await keys.importKeys(context, body.keyspace, body.keys);
        const data = outcomes.map(toImportOutcomeBody);
        const imported_count = data.filter((row) => row.status === 'imported').length;
        return { status: 200, body: { data, imported_count, seq } };
      },
    },

    listKeys: {
      async handle({ operator, query, page }) {
        const { keyspace, organization, state, search, safety, sort, limit } = query;
        const { data, next } = await store.listKeys({
          ...(keyspace !== undefined && { keyspace }),
          ...(operator.keyspaces !== null && { keyspaces: operator.keyspaces }),
          ...(organization !== undefined && { organization }),
          ...(state !== undefined && { state }),
          ...(search !== undefined && { search: search.trim() }),
          ...(safety !== undefined && { safety }),
          ...KEY_ORDERS[sort],
          ...(page.after !== undefined && { after: page.after }),
          limit,
        });
        const nowMs = clock.nowMs();
        return {
          status: 200,
          body: { data: data.map((record) => toKeyBody(record, nowMs)), next_cursor: page.next(next) },
        };
      },
    },

    bulkChangeKeys: {
      check({ ids, expected_count: expected }) {
        const count = new Set(ids).size;
        return ids === undefined || expected === undefined || count === expected
          ? []
          : [{ pointer: '/expected_count', message: `is not how many keys "ids" names, which is ${count}` }];
      },
      async handle({ context, body }) {
        const ids = [...new Set(body.ids)];
        const { outcomes, seq } = await keys.changeKeys(context, body.action, ids, body.reason ?? null);
        const done = outcomes.filter(({ status }) => status === 'done').length;
        return { status: 200, body: { done, outcomes: [...outcomes], seq } };
      },
    },

    getKey: {
      async handle({ operator, params }) {
        return {
          status: 200,
          body: toKeyBody(await readVisibleKey(store, operator, params.id), clock.nowMs()),
        };
      },
    },

    patchKey: {
      async check(body, { operator, params }) {
        const { keyspace: id } = await readVisibleKey(store, operator, params.id);
        const keyspace = findKeyspace(id);
        const planned =
          keyspace === undefined ? null : planPatch(keyspace, toPatchRequest(body), clock.nowMs());
        return planned === null || planned.ok ? [] : planned.fields;
      },
      handle: (call) =>
        changeKey(call, (selector) => keys.patch(call.context, selector, toPatchRequest(call.body))),
    },

    recycleKey: {
      check: (body) => [
        ...checkDuration('/grace', body.grace),
        ...checkHandOver(body),
        ...(body.grace !== undefined && body.deliver === 'claim_link'
          ? [
              {
                pointer: '/grace',
                message: 'is not for "deliver": "claim_link"; the old secret stops at once',
              },
            ]
          : []),
      ],
      async handle({ operator, context, params, body }) {
        const { id } = await readVisibleKey(store, operator, params.id);
        const graceMs = body.grace === undefined ? 0 : (parseDurationMs(body.grace) ?? 0);
        const outcome = await keys.recycle(context, { id }, graceMs, toClaimLinkRequest(body));
        return { status: outcome.pending ? 202 : 200, body: toSecretBody(outcome) };
      },
    },

    revokeKey: {
      handle: (call) =>
        changeKey(call, (selector) => keys.revoke(call.context, selector, call.body.reason ?? null)),
    },
    disableKey: {
      handle: (call) => changeKey(call, (selector) => keys.disable(call.context, selector)),
    },
    enableKey: {
      handle: (call) => changeKey(call, (selector) => keys.enable(call.context, selector)),
    },

    listClaimLinks: {
      async handle({ operator, params }) {
        const { id } = await readVisibleKey(store, operator, params.id);
        const nowMs = clock.nowMs();
        const data = (await store.listClaimLinks(id)).map((link) => toClaimLinkBody(link, nowMs));
        return { status: 200, body: { data } };
      },
    },
  };
}

function toImportOutcomeBody(outcome: ImportRowOutcome, row: number): ImportOutcomeBody {
  if (outcome.status === 'imported') {
    const { id, number, maskedKey } = outcome.key;
    return { status: 'imported', id, number, masked_key: maskedKey };
  }
  if (outcome.code !== 'validation_failed') return { status: 'refused', code: outcome.code };
  const errors = outcome.fields.map(({ pointer, message }) => ({
    pointer: `/keys/${row}${pointer}`,
    message,
  }));
  return { status: 'refused', code: outcome.code, errors };
}

const KEY_ORDERS = {
  created: { sort: 'created', descending: false },
  '-created': { sort: 'created', descending: true },
  last_used: { sort: 'last_used', descending: false },
  '-last_used': { sort: 'last_used', descending: true },
  expires: { sort: 'expires', descending: false },
  '-expires': { sort: 'expires', descending: true },
  name: { sort: 'name', descending: false },
  '-name': { sort: 'name', descending: true },
} as const;
