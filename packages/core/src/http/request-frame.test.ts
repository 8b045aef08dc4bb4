import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findFrameFault } from './request-frame.ts';

function fault(version: string, ...headers: readonly (readonly [string, string])[]): string | null {
  const [httpVersionMajor = 0, httpVersionMinor = 0] = version.split('.').map(Number);
  return findFrameFault({ httpVersionMajor, httpVersionMinor, rawHeaders: headers.flat() });
}

const host = ['Host', 'api.example.com'] as const;

test.each(['0.9', '1.2', '1.9', '2.0', '3.0'])('HTTP/%s is not spoken', (version) => {
  expect(fault(version, host)).toBe('http_version_not_supported');
});

test('100 fields pass and one more does not', () => {
  const fields = Array.from({ length: 99 }, (_, i) => [`X-${i}`, '1'] as const);
  expect(fault('1.1', host, ...fields)).toBeNull();
  expect(fault('1.1', host, ...fields, ['X', '1'])).toBe('too_many_header_fields');
});

describe('a host', () => {
  test.each([
    'localhost',
    'API.example.com:8443',
    '127.0.0.1:1',
    '[::1]',
    '[2001:db8::1]:443',
    'key_hold',
    'a.example.',
  ])('%s passes', (value) => {
    expect(fault('1.1', ['HOST', value])).toBeNull();
  });

  test.each([
    '',
    'a b',
    'a,b',
    'user@a',
    'a/b',
    'a?b',
    'a#b',
    'a:',
    'a:b',
    'a:999999',
    '::1',
    '[::1',
    'a\\b',
    'é',
    'http://a',
  ])('%j is refused', (value) => {
    expect(fault('1.1', ['Host', value])).toBe('invalid_request');
  });

  test('has to be there in HTTP/1.1, and not before', () => {
    expect(fault('1.1', ['Accept', '*/*'])).toBe('invalid_request');
    expect(fault('1.0', ['Accept', '*/*'])).toBeNull();
    expect(fault('1.0', ['Host', 'a/b'])).toBe('invalid_request');
  });

  test('that stands twice is refused, the same or another, wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('Accept', 'Cookie', 'From', 'Date')),
        fc.nat(),
        fc.nat(),
        fc.constantFrom('a', 'b'),
        (names, first, second, value) => {
          const lines: (readonly [string, string])[] = names.map((name) => [name, 'v']);
          lines.splice(first % (lines.length + 1), 0, ['Host', 'a']);
          expect(fault('1.1', ...lines)).toBeNull();
          lines.splice(second % (lines.length + 1), 0, ['hOST', value]);
          expect(fault('1.1', ...lines)).toBe('invalid_request');
        },
      ),
    );
  });
});

test('a field is not taken for another of the same length', () => {
  expect(fault('1.1', host, ['Accept-Charset', '0, utf-8'])).toBeNull();
  expect(fault('1.1', host, ['If-Modified-Since', 'Sat, 02 May 2026 10:00:00 GMT'])).toBeNull();
});

describe('a body', () => {
  test.each(['chunked', 'Chunked', 'CHUNKED'])('in the coding %s passes', (value) => {
    expect(fault('1.1', host, ['Transfer-Encoding', value])).toBeNull();
  });

  test.each([
    '',
    'gzip',
    'gzip, chunked',
    'chunked, identity',
    ',chunked',
    'chunked;a=b',
    '"chunked"',
    'xchunked',
  ])('in the coding %j is refused', (value) => {
    expect(fault('1.1', host, ['transfer-encoding', value])).toBe('invalid_request');
  });

  test('in a transfer coding is refused in HTTP/1.0', () => {
    expect(fault('1.0', host, ['Transfer-Encoding', 'chunked'])).toBe('invalid_request');
  });

  test('has one spelling of its length', () => {
    for (const value of ['0', '5', '1000']) expect(fault('1.1', host, ['Content-Length', value])).toBeNull();
    for (const value of ['00', '05', '0005'])
      expect(fault('1.1', host, ['CONTENT-LENGTH', value])).toBe('invalid_request');
  });
});
