import type { VerifiedKey } from '@keyhold/coherence';
import { KeyholdError, type KeyId } from '@keyhold/core';
import { createManualClock } from '@keyhold/core/testing';
import type { UsageBatch, UsageOutcome } from '@keyhold/store';
import { expect, test } from 'vitest';
import { createUsageRecorder } from './usage-recorder.ts';

const HOUR_MS = 3_600_000;

function toKey(number: number, keyspace = 'a'): VerifiedKey {
  const id: KeyId = `key_${keyspace}${number}`;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the recorder reads
  return { id, number, keyspace: { id: keyspace } } as VerifiedKey;
}

/** Where batches go: adds up what was written, or refuses while it is down. */
function createLedger() {
  const totals = new Map<string, number>();
  const lastUsed = new Map<string, number>();
  const ledger = {
    down: false,
    batches: 0,
    totals,
    lastUsed,
    async flushUsage(batch: UsageBatch) {
      if (ledger.down) throw new KeyholdError('store_unavailable', 'down');
      ledger.batches++;
      for (const { keyId, hourMs, outcome, count } of batch.usage) {
        const row = `${keyId} ${hourMs / HOUR_MS} ${outcome}`;
        totals.set(row, (totals.get(row) ?? 0) + count);
      }
      for (const { keyId, atMs } of batch.lastUsed) lastUsed.set(keyId, atMs);
      return { watched: false };
    },
  };
  return ledger;
}

function setUp() {
  const clock = createManualClock(10 * HOUR_MS - 500);
  const store = createLedger();
  const warnings: string[] = [];
  const log = {
    info() {},
    warn: (_fields: object, message: string) => void warnings.push(message),
    error() {},
  };
  return { clock, store, warnings, usage: createUsageRecorder({ clock, store, node: 'n', log }) };
}

test('counts are exact by key, hour and outcome, however many there are', async () => {
  const { clock, store, usage } = setUp();
  const outcomes: UsageOutcome[] = ['accepted', 'denied', 'insufficient_scope'];
  for (let i = 0; i < 3000; i++) {
    usage.record(toKey(i % 7, i % 2 === 0 ? 'a' : 'b'), outcomes[i % 3]!);
    usage.record(null, 'denied');
  }
  clock.advance(500);
  usage.record(toKey(1), 'accepted');
  await usage.flush();
  expect([...store.totals.values()].reduce((sum, count) => sum + count, 0)).toBe(3001);
  expect(store.totals.get('key_a0 9 accepted')).toBe(72);
  expect(store.totals.get('key_a1 10 accepted')).toBe(1);
});

test("a key's last use is the last accepted one, at its own moment and not at the flush", async () => {
  const { clock, store, usage } = setUp();
  usage.record(toKey(1), 'accepted');
  clock.advance(300);
  usage.record(toKey(1), 'denied');
  clock.advance(100);
  await usage.flush();
  expect(store.lastUsed.get('key_a1')).toBe(10 * HOUR_MS - 500);
});

test('the store is written once a second and only when there is something', async () => {
  const { clock, store, usage } = setUp();
  usage.record(toKey(1), 'accepted');
  clock.advance(1000);
  await usage.flush();
  expect(store.batches).toBe(1);
  clock.advance(5000);
  await usage.flush();
  expect(store.batches).toBe(1);
});

test('an unknown key is counted for nobody, and brings nothing to the store', async () => {
  const { store, usage } = setUp();
  for (let i = 0; i < 1000; i++) usage.record(null, 'denied');
  await usage.flush();
  expect(store.batches).toBe(0);
  usage.record(null, 'denied');
  usage.record(toKey(1), 'denied');
  await usage.flush();
  expect(store.totals).toEqual(new Map([['key_a1 9 denied', 1]]));
});

test('what could not be written is kept, and written once when the store is back', async () => {
  const { store, usage, warnings } = setUp();
  store.down = true;
  for (let i = 0; i < 3; i++) {
    usage.record(toKey(1), 'accepted');
    await usage.flush();
  }
  expect(warnings).toHaveLength(3);
  store.down = false;
  await usage.close();
  expect(store.totals).toEqual(new Map([['key_a1 9 accepted', 3]]));
});
