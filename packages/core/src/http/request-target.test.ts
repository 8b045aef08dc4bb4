import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCanonicalPath, readRequestTarget } from './request-target.ts';

/** The same rules, byte by byte and with a real UTF-8 decoder. */
function isCanonicalSlowly(path: string): boolean {
  if (!path.startsWith('/')) return false;
  const segments = path.slice(1).split('/');
  return segments.every((segment, i) => {
    if (segment === '' && i < segments.length - 1) return false;
    if (segment === '.' || segment === '..') return false;
    return isCanonicalSegment(segment);
  });
}

function isCanonicalSegment(segment: string): boolean {
  const bytes: number[] = [];
  for (let i = 0; i < segment.length; i++) {
    const character = segment.charAt(i);
    if (character === '%') {
      const hex = segment.slice(i + 1, i + 3);
      if (!/^[0-9A-F]{2}$/.test(hex)) return false;
      const byte = Number.parseInt(hex, 16);
      if (byte < 0x20 || byte === 0x7f || /[A-Za-z0-9._~/\\-]/.test(String.fromCharCode(byte))) return false;
      bytes.push(byte);
      i += 2;
    } else {
      if (!/[A-Za-z0-9._~!$&'()*+,=:@-]/.test(character)) return false;
      bytes.push(character.charCodeAt(0));
    }
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
    return !/\p{Cc}/u.test(text);
  } catch {
    return false;
  }
}

const escapedByte = fc
  .integer({ min: 0, max: 255 })
  .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`);
const escapedText = fc.string({ unit: 'binary', maxLength: 3 }).map(encodeURIComponentLoosely);
const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('/', '/', 'a', '.', '..', '~', '@', ';', '\\', '%', '%2', '%zz', '%c3'),
  },
  { weight: 2, arbitrary: escapedByte },
  { weight: 3, arbitrary: escapedText },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }) },
);
const paths = fc.array(piece, { maxLength: 10 }).map((pieces) => `/${pieces.join('')}`);

function encodeURIComponentLoosely(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

test('a path is canonical exactly when a slow reading of RFC 3986 and RFC 3629 says so', () => {
  fc.assert(
    fc.property(paths, (path) => {
      expect(isCanonicalPath(path)).toBe(isCanonicalSlowly(path));
    }),
    { numRuns: 20_000 },
  );
});

test('every escaped byte, and every two, agree with the slow reading', () => {
  const hex = (byte: number) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  for (let first = 0; first < 256; first++) {
    expect(isCanonicalPath(`/${hex(first)}`)).toBe(isCanonicalSlowly(`/${hex(first)}`));
    for (let second = 0; second < 256; second++) {
      const path = `/${hex(first)}${hex(second)}`;
      if (isCanonicalPath(path) !== isCanonicalSlowly(path)) expect.fail(path);
    }
  }
});

test('every character that encodeURIComponent escapes passes, but for control characters, / and \\', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      fc.pre(!/[\p{Cc}/\\]/u.test(text) && text !== '.' && text !== '..');
      expect(isCanonicalPath(`/${encodeURIComponent(text)}`)).toBe(true);
    }),
  );
});

test('what passed passes again unchanged, as origin-form and behind an authority', () => {
  fc.assert(
    fc.property(paths, fc.constantFrom('', '?', '?a=b', '??', '?a#'), (path, query) => {
      const target = path + query;
      const read = readRequestTarget(target);
      if (!read.ok) return;
      expect(target).toBe(read.path + (target.includes('?') ? `?${read.query}` : ''));
      expect(readRequestTarget(read.path)).toEqual({ ...read, query: '' });
      expect(readRequestTarget(`http://Host${target}`)).toEqual({ ...read, authority: 'host' });
    }),
    { numRuns: 2_000 },
  );
});

test('a path that passed is one that `new URL` leaves alone', () => {
  fc.assert(
    fc.property(paths, (path) => {
      fc.pre(isCanonicalPath(path));
      expect(new URL(path, 'http://api.example').pathname).toBe(path);
    }),
    { numRuns: 2_000 },
  );
});

describe('a query', () => {
  test.each(['a=b&c=%zz', '[]{}|\\^`"<>', '//../', ''])('%j passes as it is', (query) => {
    expect(readRequestTarget(`/a?${query}`)).toEqual({ ok: true, path: '/a', query, authority: null });
  });
  test.each(['a b', 'a\tb', 'a#b', 'é', '\u0000', '\u007f'])('%j is refused', (query) => {
    expect(readRequestTarget(`/a?${query}`)).toEqual({ ok: false });
  });
});

test('nothing is no path', () => {
  expect(isCanonicalPath('')).toBe(false);
});

test('a long hostile path is read in one pass', () => {
  expect(isCanonicalPath(`/${'a%20'.repeat(50_000)}`)).toBe(true);
  expect(isCanonicalPath(`/${'a%20'.repeat(50_000)}%2f`)).toBe(false);
  expect(isCanonicalPath(`/${'a/'.repeat(50_000)}/`)).toBe(false);
});
