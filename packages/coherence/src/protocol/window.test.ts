import { expect, test } from 'vitest';
import { NO_DEFECTS } from './defects.ts';
import { CLOSED, openWindow, remainingMs } from './window.ts';

test('nine tenths of a lease are used, from when it was asked for, on whichever clock they end first', () => {
  const window = openWindow({ monotonicMs: 500, wallMs: 9_000 }, 1_000);
  expect(window).toEqual({ untilMs: 1_400, wallUntilMs: 9_900 });
  expect(remainingMs(window, { monotonicMs: 600, wallMs: 9_000 }, NO_DEFECTS)).toBe(800);
  expect(remainingMs(window, { monotonicMs: 500, wallMs: 9_200 }, NO_DEFECTS)).toBe(700);
  expect(remainingMs(CLOSED, { monotonicMs: 1, wallMs: 1 }, NO_DEFECTS)).toBe(-1);
});
