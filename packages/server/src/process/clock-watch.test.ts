import { createManualClock } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import { watchClock } from './clock-watch.ts';

function watch() {
  const clock = createManualClock();
  const told: unknown[] = [];
  const ignore = () => {};
  const log = { info: ignore, error: ignore, warn: (fields: object) => void told.push(fields) };
  return { clock, told, stop: watchClock({ clock, log }) };
}

test('a jump of the wall clock is told once, by how far it went', () => {
  const { clock, told } = watch();
  clock.advance(10_000);
  clock.setWall(clock.nowMs() - 1_000);
  clock.advance(10_000);
  clock.setWall(clock.nowMs() + 60_000);
  clock.advance(10_000);
  expect(told).toEqual([{ jump_ms: -1_000 }, { jump_ms: 60_000 }]);
});

test('a clock that is slewed is not told of', () => {
  const { clock, told } = watch();
  for (let second = 0; second < 100; second++) {
    clock.setWall(clock.nowMs() + 100);
    clock.advance(1_000);
  }
  expect(told).toEqual([]);
});

test('nothing is told any more once it is stopped', () => {
  const { clock, told, stop } = watch();
  stop();
  clock.setWall(0);
  clock.advance(10_000);
  expect(told).toEqual([]);
});
