import { describe, expect, test } from 'vitest';
import { parseDurationMs } from './duration.ts';

describe('a duration is read', () => {
  test.each([
    ['0s', 0],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['90d', 7_776_000_000],
    ['2w', 1_209_600_000],
    ['P90D', 7_776_000_000],
    ['P2W', 1_209_600_000],
    ['P12W', 7_257_600_000],
    ['PT15M', 900_000],
    ['PT1H', 3_600_000],
    ['PT45S', 45_000],
    ['PT1H30M', 5_400_000],
    ['P1DT12H0M5S', 129_605_000],
  ])('%s', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });
});

describe('a duration is refused', () => {
  test.each([
    '',
    'd',
    '90',
    '90 d',
    '-1d',
    '1.5h',
    '1e3s',
    '1D',
    '1y',
    '1h30m',
    'P',
    'PT',
    'P1DT',
    'P1Y',
    'P1M',
    'P1W1D',
    ' P1D',
    'PT1D',
    'pt1h',
    '1d\n',
    '999999999999999w',
    '9999999999999999s',
  ])('%j', (text) => {
    expect(parseDurationMs(text)).toBeNull();
  });
});
