import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readCredential } from './credential.ts';

const bearer = { header: 'authorization', scheme: 'Bearer' };
const token68 = fc.stringMatching(/^[A-Za-z0-9._~+/-]{1,300}={0,2}$/);

test('every token68 is presented as it stands, whatever the case of the scheme and the number of spaces', () => {
  fc.assert(
    fc.property(
      token68,
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('Bearer', 'bearer', 'BEARER', 'bEaReR'),
      (key, spaces, scheme) => {
        const headers = [
          'Host',
          'x',
          'Authorization',
          `${scheme}${' '.repeat(spaces)}${key}`,
          'Accept',
          '*/*',
        ];
        expect(readCredential(bearer, headers)).toEqual({ kind: 'presented', presentedKey: key });
        expect(readCredential({ header: 'x-api-key', scheme: null }, ['X-API-KEY', key])).toEqual({
          kind: 'presented',
          presentedKey: key,
        });
      },
    ),
  );
});

test('no header value, however strange, presents anything but a token68 of at most 512 characters', () => {
  const values = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary' }).map((text) => `Bearer ${text}`),
  );
  fc.assert(
    fc.property(values, (value) => {
      const credential = readCredential(bearer, ['authorization', value]);
      if (credential.kind !== 'presented') return;
      expect(credential.presentedKey).toMatch(/^[A-Za-z0-9._~+/-]{1,512}=*$/);
      expect(value.toLowerCase()).toMatch(/^bearer +\S+$/);
    }),
    { numRuns: 1_000 },
  );
});

/** By the grammar of RFC 9110 §11.4, one alternative a line. */
function readSlowly(value: string): string {
  if (!/^bearer(?:[ \t]|$)/i.test(value)) return 'missing';
  if (/^bearer\t/i.test(value)) return 'invalid_request';
  const token = value.slice('bearer'.length).replace(/^ +/, '');
  if (token.length > 512) return 'malformed';
  if (/^[A-Za-z\d\-._~+/]+=*$/.test(token)) return `presented ${token}`;
  return token.includes('\t') || token.includes(',') ? 'invalid_request' : 'malformed';
}

test('a good header with anything done to its characters is read as its grammar says', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ' ',
      '\t',
      ',',
      '=',
      '"',
      '%',
      'Bearer',
      'bearer ',
      'Basic ',
      'a'.repeat(500),
      '\u0000',
      'é',
    ),
    fc.string({ unit: 'binary', maxLength: 3 }),
  );
  const change = fc.tuple(fc.nat(60), fc.nat(10), piece);
  fc.assert(
    fc.property(token68, fc.array(change, { maxLength: 4 }), (token, changes) => {
      const value = changes.reduce((text, [at, removed, put]) => {
        const start = at % (text.length + 1);
        return text.slice(0, start) + put + text.slice(start + removed);
      }, `Bearer ${token}`);
      const credential = readCredential(bearer, ['Authorization', value]);
      const { kind } = credential;
      expect(kind === 'presented' ? `presented ${credential.presentedKey}` : kind).toBe(readSlowly(value));
    }),
    { numRuns: 5_000 },
  );
});

test('a second line is never overlooked, wherever it stands', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('host', 'accept', 'cookie')),
      fc.nat(),
      fc.nat(),
      (names, first, second) => {
        const lines = names.map((name) => [name, 'v']);
        lines.splice(first % (lines.length + 1), 0, ['Authorization', 'Bearer a']);
        lines.splice(second % (lines.length + 1), 0, ['AUTHORIZATION', 'Bearer a']);
        expect(readCredential(bearer, lines.flat())).toEqual({ kind: 'invalid_request' });
      },
    ),
  );
});
