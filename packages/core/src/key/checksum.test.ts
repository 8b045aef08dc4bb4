import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { checksumOf, FIRST_CHECKSUM_DIGITS, hasChecksumAt } from './checksum.ts';
import { toKeyBytes } from './key-bytes.ts';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const hasChecksum = (text: string, start: number) => hasChecksumAt(toKeyBytes(text)!, start);
const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 200 });

test('a checksum is the CRC-32 of zip, in base62', () => {
  fc.assert(
    fc.property(ascii, (text) => {
      const value = Array.from(checksumOf(text)).reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0);
      expect(checksumOf(text)).toHaveLength(6);
      expect(FIRST_CHECKSUM_DIGITS).toContain(checksumOf(text)[0]);
      expect(value).toBe(crc32(text));
    }),
  );
});

test('a checksum is found where it stands, and one wrong character in it or before it is noticed', () => {
  fc.assert(
    fc.property(ascii, fc.nat(), fc.constantFrom(...Array.from(digits)), (text, at, digit) => {
      const key = text + checksumOf(text);
      expect(hasChecksum(`${key}rest`, text.length)).toBe(true);
      const i = at % key.length;
      fc.pre(key[i] !== digit);
      const mistyped = key.slice(0, i) + digit + key.slice(i + 1);
      expect(hasChecksum(mistyped, text.length)).toBe(false);
    }),
  );
});

test('every bit of the CRC counts', () => {
  const write = (value: number) =>
    Array.from({ length: 6 }, (_, i) => digits[Math.floor(value / 62 ** (5 - i)) % 62]).join('');
  const text = 'kh_live_';
  expect(hasChecksum(text + write(crc32(text)), text.length)).toBe(true);
  for (let bit = 0; bit < 32; bit++) {
    expect(hasChecksum(text + write((crc32(text) ^ (1 << bit)) >>> 0), text.length)).toBe(false);
  }
  expect(hasChecksum(text + write(crc32(text) + 2 ** 32), text.length)).toBe(false);
});
