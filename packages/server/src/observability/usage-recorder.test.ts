import { setImmediate } from 'node:timers/promises';
import type { VerifiedKey } from '@keyhold/coherence';
import { toKey, toQuestion, toVerdict } from '@keyhold/coherence/testing';
import { KeyholdError, type KeyId, type Reason } from '@keyhold/core';
import { createManualClock } from '@keyhold/core/testing';
import type { UsageBatch } from '@keyhold/store';
import { expect, test } from 'vitest';
import { createUsageRecorder } from './usage-recorder.ts';

const HOUR_MS = 3_600_000;

/** Where batches go: adds up what was written, or refuses while it is down. */
function createLedger() {
  const totals = new Map<string, number>();
  const lastUsed = new Map<string, number>();
  const ledger = {
    down: false,
    /** What is never written, as the store says it. */
    refused: null as KeyId | null,
    watched: false,
    taken: [] as UsageBatch[],
    batches: 0,
    questions: 0,
    totals,
    lastUsed,
    async flushUsage(batch: UsageBatch) {
      if (ledger.down) throw new KeyholdError('store_unavailable', 'down');
      if (batch.usage.some(({ keyId }) => keyId === ledger.refused)) throw new KeyholdError('internal', 'no');
      ledger.batches++;
      ledger.taken.push(batch);
      for (const { keyId, hourMs, outcome, count } of batch.usage) {
        const row = `${keyId} ${hourMs / HOUR_MS} ${outcome}`;
        totals.set(row, (totals.get(row) ?? 0) + count);
      }
      for (const { keyId, atMs } of batch.lastUsed) lastUsed.set(keyId, atMs);
      return { watched: ledger.watched };
    },
    async areVerdictsWatched() {
      ledger.questions++;
      if (ledger.down) throw new KeyholdError('store_unavailable', 'down');
      return ledger.watched;
    },
  };
  return ledger;
}

function setUp() {
  const clock = createManualClock(10 * HOUR_MS - 500);
  const store = createLedger();
  const warnings: string[] = [];
  const errors: object[] = [];
  const log = {
    info() {},
    warn: (_fields: object, message: string) => void warnings.push(message),
    error: (fields: object) => void errors.push(fields),
  };
  const usage = createUsageRecorder({ clock, store, node: 'n', log });
  const record = (key: VerifiedKey | null, reason: Reason | null, path = '/') =>
    usage.record(toVerdict(key, reason), toQuestion(path), 'verify');
  return { clock, store, warnings, errors, usage, record };
}

test('the store is written once a second and only when there is something', async () => {
  const { clock, store, usage, record } = setUp();
  record(toKey(1), null);
  clock.advance(1000);
  await usage.flush();
  expect(store.batches).toBe(1);
  clock.advance(5000);
  await usage.flush();
  expect(store.batches).toBe(1);
});

test('an unknown key is counted for nobody, and brings nothing to the store', async () => {
  const { store, usage, record } = setUp();
  for (let i = 0; i < 1000; i++) record(null, 'unknown');
  await usage.flush();
  expect(store.batches).toBe(0);
  record(null, 'unknown');
  record(toKey(1), 'revoked');
  await usage.flush();
  expect(store.totals).toEqual(new Map([['key_a1 9 denied', 1]]));
});

test('who has nothing to write asks whether somebody looks on, as often whatever comes in; who writes is told', async () => {
  const questionsIn = async (seconds: number, each: (record: ReturnType<typeof setUp>['record']) => void) => {
    const { clock, store, record } = setUp();
    for (let i = 0; i < seconds; i++) {
      each(record);
      clock.advance(1000);
      await setImmediate();
    }
    return store.questions;
  };
  expect(await questionsIn(10, () => {})).toBe(5);
  expect(
    await questionsIn(10, (record) => {
      for (let i = 0; i < 1000; i++) record(null, 'unknown');
    }),
  ).toBe(5);
  expect(await questionsIn(10, (record) => record(toKey(1), null))).toBe(0);
});

test('what could not be written is kept, and written once when the store is back', async () => {
  const { store, usage, warnings, record } = setUp();
  store.down = true;
  for (let i = 0; i < 3; i++) {
    record(toKey(1), null);
    await usage.flush();
  }
  expect(warnings).toHaveLength(3);
  store.down = false;
  await usage.close();
  expect(store.totals).toEqual(new Map([['key_a1 9 accepted', 3]]));
});

test('a batch that the store can never write is given up and told of once, and the next is written', async () => {
  const { store, usage, errors, warnings, record } = setUp();
  store.refused = 'key_a1';
  record(toKey(1), null);
  record(toKey(1), null);
  record(toKey(2), null);
  await usage.flush();
  record(toKey(3), null);
  await usage.close();
  expect(store.totals).toEqual(new Map([['key_a3 9 accepted', 1]]));
  expect(errors).toEqual([{ err: expect.objectContaining({ code: 'internal' }), lost: 3 }]);
  expect(warnings).toEqual([]);
});

test('refusals that could not be written add up', async () => {
  const { clock, store, usage, record } = setUp();
  store.down = true;
  for (let i = 0; i < 3; i++) {
    record(toKey(1), 'revoked', `/${i}`);
    await usage.flush();
    clock.advance(10);
  }
  store.down = false;
  await usage.close();
  expect(store.taken[0]?.refusals).toMatchObject([{ reason: 'revoked', count: 3, operation: 'GET /2' }]);
});

test('verdicts are told of only while somebody looks on, 50 a flush, unknown keys among them', async () => {
  const { store, usage, record } = setUp();
  record(toKey(1), null);
  await usage.flush();
  expect(store.taken[0]?.verdicts).toEqual([]);
  usage.watch();
  store.watched = true;
  record(null, 'unknown', '/try');
  await usage.flush();
  expect(store.taken[1]?.verdicts).toEqual([
    {
      atMs: 10 * HOUR_MS - 500,
      face: 'verify',
      keyspace: null,
      organization: null,
      keyId: null,
      reason: 'unknown',
      operation: 'GET /try',
      address: '203.0.113.7',
      sampled: false,
    },
  ]);
  for (let i = 0; i < 60; i++) record(toKey(1), null);
  store.watched = false;
  await usage.flush();
  expect(store.taken[2]?.verdicts).toHaveLength(50);
  expect(store.taken[2]?.verdicts?.every(({ sampled }) => sampled)).toBe(true);
  record(null, 'unknown');
  await usage.flush();
  expect(store.batches).toBe(3);
});
