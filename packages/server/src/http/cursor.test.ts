import { isKeyholdError } from '@keyhold/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCursorCodec } from './cursor.ts';

const cursors = createCursorCodec(new Uint8Array(32).fill(7));

function codeOf(list: string, cursor: string): string {
  try {
    cursors.open(list, cursor);
    return 'accepted';
  } catch (error) {
    if (isKeyholdError(error)) return error.code;
    throw error;
  }
}

test('a cursor opens to the position it was sealed with, for the same list', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), (list, position) => {
      expect(cursors.open(list, cursors.seal(list, position))).toBe(position);
    }),
  );
});

test('a cursor does not open for another list or with another key', () => {
  const cursor = cursors.seal('listKeys {"state":"active"}', '1041');
  expect(codeOf('listKeys {"state":"revoked"}', cursor)).toBe('invalid_cursor');
  expect(() =>
    createCursorCodec(new Uint8Array(32).fill(8)).open('listKeys {"state":"active"}', cursor),
  ).toThrow('not given by this list');
});

test('a list and a position cannot be shifted into one another', () => {
  const cursor = cursors.seal('list', '1\n2:ab');
  expect(codeOf('list\n1', cursor)).toBe('invalid_cursor');
});

test('a cursor with any one character changed, added or left out is refused', () => {
  const cursor = cursors.seal('list', '1041');
  fc.assert(
    fc.property(
      fc.nat(cursor.length - 1),
      fc.constantFrom('A', 'a', '0', '-', '_', '.', '=', '+', ' ', 'é'),
      (at, put) => {
        fc.pre(cursor[at] !== put);
        expect(codeOf('list', cursor.slice(0, at) + put + cursor.slice(at + 1))).toBe('invalid_cursor');
        expect(codeOf('list', cursor.slice(0, at) + put + cursor.slice(at))).toBe('invalid_cursor');
        expect(codeOf('list', cursor.slice(0, at) + cursor.slice(at + 1))).toBe('invalid_cursor');
      },
    ),
  );
});

test.each(['', '1041', 'a'.repeat(5000), '../../etc', '{"position":1}'])('%j is no cursor', (text) => {
  expect(codeOf('list', text)).toBe('invalid_cursor');
});
