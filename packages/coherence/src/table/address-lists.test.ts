import { parseClientAddress } from '@keyhold/core';
import { expect, test } from 'vitest';
import { AddressLists } from './address-lists.ts';

test('a list is compiled once for all its keys and let go with the last of them', () => {
  const lists = new AddressLists();
  const office = lists.acquire(['192.0.2.0/24']);
  expect(lists.acquire(['192.0.2.0/24'])).toBe(office);
  lists.release(office);
  expect(lists.ranges(office).allows(parseClientAddress('192.0.2.1'))).toBe(true);
  lists.release(office);
  const other = lists.acquire(['198.51.100.0/24']);
  expect(other).toBe(office);
  expect(lists.ranges(other).allows(parseClientAddress('192.0.2.1'))).toBe(false);
  expect(lists.acquire(['192.0.2.0/24'])).not.toBe(other);
});

test('the empty list allows every address, however often it is released', () => {
  const lists = new AddressLists();
  for (let i = 0; i < 3; i++) {
    expect(lists.acquire([])).toBe(0);
    lists.release(0);
  }
  expect(lists.ranges(0).allows(null)).toBe(true);
});
