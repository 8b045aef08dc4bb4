import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkName, isEnvironmentName, isKeyspaceId, isOrganizationId, isScopeName } from './names.ts';

describe('a name passes', () => {
  test.each([
    ['Production server', 'Production server'],
    ['  Production server\u00a0', 'Production server'],
    ['Cafe\u0301', 'Caf\u00e9'],
    ['日本語の鍵', '日本語の鍵'],
    ['שרת \u200f(בדיקה)', 'שרת \u200f(בדיקה)'],
    ['👩‍👩‍👧 family 🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👩‍👩‍👧 family 🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
    ["'; DROP TABLE key; --", "'; DROP TABLE key; --"],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    ['=cmd()', '=cmd()'],
    ['x'.repeat(100), 'x'.repeat(100)],
    ['🔑'.repeat(100), '🔑'.repeat(100)],
    ['e\u0301'.repeat(100), '\u00e9'.repeat(100)],
    [`a${' '.repeat(999)}`, 'a'],
  ])('%j', (text, name) => {
    expect(checkName(text)).toEqual({ ok: true, name });
  });
});

describe('a name is refused', () => {
  test.each([
    ['when empty', '', /no visible character/],
    ['when blank', ' \u00a0\u3000', /no visible character/],
    ['when of zero width only', '\u200b\u200d\ufeff\u2060', /no visible character/],
    ['when a filler only', '\u3164', /no visible character/],
    ['with a line feed', 'a\nb', /control character/],
    ['with NUL', 'a\u0000', /control character/],
    ['with DEL', 'a\u007f', /control character/],
    ['with a C1 control', 'a\u0085b', /control character/],
    ['with a line separator', 'a\u2028b', /control character/],
    ['with a bidirectional override', 'a\u202eb', /reverses the text/],
    ['with a bidirectional isolate', 'a\u2066b', /reverses the text/],
    ['with half a surrogate pair', 'a\ud83d', /surrogate/],
    ['of 101 characters', 'x'.repeat(101), /longer than 100 characters/],
    ['of 1,001 characters, blanks at its end included', `a${' '.repeat(1_000)}`, /longer than 100/],
    ['of 10,000 characters', 'x'.repeat(10_000), /longer than 100 characters/],
    ['with characters that pile up', `a${'\u0301'.repeat(500)}`, /longer than 100 characters/],
  ])('%s', (_, text, message) => {
    expect(checkName(text)).toEqual({ ok: false, message: expect.stringMatching(message) });
  });
});

test('a name that passed passes again unchanged, within its limits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => {
      const checked = checkName(text);
      if (!checked.ok) return;
      expect(checkName(checked.name)).toEqual(checked);
      expect(Array.from(checked.name).length).toBeLessThanOrEqual(100);
      expect(Buffer.byteLength(checked.name)).toBeLessThanOrEqual(400);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  [
    isOrganizationId,
    ['acme', 'A.b_c:d-9', '-', 'x'.repeat(64)],
    ['', 'a b', 'é', 'a/b', 'x'.repeat(65), 'a\n'],
  ],
  [isKeyspaceId, ['esms-africa', '9', 'a_b'], ['', '-a', 'A', 'a.b', 'x'.repeat(65), 'a\n']],
  [isEnvironmentName, ['live', 'EU-1', 'a_b'], ['', '_a', 'li ve', 'é', 'x'.repeat(33), 'a\n']],
  [isScopeName, ['send', 'keys:read', 'a/b.c-d_e'], ['', 'a b', 'a,b', '*', ':a', 'x'.repeat(65), 'a\n']],
])('%o tells names from other texts', (isName, names, others) => {
  for (const name of names) expect(isName(name), name).toBe(true);
  for (const other of others) expect(isName(other), other).toBe(false);
});
