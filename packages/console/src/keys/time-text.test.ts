import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTimeText } from './time-text.ts';

const NOW_MS = Date.parse('2026-05-02T10:00:00Z');
const DAY_MS = 86_400_000;
const { relative } = createTimeText('en');
const said = (distanceMs: number) => relative(new Date(NOW_MS + distanceMs).toISOString(), NOW_MS);

const SIZES_MS = { minute: 60_000, hour: 3_600_000, day: DAY_MS, month: 30 * DAY_MS, year: 365 * DAY_MS };

/** What a text says, as a distance; null for now. */
function read(text: string): { readonly ms: number; readonly unitMs: number } | null {
  if (text === 'now') return null;
  const [, ahead, count, unit, ago] = /^(in )?(\d+) (\w+?)s?( ago)?$/.exec(text) ?? [];
  const unitMs = Object.entries(SIZES_MS).find(([name]) => name === unit)?.[1];
  if (unitMs === undefined || (ahead === undefined) === (ago === undefined)) throw new Error(text);
  return { ms: (ahead === undefined ? -1 : 1) * Number(count) * unitMs, unitMs };
}

test('a distance is said to the nearest of its unit, on its own side of now, and never as none', () => {
  const distance = fc.oneof(
    ...Object.values(SIZES_MS).map((unitMs) => fc.integer({ min: -40 * unitMs, max: 40 * unitMs })),
  );
  fc.assert(
    fc.property(distance, (ms) => {
      const told = read(said(ms));
      if (told === null) {
        expect(Math.abs(ms)).toBeLessThan(30_000);
        return;
      }
      expect(Math.sign(told.ms)).toBe(Math.sign(ms));
      expect(Math.abs(told.ms - ms)).toBeLessThanOrEqual(told.unitMs / 2);
    }),
  );
});

test('what is further away is never said to be nearer', () => {
  const distance = fc.integer({ min: 0, max: 3 * 365 * DAY_MS });
  fc.assert(
    fc.property(distance, distance, (a, b) => {
      const [near, far] = [Math.min(a, b), Math.max(a, b)].map((ms) => read(said(ms))?.ms ?? 0);
      expect(near).toBeLessThanOrEqual(far ?? 0);
    }),
  );
});

test.each([
  [3 * DAY_MS - 1_000, 'in 3 days'],
  [2.9 * DAY_MS, 'in 3 days'],
  [-2.4 * DAY_MS, '2 days ago'],
  [29_000, 'now'],
  [-31_000, '1 minute ago'],
  [59.6 * 60_000, 'in 1 hour'],
  [23.7 * 3_600_000, 'in 1 day'],
  [364 * DAY_MS, 'in 1 year'],
])('%d ms from now is "%s"', (ms, text) => {
  expect(said(ms)).toBe(text);
});
