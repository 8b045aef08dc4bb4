import { KeyholdError } from '@keyhold/core';
import { createManualClock } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import { createRevocationWriteOut } from './revocation-write-out.ts';

function setUp(rows: number) {
  const clock = createManualClock();
  const store = {
    rows,
    calls: 0,
    down: false,
    async writeOutRevocations(limit: number) {
      store.calls++;
      if (store.down) throw new KeyholdError('store_unavailable', 'down');
      const written = Math.min(limit, store.rows);
      store.rows -= written;
      return written;
    },
  };
  const log = { info() {}, warn() {}, error() {} };
  const writeOut = createRevocationWriteOut({ store, clock, log });
  /** Lets timers and what they started run, until nothing moves any more. */
  async function settle(): Promise<void> {
    for (let calls = -1; calls !== store.calls; ) {
      calls = store.calls;
      clock.advance(0);
      await new Promise(setImmediate);
    }
  }
  return { clock, store, writeOut, settle };
}

test('what an earlier process left is written out in batches, and then it rests', async () => {
  const { store, settle } = setUp(1200);
  await settle();
  expect([store.rows, store.calls]).toEqual([0, 4]);
});

test('a bulk revocation wakes it', async () => {
  const { store, writeOut, settle } = setUp(0);
  await settle();
  store.rows = 600;
  writeOut.wake();
  writeOut.wake();
  await settle();
  expect(store.rows).toBe(0);
});

test('a store that fails is tried again later, and not after closing', async () => {
  const { clock, store, writeOut, settle } = setUp(10);
  store.down = true;
  await settle();
  expect(store.calls).toBe(1);
  store.down = false;
  clock.advance(5000);
  await settle();
  expect(store.rows).toBe(0);
  writeOut.close();
  store.rows = 10;
  writeOut.wake();
  await settle();
  expect(store.rows).toBe(10);
});
