import { isKeyholdError } from '@keyhold/core';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJson } from './json-reader.ts';

function read(text: string | Buffer): unknown {
  return readJson(Buffer.from(text));
}

function codeOf(text: string | Buffer): string {
  try {
    read(text);
    return 'accepted';
  } catch (error) {
    if (isKeyholdError(error)) return error.code;
    throw error;
  }
}

/** Plain objects again, to compare with what `JSON.parse` makes. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

const shallowJson = fc
  .jsonValue({ maxDepth: 6 })
  .filter((value) => !/"(?:__proto__|constructor|prototype)":/.test(JSON.stringify(value)));
const unusualText = fc
  .tuple(shallowJson, fc.constantFrom('', ' ', '\n', '\t\r\n '), fc.constantFrom(undefined, 1, '\t'))
  .map(([value, space, indent]) => space + JSON.stringify(value, null, indent) + space);

test('what JSON.parse reads without duplicate names is read the same', () => {
  fc.assert(
    fc.property(unusualText, (text) => {
      expect(plain(read(text))).toEqual(plain(JSON.parse(text)));
    }),
  );
});

test('every number and every escaped string is read as JSON.parse reads it', () => {
  const escaped = fc.array(
    fc.constantFrom('\\n', '\\"', '\\\\', '\\/', '\\u00e9', '\\ud83d\\ude00', '\\ud800', 'ä', '😀', 'a'),
  );
  const number = fc.stringMatching(/^-?(0|[1-9]\d{0,20})(\.\d{1,20})?([eE][+-]?\d{1,3})?$/);
  fc.assert(
    fc.property(escaped, number, (parts, digits) => {
      const text = `["${parts.join('')}",${digits}]`;
      expect(read(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('a document that JSON.parse refuses is refused, whatever one character makes of it', () => {
  fc.assert(
    fc.property(
      unusualText,
      fc.nat(),
      fc.constantFrom('', '"', ',', '{', ']', '\\', '0', '-', 'N', '\u0000'),
      (text, at, put) => {
        const broken = text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1);
        let parses = true;
        try {
          JSON.parse(broken);
        } catch {
          parses = false;
        }
        if (!parses) expect(codeOf(broken)).not.toBe('accepted');
      },
    ),
  );
});

test('good bytes with anything done to them are refused by one of two codes, or read as JSON.parse reads them', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ',',
      ':',
      '\\',
      '\\u00',
      '\\ud800',
      '-',
      '.',
      'e',
      '0',
      'null',
      '"__proto__":1,',
    ),
    fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  const change = fc.tuple(fc.nat(), fc.nat(6), piece);
  fc.assert(
    fc.property(unusualText, fc.array(change, { minLength: 1, maxLength: 4 }), (text, changes) => {
      const bytes = changes.reduce((before, [at, removed, put]) => {
        const start = at % (before.length + 1);
        return before.slice(0, start) + put + before.slice(start + removed);
      }, Buffer.from(text).toString('latin1'));
      const sent = Buffer.from(bytes, 'latin1');
      const code = codeOf(sent);
      if (code === 'accepted') expect(plain(read(sent))).toEqual(plain(JSON.parse(sent.toString())));
      else expect(['invalid_json', 'unknown_field']).toContain(code);
    }),
    { numRuns: 3_000 },
  );
});

test.each([
  ['a byte order mark', '\ufeff{}'],
  ['NaN', '{"a":NaN}'],
  ['Infinity', '{"a":-Infinity}'],
  ['a trailing comma in an object', '{"a":1,}'],
  ['a trailing comma in an array', '[1,]'],
  ['a duplicate name', '{"a":1,"b":2,"a":1}'],
  ['a duplicate name in another spelling', '{"a":1,"\\u0061":2}'],
  ['a comment', '{/*no*/}'],
  ['single quotes', "{'a':1}"],
  ['a leading zero', '[01]'],
  ['a leading plus', '[+1]'],
  ['a bare control character in a string', '["\n"]'],
  ['two documents', '{}{}'],
  ['nothing', ''],
  ['an unfinished string', '{"a'],
  ['an unfinished escape', '"\\u00'],
])('%s is invalid_json', (_what, text) => {
  expect(codeOf(text)).toBe('invalid_json');
});

test('bytes that are not UTF-8 are invalid_json', () => {
  expect(codeOf(Buffer.from([0x22, 0xc3, 0x28, 0x22]))).toBe('invalid_json');
  expect(codeOf(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]))).toBe('invalid_json');
});

test('16 levels are read and 17 are not, and a hundred thousand cost no more than that', () => {
  expect(codeOf('['.repeat(16) + ']'.repeat(16))).toBe('accepted');
  expect(codeOf('['.repeat(17) + ']'.repeat(17))).toBe('invalid_json');
  expect(codeOf(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`)).toBe('invalid_json');
  expect(codeOf('['.repeat(100_000))).toBe('invalid_json');
});

test.each(['__proto__', 'constructor', 'prototype'])(
  'a field %s is unknown_field with its pointer',
  (name) => {
    try {
      read(`{"metadata":[{"${name}":{"admin":true}}]}`);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'unknown_field', fields: [{ pointer: `/metadata/0/${name}` }] });
    }
  },
);

test('objects have no prototype to reach', () => {
  expect(Object.getPrototypeOf(read('{}'))).toBeNull();
});

test('a message never quotes the body', () => {
  const secret = 'esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6';
  for (const text of [`{"${secret}":1,"${secret}":2}`, `{"key":"${secret}`, secret]) {
    try {
      read(text);
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain('a1b2');
    }
  }
});
