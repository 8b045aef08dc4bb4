import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { environmentLists, keyTemplates } from '../../test/_arbitraries.ts';
import { createSeededRandom } from '../testing.ts';
import { ALPHABETS } from './alphabet.ts';
import { compileKeyFormat } from './key-format.ts';

describe('what is minted', () => {
  test('is recognised, with its environment', () => {
    fc.assert(
      fc.property(keyTemplates, environmentLists, fc.integer(), (template, environments, seed) => {
        const format = compileKeyFormat(template, environments);
        for (const environment of environments) {
          const key = format.mint(environment, createSeededRandom(seed));
          expect(format.recognise(key)).toEqual({ environment: format.hasEnvironment ? environment : null });
        }
      }),
    );
  });

  test('is not recognised when a character is missing, added or replaced by one from outside the alphabets', () => {
    fc.assert(
      fc.property(keyTemplates, fc.integer(), fc.nat(), (template, seed, at) => {
        const format = compileKeyFormat(template, ['live']);
        const key = format.mint('live', createSeededRandom(seed));
        const i = at % key.length;
        expect(format.recognise(key.slice(0, i) + key.slice(i + 1))).toBeNull();
        expect(format.recognise(`${key.slice(0, i)}0${key.slice(i)}`)).toBeNull();
        for (const other of [' ', '=', '\n', 'é', '\u{1f511}']) {
          expect(format.recognise(key.slice(0, i) + other + key.slice(i + 1))).toBeNull();
        }
      }),
    );
  });

  test('has every character of its alphabet equally often when every byte comes equally often', () => {
    for (const [alphabet, size] of Object.entries({
      hex: 16,
      base36: 36,
      base58: 58,
      base62: 62,
      base64url: 64,
    })) {
      const perCharacter = Math.floor(256 / size);
      let next = 0;
      const everyByte = (length: number) => Uint8Array.from({ length }, () => next++ % 256);
      const format = compileKeyFormat(`{random:${alphabet}:${size * perCharacter}}`, []);
      const counts = new Map<string, number>();
      for (const character of format.mint(null, everyByte)) {
        counts.set(character, (counts.get(character) ?? 0) + 1);
      }
      expect(counts.size).toBe(size);
      expect(new Set(counts.values())).toEqual(new Set([perCharacter]));
    }
  });

  test('draws again for a byte that would favour the first characters', () => {
    const bytes = [255, 248, 247, 0];
    const format = compileKeyFormat('{random:base62:22}', []);
    const key = format.mint(null, (length) => Uint8Array.from({ length }, () => bytes.shift() ?? 61));
    expect(key).toBe(`z0${'z'.repeat(20)}`);
  });

  test('cannot be of an environment that the format was not compiled with', () => {
    const format = compileKeyFormat('{environment}_{random:hex:32}', ['live']);
    for (const other of ['test', null]) {
      expect(() => format.mint(other, createSeededRandom(1))).toThrow(
        new TypeError(`The key format "{environment}_{random:hex:32}" has no environment "${other}".`),
      );
    }
  });
});

test('a format without {environment} serves a keyspace with several: the record carries it', () => {
  const format = compileKeyFormat('{random:base64url:32}', ['production', 'test']);
  expect(format.recognise(format.mint('test', createSeededRandom(1)))).toEqual({ environment: null });
});

test('the environment is read exactly, also where one name begins with another', () => {
  const format = compileKeyFormat('{environment}{random:base36:32}', ['a', 'ab', 'abc']);
  for (const environment of ['a', 'ab', 'abc']) {
    expect(format.recognise(format.mint(environment, createSeededRandom(7)))).toEqual({ environment });
  }
});

test('a shape tells what each character of a key is and can be', () => {
  const { shapes } = compileKeyFormat('k{environment}{random:hex:32}{checksum}', ['a', 'bc']);
  const told = shapes.map(({ environment, positions }) => [
    environment,
    positions.map(({ kind, characters }) => `${kind} ${characters}`),
  ]);
  const common = [
    ...Array.from({ length: 32 }, () => 'random 0123456789abcdef'),
    'checksum 01234',
    ...Array.from({ length: 5 }, () => `checksum ${ALPHABETS.base62}`),
  ];
  expect(told).toEqual([
    ['a', ['literal k', 'environment a', ...common]],
    ['bc', ['literal k', 'environment b', 'environment c', ...common]],
  ]);
});

test('entropy is the sum of what is drawn, in bits', () => {
  expect(compileKeyFormat('kh_{random:hex:64}', []).entropyBits).toBe(256);
  expect(compileKeyFormat('{random:base36:32}', []).entropyBits).toBeCloseTo(165.4, 1);
  expect(compileKeyFormat('{random:hex:16}.{random:base64url:16}{checksum}', []).entropyBits).toBe(160);
});

describe('a template is refused, and the message says why,', () => {
  const refusals: readonly [string, string, RegExp][] = [
    ['with less than 128 bits of randomness', 'k_{random:hex:31}', /has 124 bits of randomness.*needs 128/],
    ['without randomness', 'secret', /has 0 bits/],
    ['when empty', '', /has 0 bits/],
    ['with a checksum in place of randomness', '{checksum}', /has 0 bits/],
    ['with an alphabet that does not exist', '{random:base32:32}', /"\{random:base32:32\}".*hex, base36/],
    ['with a name from the prototype as alphabet', '{random:constructor:32}', /a key format knows/],
    ['without an alphabet', '{random}', /a key format knows/],
    ['without a length', '{random:hex}', /a key format knows/],
    ['with a length of four digits', '{random:hex:1000}', /a key format knows/],
    ['with a length of zero', '{random:hex:0}', /a key format knows/],
    ['with a signed length', '{random:hex:+32}', /a key format knows/],
    ['with too much in a placeholder', '{random:hex:32:1}', /a key format knows/],
    ['with an argument where none belongs', '{environment:live}{random:hex:32}', /a key format knows/],
    ['with another word for random', '{any:hex:32}', /a key format knows/],
    ['with a placeholder of masks', '{first:4}{random:hex:32}', /a key format knows/],
    ['with a lone brace', 'a}{random:hex:32}', /"\}" without its counterpart/],
    ['with a brace in a brace', '{random:{hex}:32}', /without its counterpart/],
    ['with a blank', 'my key {random:hex:32}', /"my key ", which cannot stand in a header/],
    ['with a character that is only for padding', '{random:hex:32}==', /cannot stand in a header/],
    ['with a letter outside ASCII', 'clé_{random:hex:32}', /cannot stand in a header/],
    ['with two checksums', '{random:hex:32}{checksum}{checksum}', /more than one \{checksum\}/],
    ['with more than 512 characters', `{random:hex:509}{environment}`, /makes keys of 513 characters/],
  ];
  test.each(refusals)('%s', (_, template, message) => {
    expect(() => compileKeyFormat(template, ['live'])).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: expect.stringMatching(message) }),
    );
  });

  test('with more than 512 characters in the environment with the longest name', () => {
    expect(() => compileKeyFormat('{random:hex:509}{environment}', ['eu', 'live'])).toThrow(
      /makes keys of 513 characters/,
    );
  });

  test('with {environment} in a keyspace that has none', () => {
    expect(() => compileKeyFormat('{environment}_{random:hex:32}', [])).toThrow(
      /no environments; declare them/,
    );
  });

  test('with an environment whose name cannot stand in a key', () => {
    expect(() => compileKeyFormat('{environment}_{random:hex:32}', ['li ve'])).toThrow(/cannot carry/);
  });
});

test('a key of exactly 512 characters and of exactly 128 bits is possible', () => {
  expect(compileKeyFormat('{random:hex:508}{environment}', ['live']).shapes[0]?.positions).toHaveLength(512);
  expect(compileKeyFormat('{random:hex:32}', []).entropyBits).toBe(128);
});
