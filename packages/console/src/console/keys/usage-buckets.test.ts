import { expect, test } from 'vitest';
import { rangeStartMs, toBuckets } from './usage-buckets.ts';

const nowMs = Date.parse('2026-11-21T14:20:00Z');
const hour = (at: string, accepted: number, denied = 0, insufficient_scope = 0) => ({
  hour: at,
  accepted,
  denied,
  insufficient_scope,
});

test('a day is 24 hours that end with the present one, calls or none', () => {
  const buckets = toBuckets(
    [hour('2026-11-20T15:00:00Z', 3, 2, 1), hour('2026-11-21T14:00:00Z', 5)],
    { hours: 24, hoursInBucket: 1 },
    nowMs,
  );
  expect(buckets).toHaveLength(24);
  expect(buckets[0]).toEqual({
    startMs: rangeStartMs(24, nowMs),
    accepted: 3,
    denied: 2,
    outOfScope: 1,
  });
  expect(buckets[23]).toMatchObject({ accepted: 5, denied: 0, outOfScope: 0 });
  expect(buckets.slice(1, 23).every(({ accepted }) => accepted === 0)).toBe(true);
});

test('hours of one bucket are added up, and what lies before the first is left out', () => {
  const buckets = toBuckets(
    [
      hour('2026-11-01T00:00:00Z', 100),
      hour('2026-11-21T09:00:00Z', 1),
      hour('2026-11-21T13:00:00Z', 2, 4),
      hour('2026-11-21T14:00:00Z', 1),
    ],
    { hours: 7 * 24, hoursInBucket: 6 },
    nowMs,
  );
  expect(buckets).toHaveLength(28);
  expect(buckets.at(-1)).toMatchObject({ accepted: 4, denied: 4 });
  expect(buckets.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(4);
});
