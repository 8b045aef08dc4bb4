import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { checkMetadata } from './metadata.ts';

const members = (count: number): JsonObject =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, i]));

describe('metadata passes', () => {
  test.each<[string, JsonObject]>([
    ['when empty', {}],
    [
      'with values of every kind',
      { a: null, b: true, c: 1.5, d: 'é', e: [1, [2, ['x']]], f: { g: { h: {} } } },
    ],
    ['with values of every kind at the fourth level', { a: [[[null, true, 1.5, 'é']]] }],
    ['with 32 members', members(32)],
    ['with an array of more than 32 items', { a: Array.from({ length: 33 }, (_, i) => i) }],
    ['with 32 members over two levels', { ...members(30), nested: { a: 1 } }],
    ['of 4,096 bytes', { a: 'x'.repeat(4_096 - '{"a":""}'.length) }],
  ])('%s', (_, metadata) => {
    expect(checkMetadata(metadata)).toBeNull();
  });
});

describe('metadata is refused', () => {
  test.each<[string, JsonObject, RegExp]>([
    ['with 33 members', members(33), /more than 32 members/],
    ['with 33 members over two levels', { ...members(31), nested: { a: 1 } }, /more than 32 members/],
    ['of 4,097 bytes', { a: 'x'.repeat(4_097 - '{"a":""}'.length) }, /has 4097 bytes/],
    ['of 4,097 bytes in fewer characters', { a: `x${'é'.repeat(2_044)}` }, /has 4097 bytes/],
    ['of five levels of objects', { a: { b: { c: { d: {} } } } }, /more than 4 levels/],
    ['of five levels of arrays', { a: [[[[]]]] }, /more than 4 levels/],
    ['with a number too large for JSON', JSON.parse('{"a":1e400}'), /number that JSON cannot hold/],
    ['with half a surrogate pair in a value', { a: '\ud83d' }, /surrogate/],
    ['with half a surrogate pair in a name', { '\ud83d': 1 }, /surrogate/],
    ['with a member __proto__', JSON.parse('{"__proto__":{"admin":true}}'), /"__proto__"; rename/],
    ['with a member prototype', { prototype: {} }, /"prototype"; rename/],
    ['with a member constructor further down', { a: [{ constructor: 1 }] }, /"constructor"; rename/],
  ])('%s', (_, metadata, message) => {
    expect(checkMetadata(metadata)).toMatch(message);
  });

  test('of 100,000 levels, without falling over', () => {
    expect(checkMetadata(JSON.parse(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`))).toMatch(
      /4 levels/,
    );
  });
});
