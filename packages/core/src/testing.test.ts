import { expect, test } from 'vitest';
import { createManualClock, createSeededRandom } from './testing.ts';

test('timers run in the order in which they fall due, at their own moments', () => {
  const clock = createManualClock(0);
  const ran: [string, number, number][] = [];
  const note = (name: string) => () => void ran.push([name, clock.nowMs(), clock.monotonicMs()]);
  clock.setTimer(20, note('late'));
  clock.setTimer(10, () => {
    note('early')();
    clock.setTimer(5, note('between'));
  });
  const cancel = clock.setTimer(12, note('cancelled'));
  clock.setTimer(-1, note('at once'));
  cancel();
  cancel();
  expect(ran).toEqual([]);
  clock.advance(25);
  expect(ran).toEqual([
    ['at once', 0, 0],
    ['early', 10, 10],
    ['between', 15, 15],
    ['late', 20, 20],
  ]);
  expect(clock.nowMs()).toBe(25);
});

test('a timer runs at its own millisecond, not before, and those of one moment in the order they were set', () => {
  const clock = createManualClock(0);
  const ran: string[] = [];
  clock.setTimer(10, () => void ran.push('first'));
  clock.setTimer(10, () => void ran.push('second'));
  clock.setTimer(5, () => void ran.push('before both'));
  clock.advance(4);
  expect(ran).toEqual([]);
  clock.advance(1);
  expect(ran).toEqual(['before both']);
  clock.advance(5);
  expect(ran).toEqual(['before both', 'first', 'second']);
});

test('setting the wall moves the wall alone', () => {
  const clock = createManualClock(1_000);
  clock.advance(5);
  clock.setWall(50);
  expect([clock.nowMs(), clock.monotonicMs()]).toEqual([50, 5]);
});

test('a seed always gives the same bytes, and another seed others', () => {
  expect(createSeededRandom(7)(32)).toEqual(createSeededRandom(7)(32));
  const random = createSeededRandom(7);
  expect([...random(5), ...random(27)]).toEqual([...createSeededRandom(7)(32)]);
  expect(createSeededRandom(7)(32)).not.toEqual(createSeededRandom(8)(32));
});
