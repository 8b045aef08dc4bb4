import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatInstant, formatInstantSeconds, MAX_INSTANT_MS, parseInstantMs } from './instant.ts';

const instants = fc.integer({ min: Date.UTC(1, 0, 1), max: MAX_INSTANT_MS });

test('an instant survives writing and reading', () => {
  fc.assert(
    fc.property(instants, (ms) => {
      expect(parseInstantMs(formatInstant(ms))).toBe(ms);
      expect(parseInstantMs(formatInstantSeconds(ms))).toBe(Math.floor(ms / 1_000) * 1_000);
    }),
    { numRuns: 1_000 },
  );
});

test('milliseconds are written only when there are some, and never in whole seconds', () => {
  const ms = Date.UTC(2026, 4, 2, 10, 0, 0);
  expect(formatInstant(ms)).toBe('2026-05-02T10:00:00Z');
  expect(formatInstant(ms + 20)).toBe('2026-05-02T10:00:00.020Z');
  expect(formatInstantSeconds(ms + 999)).toBe('2026-05-02T10:00:00Z');
});

describe('an instant is read', () => {
  test.each([
    ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
    ['2026-05-02T10:00:00+02:00', Date.UTC(2026, 4, 2, 8)],
    ['2026-05-02T10:00:00-23:59', Date.UTC(2026, 4, 3, 9, 59)],
    ['2026-05-02T10:00:00-00:00', Date.UTC(2026, 4, 2, 10)],
    ['2026-05-02t10:00:00.5z', Date.UTC(2026, 4, 2, 10, 0, 0, 500)],
    ['2026-05-02T10:00:00.1239999Z', Date.UTC(2026, 4, 2, 10, 0, 0, 123)],
    ['9999-12-31T23:59:59.999Z', MAX_INSTANT_MS],
    ['0001-01-01T00:00:00Z', -62_135_596_800_000],
  ])('%s', (text, ms) => {
    expect(parseInstantMs(text)).toBe(ms);
  });
});

describe('an instant is refused', () => {
  test.each([
    '2026-02-30T00:00:00Z',
    '2027-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-10T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-05-02T10:00:60Z',
    '2016-12-31T23:59:60Z',
    '2026-05-02T10:60:00Z',
    '2026-05-02T24:00:00Z',
    '2026-05-02T10:00:00',
    '2026-05-02T10:00:00+25:00',
    '2026-05-02T10:00:00+02:60',
    '2026-05-02T10:00:00+0200',
    '2026-05-02T10:00:00.Z',
    '2026-05-02T10:00Z',
    '2026-05-02 10:00:00Z',
    '2026-05-02',
    '20260502T100000Z',
    '2026-5-2T10:00:00Z',
    '+002026-05-02T10:00:00Z',
    ' 2026-05-02T10:00:00Z',
    '2026-05-02T10:00:00Z\n',
    '1777716000',
    '1',
    '',
  ])('%j', (text) => {
    expect(parseInstantMs(text)).toBeNull();
  });
});
