import { parseClientAddress } from '@keyhold/core';
import { expect, test } from 'vitest';
import { AddressLists } from './address-lists.ts';

test('a list is compiled once for all its keys and let go with the last of them', () => {
  const lists = new AddressLists();
  const office = lists.acquire(['192.0.2.0/24']);
  expect(lists.acquire(['192.0.2.0/24'])).toBe(office);
  lists.release(office);
  expect(lists.ranges(office, 0).allows(parseClientAddress('192.0.2.1'))).toBe(true);
  lists.release(office);
  const other = lists.acquire(['198.51.100.0/24']);
  expect(other).toBe(office);
  expect(lists.ranges(other, 0).allows(parseClientAddress('192.0.2.1'))).toBe(false);
  expect(lists.acquire(['192.0.2.0/24'])).not.toBe(other);
});

test('the empty list allows every address, however often it is released', () => {
  const lists = new AddressLists();
  for (let i = 0; i < 3; i++) {
    expect(lists.acquire([])).toBe(0);
    lists.release(0);
  }
  expect(lists.ranges(0, 0).allows(null)).toBe(true);
});

test('a list is itself whatever its stand-in', () => {
  const lists = new AddressLists();
  const office = lists.acquire(['192.0.2.0/24']);
  lists.acquire(['198.51.100.0/24']);
  for (let standIn = 0; standIn < 4; standIn++) {
    expect(lists.ranges(office, standIn).cidrs).toEqual(['192.0.2.0/24']);
  }
});

test('every list stands in for the empty one, and one that was let go until another takes its number', () => {
  const lists = new AddressLists();
  lists.acquire(['192.0.2.0/24']);
  const home = lists.acquire(['198.51.100.0/24']);
  const standIns = () => [0, 1, 2, 3, 2 ** 31].map((standIn) => lists.ranges(0, standIn).cidrs);
  expect(standIns()).toEqual([[], ['192.0.2.0/24'], ['198.51.100.0/24'], [], ['198.51.100.0/24']]);
  lists.release(home);
  expect(standIns()).toEqual([[], ['192.0.2.0/24'], ['198.51.100.0/24'], [], ['198.51.100.0/24']]);
  lists.acquire(['203.0.113.0/24']);
  expect(standIns()).toEqual([[], ['192.0.2.0/24'], ['203.0.113.0/24'], [], ['203.0.113.0/24']]);
});
