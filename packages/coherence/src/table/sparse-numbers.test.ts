import { expect, test } from 'vitest';
import { SparseNumbers } from './sparse-numbers.ts';

test('every record has 0 until it is given another number, in whatever segment it lies', () => {
  const numbers = new SparseNumbers();
  const records = [0, 1, 65_535, 65_536, 65_537, 131_072, 300_000];
  expect(records.map((record) => numbers.get(record))).toEqual(records.map(() => 0));
  for (const [i, record] of records.entries()) numbers.set(record, i + 1);
  expect(records.map((record) => numbers.get(record))).toEqual(records.map((_, i) => i + 1));
  expect([2, 65_534, 131_073, 1_000_000].map((record) => numbers.get(record))).toEqual([0, 0, 0, 0]);
  numbers.set(65_536, 0);
  expect(numbers.get(65_536)).toBe(0);
  expect(numbers.get(65_537)).toBe(5);
});
