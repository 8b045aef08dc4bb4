import { hash } from 'node:crypto';
import { bytesToKeyId, OPERATOR_KEYSPACE } from '@keyhold/core';
import { createManualClock, createSeededRandom } from '@keyhold/core/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { configuration, keyspace, MESSAGES, parseKeyPage, START_MS } from '../../test/_util.ts';
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
  const keys: string[] = [];
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
      keys.push(
        JSON.stringify([{ owner, kind, list }, fields, fields.expiresAtMs === Number.POSITIVE_INFINITY]),
      );
    }
  }
  return { rest, keys: keys.toSorted() };
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
