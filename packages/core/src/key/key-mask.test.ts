import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { environmentLists, keyTemplates } from '../../test/_arbitraries.ts';
import { createSeededRandom } from '../testing.ts';
import { compileKeyFormat } from './key-format.ts';
import { bareKeyMask, compileKeyMask, defaultKeyMask, type KeyMask } from './key-mask.ts';

const masks = fc
  .record({
    first: fc.integer({ min: 0, max: 20 }),
    last: fc.integer({ min: 0, max: 20 }),
    literal: fc.stringMatching(/^[*.…x-]{1,5}$/),
    environment: fc.constantFrom('', '{environment}'),
  })
  .map(({ first, last, literal, environment }) => ({
    first,
    last,
    template: `${first > 0 ? `{first:${first}}` : ''}${environment}${literal}${last > 0 ? `{last:${last}}` : ''}`,
  }));

test('a mask tells nothing but the first and last characters it says, whatever the key', () => {
  fc.assert(
    fc.property(
      keyTemplates,
      environmentLists,
      masks,
      fc.integer(),
      fc.integer(),
      (template, environments, { first, last, template: maskTemplate }, seed, otherSeed) => {
        const environment = environments[0]!;
        const format = compileKeyFormat(template, environments);
        const mask = compileIfAllowed(() => compileKeyMask(maskTemplate, format, environments));
        if (mask === null) return;
        const key = format.mint(environment, createSeededRandom(seed));
        const other = format.mint(environment, createSeededRandom(otherSeed));
        const sameEnds =
          key.slice(0, first) + other.slice(first, other.length - last) + key.slice(key.length - last);
        expect(mask.mask(sameEnds, environment)).toBe(mask.mask(key, environment));
        expect(mask.mask(key, environment)).toContain(key.slice(0, first));
        expect(mask.mask(key, environment).length).toBeLessThanOrEqual(first + last + 5 + environment.length);
      },
    ),
  );
});

test('what a mask leaves hidden is worth 112 bits at least', () => {
  fc.assert(
    fc.property(fc.integer({ min: 32, max: 60 }), fc.nat(40), fc.nat(40), (length, first, last) => {
      fc.pre(first + last > 0);
      const format = compileKeyFormat(`{random:hex:${length}}`, []);
      const template = `${first > 0 ? `{first:${first}}` : ''}…${last > 0 ? `{last:${last}}` : ''}`;
      const compile = () => compileKeyMask(template, format, []);
      if ((length - first - last) * 4 >= 112) expect(compile().template).toBe(template);
      else expect(compile).toThrow(/show fewer/);
    }),
  );
});

/** A mask that shows too much of this key is refused, which another test is about. */
function compileIfAllowed(compile: () => KeyMask): KeyMask | null {
  try {
    return compile();
  } catch {
    return null;
  }
}

describe('the masks of the three documents', () => {
  test('eSMS Africa', () => {
    const format = compileKeyFormat('esms_{environment}_{random:base36:32}', ['live', 'test']);
    const mask = compileKeyMask('esms_{environment}_****{last:4}', format, ['live', 'test']);
    expect(mask.mask('esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6', 'live')).toBe('esms_live_****o5p6');
  });
  test('LocalLeads', () => {
    const mask = compileKeyMask('{first:13}…', compileKeyFormat('ll_{random:hex:64}', []), []);
    expect(mask.mask(`ll_a1b2c3d4e5${'f'.repeat(54)}`, null)).toBe('ll_a1b2c3d4e5…');
  });
  test('Local eSIM, whose keys carry no environment in their text', () => {
    const format = compileKeyFormat('{random:base64url:32}', ['production', 'test']);
    const mask = compileKeyMask('{environment}:{first:4}…', format, ['production', 'test']);
    expect(mask.mask(`abcd${'x'.repeat(28)}`, 'test')).toBe('test:abcd…');
    expect(() => mask.mask('abcd', null)).toThrow(
      new TypeError('This mask shows the environment; pass the one of the key.'),
    );
  });
});

describe('a mask is refused', () => {
  const format = compileKeyFormat('k_{random:hex:32}{checksum}', []);
  const refusals: readonly [string, string, RegExp][] = [
    [
      'that shows too much at the front',
      '{first:7}…',
      /shows 20 of the 128 random bits.*112 must stay hidden/,
    ],
    ['that shows a checksum as good as random', '…{last:4}', /shows 24 of the 128/],
    ['that shows the whole key', '{first:20}{last:20}', /shows all 40 characters/],
    ['with a count of zero', '{first:0}…', /a mask knows/],
    ['without a count', '{last}', /a mask knows/],
    ['with two counts', '{first:4:4}…', /a mask knows/],
    ['with another word for first', '{front:4}…', /a mask knows/],
    ['with a placeholder of formats', '{random:hex:4}', /a mask knows/],
    ['with an environment where there is none', '{environment}…', /no environments/],
    ['that is empty', '', /is empty/],
    ['with a character that reverses text', 'k\u202e…', /cannot be seen/],
    ['with a lone brace', 'k{…', /without its counterpart/],
  ];
  test.each(refusals)('%s', (_, template, message) => {
    expect(() => compileKeyMask(template, format, [])).toThrow(
      expect.objectContaining({ code: 'configuration_invalid', message: expect.stringMatching(message) }),
    );
  });
});

test.each([
  ['kh_{environment}_{random:base62:43}{checksum}', 'kh_{environment}_****'],
  ['k{random:hex:64}', 'k****'],
  ['{random:hex:64}', '****'],
  ['secret', 'secret****'],
])('the masks made for %s begin as it does', (format, beginning) => {
  expect(bareKeyMask(format)).toBe(beginning);
  expect(defaultKeyMask(format)).toBe(`${beginning}{last:4}`);
});

test('a prefix costs nothing: literals in front of the random part are no secret', () => {
  const format = compileKeyFormat('k_{random:hex:32}', []);
  expect(compileKeyMask('{first:6}…', format, []).template).toBe('{first:6}…');
});
