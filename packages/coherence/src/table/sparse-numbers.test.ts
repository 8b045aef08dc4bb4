import { expect, test } from 'vitest';
import { SparseNumbers } from './sparse-numbers.ts';

test('every record has 0 until it is given another number, in whatever segment it lies', () => {
  const numbers = new SparseNumbers();
  const records = [0, 1, 65_535, 65_536, 65_537, 131_072, 300_000];
  const expectAll = (asked: readonly number[], expected: readonly number[]) => {
    expect(asked.map((record) => numbers.get(record))).toEqual(expected);
    expect(asked.map((record) => numbers.getEvenly(record))).toEqual(expected);
  };
  expectAll(
    records,
    records.map(() => 0),
  );
  for (const [i, record] of records.entries()) numbers.set(record, i + 1);
  expectAll(
    records,
    records.map((_, i) => i + 1),
  );
  expectAll([2, 65_534, 131_073, 1_000_000, 10 * 65_536, 11 * 65_536 + 1], [0, 0, 0, 0, 0, 0]);
  numbers.set(65_536, 0);
  expectAll([65_536, 65_537], [0, 5]);
});
