import { ALPHABETS } from './alphabet.ts';

const DIGITS = ALPHABETS.base62;

/** 62^6 is the first power of 62 above 2^32, so six digits always hold a CRC-32. */
export const CHECKSUM_LENGTH = 6;

/** What the first of the six digits can be: 2^32 - 1 is `4gfFC3`. */
export const FIRST_CHECKSUM_DIGITS = DIGITS.slice(0, 5);

/**
 * The checksum of a key: CRC-32 (that of zip and PNG) over the ASCII text before it, written as six base62 digits
 * (`0-9A-Za-z`, the most significant first, padded with `0`).
 *
 * It finds typing errors and lets scanners tell keys from noise. It proves nothing: anyone can compute it.
 */
export function checksumOf(text: string): string {
  let rest = crc32(text, text.length);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = DIGITS.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** Whether the six base62 digits of `text` from `start` on are the checksum of what stands before them. */
export function hasChecksumAt(text: string, start: number): boolean {
  let value = 0;
  for (let i = start; i < start + CHECKSUM_LENGTH; i++)
    value = value * 62 + DIGIT_VALUES[text.charCodeAt(i)]!;
  return value === crc32(text, start);
}

const DIGIT_VALUES = new Uint8Array(128);
for (const [value, digit] of Array.from(DIGITS).entries()) DIGIT_VALUES[digit.charCodeAt(0)] = value;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  return remainder;
});

/**
 * CRC-32 of the first `end` characters, which are ASCII. Here instead of `node:zlib`'s because it reads the text where
 * it stands: a slice and a call out of JavaScript for each key cost more than these few bytes.
 */
function crc32(text: string, end: number): number {
  let remainder = -1;
  for (let i = 0; i < end; i++) {
    remainder = TABLE[(remainder ^ text.charCodeAt(i)) & 0xff]! ^ (remainder >>> 8);
  }
  return ~remainder >>> 0;
}
