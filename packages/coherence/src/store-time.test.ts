import { createManualClock } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import { START_MS } from '../test/_util.ts';
import { createStoreTime } from './store-time.ts';

const STORE_MS = START_MS + 7_000;

test('before the first sample the wall clock is the store’s, and a child is told nothing', () => {
  const clock = createManualClock(START_MS);
  const storeTime = createStoreTime(clock);
  clock.advance(100);
  expect(storeTime.clock.nowMs()).toBe(START_MS + 100);
  expect(storeTime.boundMs()).toBeNull();
});

test('from a sample on the store’s clock is taken to have run a tenth faster since it was asked', () => {
  const clock = createManualClock(START_MS);
  const storeTime = createStoreTime(clock);
  clock.advance(1_000);
  const sentAtMs = clock.monotonicMs();
  clock.advance(100);
  storeTime.sample(STORE_MS, sentAtMs);
  clock.advance(900);
  clock.setWall(0);
  expect(storeTime.clock.nowMs()).toBe(STORE_MS + 1_100);
  expect(storeTime.boundMs()).toBe(STORE_MS + 1_100);
  storeTime.sample(STORE_MS, clock.monotonicMs());
  expect(storeTime.boundMs()).toBe(STORE_MS);
});

test('its monotonic clock and its timers are those of the process', () => {
  const clock = createManualClock(START_MS);
  const storeTime = createStoreTime(clock);
  storeTime.sample(STORE_MS, clock.monotonicMs());
  const ran: number[] = [];
  storeTime.clock.setTimer(50, () => ran.push(storeTime.clock.monotonicMs()));
  const cancel = storeTime.clock.setTimer(60, () => ran.push(60));
  clock.advance(50);
  cancel();
  clock.advance(50);
  expect(ran).toEqual([50]);
});
