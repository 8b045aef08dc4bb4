import { expect, test } from 'vitest';
import { toBelievableTimes } from './believable-times.ts';

const HOUR_MS = 3_600_000;
const HOUR = 500_000;
const NOW_MS = HOUR * HOUR_MS + 1_800_000;
const keyId = 'key_1';

test('nothing was used or refused later than now', () => {
  const refusal = { keyId, reason: 'revoked', count: 1, address: null, operation: null } as const;
  const times = [0, NOW_MS - 1, NOW_MS, NOW_MS + 1, Number.MAX_SAFE_INTEGER];
  const taken = toBelievableTimes(
    {
      usage: [],
      lastUsed: times.map((atMs) => ({ keyId, atMs })),
      refusals: times.map((lastAtMs) => ({ ...refusal, lastAtMs })),
    },
    NOW_MS,
  );
  const believed = [0, NOW_MS - 1, NOW_MS, NOW_MS, NOW_MS];
  expect(taken.lastUsed.map(({ atMs }) => atMs)).toEqual(believed);
  expect(taken.refusals.map(({ lastAtMs }) => lastAtMs)).toEqual(believed);
});

test('counts are taken for whole hours from two days ago to the next, and others are passed over', () => {
  const hours = [0, HOUR - 49, HOUR - 48, HOUR - 0.5, HOUR, HOUR + 1, HOUR + 2].map((hour) => hour * HOUR_MS);
  const usage = hours.map((hourMs) => ({ keyId, hourMs, outcome: 'accepted', count: 1 }) as const);
  const taken = toBelievableTimes({ usage, lastUsed: [], refusals: [] }, NOW_MS);
  expect(taken.usage.map(({ hourMs }) => hourMs / HOUR_MS)).toEqual([HOUR - 48, HOUR, HOUR + 1]);
});
