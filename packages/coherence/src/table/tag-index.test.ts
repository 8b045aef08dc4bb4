import { expect, test } from 'vitest';
import { TagIndex } from './tag-index.ts';

test('records of one tag are told apart by what they hold, and one that is not there is a miss', () => {
  let sought = 0;
  const index = new TagIndex((record) => record === sought);
  const found = (shard: number, tag: number, record: number) => {
    sought = record;
    return index.find(shard, tag);
  };
  for (let record = 1; record <= 300; record++) index.add(record % 3, 7, record);
  for (let record = 1; record <= 300; record++) {
    expect(found(record % 3, 7, record)).toBe(record);
    expect(found((record + 1) % 3, 7, record)).toBe(0);
    expect(found(record % 3, 8, record)).toBe(0);
  }
});

test('a miss looks at the stand-in, and is a miss whatever that holds', () => {
  for (const answer of [false, true]) {
    const looked: number[] = [];
    const index = new TagIndex((record) => {
      looked.push(record);
      return answer;
    });
    expect(index.find(0, 1, 5)).toBe(0);
    expect(looked).toEqual([5]);
  }
});

test('a record is looked at only when its tag is the one sought', () => {
  const looked: number[] = [];
  const index = new TagIndex((record) => {
    looked.push(record);
    return false;
  });
  // Tags that differ in high bits alone share their first slot.
  index.add(0, 1, 10);
  index.add(0, 1 + 2 ** 31, 20);
  index.add(0, 1, 30);
  expect(index.find(0, 1)).toBe(0);
  expect(looked.filter((record) => record !== 0)).toEqual([10, 30]);
});
