import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createAuthority,
  createReplica,
  createSoleOwner,
  createVerifier,
  type Verifier,
  type VerifyQuestion,
} from '@keyhold/coherence';
import { createKeyId, defaultKeyspaceDefinition, digestKey, type Keyspace } from '@keyhold/core';
import { createManualClock, createSeededRandom } from '@keyhold/core/testing';
import { type MutationContext, openSqliteStore } from '@keyhold/store';
import { countingStore } from '@keyhold/store/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

const PRESENTATIONS = 100_000;
const KEYS_OF_A_CLASS = 25;
const LIFETIME_MS = 60_000;

const CONTEXT: MutationContext = {
  actor: { kind: 'system', name: 'test' },
  requestId: null,
  sourceAddress: null,
};

const clock = createManualClock();
const randomBytes = createSeededRandom(1);
let directory: string;
let store: ReturnType<typeof countingStore>;
let verifier: Verifier;
let keyspace: Keyspace;
let question: VerifyQuestion;
const keys: { [kind: string]: string[] } = {};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keyhold-test-'));
  store = countingStore(await openSqliteStore({ file: join(directory, 'keyhold.db'), clock, randomBytes }));
  const replica = createReplica({ clock });
  const membership = createSoleOwner({ log: store, replica, clock });
  const authority = createAuthority({ membership, clock });
  verifier = createVerifier({ replica, lease: membership.lease });
  await store.applyConfiguration(
    CONTEXT,
    { keyspaces: [defaultKeyspaceDefinition()] },
    { acceptOlder: false },
  );
  await authority.start();
  keyspace = verifier.keyspace('default') as Keyspace;
  question = { keyspace, operation: null, scopes: null, address: null };

  const organization = { id: 'acme', name: 'Acme', features: [], tags: [], suspended: false };
  await authority.commit(() => store.createOrganization(CONTEXT, organization, null));

  async function issue(expiresAtMs: number | null) {
    const presentedKey = keyspace.format.mint('live', randomBytes);
    const { value } = await authority.commit(() =>
      store.issueKey(
        CONTEXT,
        {
          id: createKeyId(randomBytes, clock.nowMs()),
          keyspace: 'default',
          organization: 'acme',
          name: 'key',
          environment: 'live',
          scopes: [],
          expiresAtMs,
          allowedCidrs: [],
          metadata: {},
          secret: {
            digest: digestKey(presentedKey).toString('hex'),
            maskedKey: keyspace.mask.mask(presentedKey, 'live'),
          },
        },
        null,
      ),
    );
    return { presentedKey, id: value.id };
  }

  const good = await issue(null);
  keys['good'] = [good.presentedKey];
  keys['revoked'] = [];
  keys['expired'] = [];
  for (let index = 0; index < KEYS_OF_A_CLASS; index++) {
    const { presentedKey, id } = await issue(null);
    await authority.commit(() => store.revokeKey(CONTEXT, { id }, { reason: null }));
    keys['revoked'].push(presentedKey);
    keys['expired'].push((await issue(clock.nowMs() + LIFETIME_MS)).presentedKey);
  }
  clock.advance(LIFETIME_MS);
});
afterAll(async () => {
  await store?.close();
  await rm(directory, { recursive: true });
});

/** The n-th credential of a class, made on the spot where each is another. */
function credential(kind: string, index: number): string {
  if (kind === 'unknown') return keyspace.format.mint('live', randomBytes);
  const known = keys[kind === 'malformed' ? 'good' : kind] ?? [];
  const presentedKey = known[index % known.length] ?? '';
  if (kind !== 'malformed') return presentedKey;
  // One character changed, a different place each time: its checksum no longer fits.
  const place = 8 + (index % 40);
  return `${presentedKey.slice(0, place)}${presentedKey[place] === 'a' ? 'b' : 'a'}${presentedKey.slice(place + 1)}`;
}

test.each(['unknown', 'revoked', 'expired', 'malformed'])(
  '100,000 %s credentials are refused without one call to the store',
  (kind) => {
    const before = store.calls();
    const reasons = new Map<string, number>();
    for (let index = 0; index < PRESENTATIONS; index++) {
      const verdict = verifier.verify(credential(kind, index), question);
      const reason = verdict.accepted ? 'accepted' : verdict.reason;
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    expect([...reasons]).toEqual([[kind, PRESENTATIONS]]);
    expect(store.calls() - before).toBe(0);
  },
);

test('a good key needs no call to the store either, and the store does count its calls', async () => {
  const before = store.calls();
  expect(verifier.verify(credential('good', 0), question).accepted).toBe(true);
  expect(store.calls() - before).toBe(0);
  await store.ping();
  expect(store.calls() - before).toBe(1);
});
