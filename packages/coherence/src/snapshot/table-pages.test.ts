import { hash } from 'node:crypto';
import { bytesToKeyId, OPERATOR_KEYSPACE } from '@keyhold/core';
import { createManualClock, createSeededRandom } from '@keyhold/core/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  configuration,
  keys,
  keyspace,
  keyWith,
  MESSAGES,
  mint,
  parseKeyPage,
  START_MS,
  secretOf,
} from '../../test/_util.ts';
import type { ChangePayload, ReplicatedKey } from '../change.ts';
import { createReplica, type LocalReplica } from '../replica.ts';
import type { TablePage } from './table-pages.ts';

const KEYSPACES = ['default', 'messages', OPERATOR_KEYSPACE];
const idBytes = createSeededRandom(3);
const IDS = Array.from({ length: 6 }, () => bytesToKeyId(idBytes(16)));

const secretCount = fc.integer({ min: 1, max: 3 });
/** One of a few keys, in any state; its secrets are always the same ones, up to some number. */
const key: fc.Arbitrary<ReplicatedKey> = fc
  .record({
    index: fc.nat(IDS.length - 1),
    organization: fc.constantFrom('acme', 'beta', 'ümlaut'),
    environment: fc.constantFrom(null, 'live'),
    scopes: fc.constantFrom([], ['send'], ['send', 'query']),
    name: fc.string({ maxLength: 20, unit: 'binary' }).filter((text) => text.isWellFormed()),
    expiresAtMs: fc.option(fc.nat(2 ** 42)),
    allowedCidrs: fc.constantFrom([], ['203.0.113.0/24'], ['2001:db8::/32', '192.0.2.1/32']),
    revoked: fc.boolean(),
    disabled: fc.boolean(),
    notAfterMs: fc.option(fc.nat(2 ** 42)),
    secretCount,
  })
  .map(({ index, notAfterMs, secretCount: count, ...rest }) => ({
    ...rest,
    id: IDS[index] ?? 'key_',
    keyspace: KEYSPACES[index % KEYSPACES.length] ?? '',
    number: index + 1,
    secrets: Array.from({ length: count }, (_, secret) => ({
      digest: hash('sha256', `${index} ${secret}`),
      generation: secret + 1,
      notAfterMs: secret === count - 1 ? null : notAfterMs,
    })),
  }));

const payload: fc.Arbitrary<ChangePayload> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('keys' as const), keys: fc.array(key, { maxLength: 3 }) }),
  },
  fc.record({
    kind: fc.constant('organization' as const),
    organization: fc.record({
      id: fc.constantFrom('acme', 'beta', 'gamma'),
      suspended: fc.boolean(),
      features: fc.constantFrom([], ['messaging']),
      revokedThrough: fc.constantFrom({}, { messages: 3 }, { default: 1, messages: 2 }),
    }),
  }),
  fc.constantFrom(configuration(keyspace()), configuration(keyspace(), MESSAGES)),
);

function createTable(payloads: readonly ChangePayload[]): LocalReplica {
  const replica = createReplica({ clock: createManualClock(START_MS) });
  replica.seal(0);
  for (const each of payloads) apply(replica, each);
  return replica;
}

function apply(replica: LocalReplica, each: ChangePayload): void {
  void replica.apply({ seq: replica.appliedSeq + 1, payload: each });
}

/** What a table holds, whatever the order it came in. */
function contentsOf(pages: Iterable<TablePage>): unknown {
  const printed: string[] = [];
  const rest: unknown[] = [];
  for (const page of pages) {
    if (page.kind !== 'key_page') {
      rest.push(
        page.kind === 'organizations' ? page.organizations.toSorted((a, b) => (a.id < b.id ? -1 : 1)) : page,
      );
      continue;
    }
    const { organizations, profiles, addressLists, keys: listed } = parseKeyPage(page.bytes);
    for (const { organization, profile, addresses, ...fields } of listed) {
      const [owner, kind, list] = [organizations[organization], profiles[profile], addressLists[addresses]];
      printed.push(
        JSON.stringify([{ owner, kind, list }, fields, fields.expiresAtMs === Number.POSITIVE_INFINITY]),
      );
    }
  }
  return { rest, keys: printed.toSorted() };
}

test('whoever keeps the pages and the changes made meanwhile has the same table', () => {
  fc.assert(
    fc.property(
      fc.array(payload, { maxLength: 20 }),
      fc.array(fc.array(payload, { maxLength: 3 }), { minLength: 3, maxLength: 6 }),
      (before, meanwhile) => {
        const original = createTable([configuration(keyspace(), MESSAGES), ...before]);
        const copy = createReplica({ clock: createManualClock(START_MS) });
        let step = 0;
        for (const page of original.readPages(null)) {
          copy.load(structuredClone(page));
          for (const each of meanwhile[step++] ?? []) {
            apply(original, each);
            load(copy, each);
          }
        }
        copy.seal(original.appliedSeq);
        expect(contentsOf(copy.readPages(null))).toEqual(contentsOf(original.readPages(null)));
      },
    ),
    { numRuns: 60 },
  );
});

function load(copy: LocalReplica, each: ChangePayload): void {
  if (each.kind === 'keys' || each.kind === 'configuration') copy.load(each);
  else if (each.kind === 'organization')
    copy.load({ kind: 'organizations', organizations: [each.organization] });
}

test('a table for some keyspaces has their keys, configuration and bulk revocations, and no operators', () => {
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 20 }), (before) => {
      const pages = [
        ...createTable([configuration(keyspace(), MESSAGES), ...before]).readPages(new Set(['messages'])),
      ];
      expect(pages.map(({ kind }) => kind)).not.toContain('operators');
      for (const page of pages) {
        if (page.kind === 'key_page') {
          for (const { keyspace: id } of parseKeyPage(page.bytes).profiles) expect(id).toBe('messages');
        } else if (page.kind === 'configuration') {
          expect(page.keyspaces.map(({ definition }) => definition.id)).not.toContain('default');
        } else {
          expect(JSON.stringify(page)).not.toContain('default');
        }
      }
    }),
  );
});

const ACME = {
  id: 'acme',
  suspended: true,
  features: ['messaging'],
  revokedThrough: { default: 2, messages: 3 },
};
const BETA = { id: 'beta', suspended: false, features: [], revokedThrough: {} };

/** A table with two keys of one organization, each with two secrets, and an operator. */
function createSmallTable() {
  const [operatorKey, ...members] = [OPERATOR_KEYSPACE, 'messages', 'messages'].map((id, index) =>
    keyWith(mint(), {
      keyspace: id,
      number: 4 + index,
      environment: id === OPERATOR_KEYSPACE ? null : 'live',
      secrets: ['old', 'new'].map((text, secret) =>
        secretOf(`${text} ${index}`, { generation: secret + 1, notAfterMs: secret === 0 ? START_MS : null }),
      ),
    }),
  );
  if (operatorKey === undefined) throw new Error('There are three keys.');
  const operator = { id: 'op_1', keyId: operatorKey.id, keyspaces: ['messages'] } as const;
  const replica = createTable([
    configuration(keyspace(), MESSAGES),
    { kind: 'organization', organization: ACME },
    { kind: 'organization', organization: BETA },
    { kind: 'operator', operator, key: operatorKey },
    keys(...members),
  ]);
  return { members, operator, replica };
}

/** The numbers of the keys in a page, with the generations of their secrets. */
function keysIn(page: TablePage | undefined): [number, number[]][] {
  if (page?.kind !== 'key_page') throw new Error('It is no page of keys.');
  return parseKeyPage(page.bytes).keys.map(({ number, secrets }) => [
    number,
    secrets.map(({ generation }) => generation),
  ]);
}

test('the pages of a table hold everything once', () => {
  const { operator, replica } = createSmallTable();
  const pages = [...replica.readPages(null)];
  expect(pages.slice(0, -1)).toEqual([
    configuration(keyspace(), MESSAGES),
    { kind: 'organizations', organizations: [ACME, BETA] },
    { kind: 'operators', operators: [operator] },
  ]);
  expect(keysIn(pages.at(-1))).toEqual([
    [4, [1, 2]],
    [5, [1, 2]],
    [6, [1, 2]],
  ]);
});

test('the pages for one keyspace hold what is of it once, and what its keys share once a page', () => {
  const { replica } = createSmallTable();
  const pages = [...replica.readPages(new Set(['messages']))];
  expect(pages.slice(0, -1)).toEqual([
    configuration(MESSAGES),
    { kind: 'organizations', organizations: [{ ...ACME, revokedThrough: { messages: 3 } }, BETA] },
  ]);
  const page = pages.at(-1);
  expect(keysIn(page)).toEqual([
    [5, [1, 2]],
    [6, [1, 2]],
  ]);
  expect(page?.kind === 'key_page' && parseKeyPage(page.bytes)).toMatchObject({
    organizations: ['acme'],
    profiles: [{ keyspace: 'messages', environment: 'live', scopes: [] }],
    addressLists: [[]],
  });
});

test('a page holds a thousand organizations, or keys, and the next one what is left', () => {
  const names = Array.from({ length: 1_001 }, (_, index) => `o${index}`);
  const replica = createTable([
    configuration(keyspace()),
    ...names.map((id): ChangePayload => ({ kind: 'organization', organization: { ...BETA, id } })),
    keys(...names.map((id) => keyWith(id, { organization: id }))),
  ]);
  const pages = [...replica.readPages(null)];
  const organizations = pages.flatMap((page) => (page.kind === 'organizations' ? [page.organizations] : []));
  const keyPages = pages.filter(({ kind }) => kind === 'key_page').map(keysIn);
  expect(organizations.map(({ length }) => length)).toEqual([1_000, 1]);
  expect(keyPages.map(({ length }) => length)).toEqual([1_000, 1]);
});
