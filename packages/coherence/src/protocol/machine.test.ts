import { createManualClock } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import { type Machine, runMachine } from './machine.ts';

test('what comes while the effects of an event are carried out is handled after all of them', () => {
  const order: string[] = [];
  const machine: Machine<string, string> = {
    handle: (event) => (event === 'first' ? ['one', 'two'] : ['three']),
    wakeAtMs: () => Number.POSITIVE_INFINITY,
  };
  const { dispatch } = runMachine(machine, createManualClock(), (effect) => {
    if (effect === 'one') dispatch('second');
    order.push(effect);
  });
  dispatch('first');
  expect(order).toEqual(['one', 'two', 'three']);
});

test('an effect that fails does not keep the next event from being handled', () => {
  const order: string[] = [];
  const machine: Machine<string, string> = {
    handle: (event) => (typeof event === 'string' ? [event] : []),
    wakeAtMs: () => Number.POSITIVE_INFINITY,
  };
  const { dispatch } = runMachine(machine, createManualClock(), (effect) => {
    if (effect === 'bad') throw new Error('It fails.');
    order.push(effect);
  });
  expect(() => dispatch('bad')).toThrow('It fails.');
  dispatch('good');
  expect(order).toEqual(['good']);
});

test('a machine that wants to be woken at the same moment as before keeps its timer', () => {
  const clock = createManualClock();
  let timers = 0;
  const setTimer: typeof clock.setTimer = (delayMs, run) => {
    timers++;
    return clock.setTimer(delayMs, run);
  };
  const startMs = clock.monotonicMs();
  const woken: number[] = [];
  const machine: Machine<{ readonly kind: 'other' }, never> = {
    handle: ({ kind }, { monotonicMs }) => {
      if (kind === 'time') woken.push(monotonicMs - startMs);
      return [];
    },
    wakeAtMs: ({ monotonicMs }) => (monotonicMs < startMs + 100 ? startMs + 100 : Number.POSITIVE_INFINITY),
  };
  const { dispatch } = runMachine(machine, { ...clock, setTimer }, () => {});
  dispatch({ kind: 'other' });
  clock.advance(40);
  dispatch({ kind: 'other' });
  expect(timers).toBe(1);
  clock.advance(60);
  expect(woken).toEqual([100]);
});

test('a moment that passes while an event is handled is not slept through', () => {
  const clock = createManualClock();
  const dueMs = clock.monotonicMs() + 100;
  const handled: string[] = [];
  const machine: Machine<{ readonly kind: 'other' }, 'takes long'> = {
    handle({ kind }, { monotonicMs }) {
      handled.push(`${kind}, ${monotonicMs < dueMs ? 'early' : 'due'}`);
      return kind === 'other' ? ['takes long'] : [];
    },
    wakeAtMs: ({ monotonicMs }) => (monotonicMs < dueMs ? dueMs : Number.POSITIVE_INFINITY),
  };
  const { dispatch } = runMachine(machine, clock, () => clock.advance(2));
  clock.advance(99);
  dispatch({ kind: 'other' });
  clock.advance(1);
  expect(handled).toEqual(['other, early', 'time, due']);
});
