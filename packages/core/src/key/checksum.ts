import { crc32 } from 'node:zlib';
import { ALPHABETS } from './alphabet.ts';

const DIGITS = ALPHABETS.base62;

/** 62^6 is the first power above 2^32, so six digits always hold a CRC-32. */
export const CHECKSUM_LENGTH = 6;

/** What the first of the six digits can be: 2^32 - 1 is `4gfFC3` in base62. */
export const FIRST_CHECKSUM_DIGITS = DIGITS.slice(0, 5);

/**
 * The checksum of a key: CRC-32 (the one of zip and PNG, ISO 3309) over the ASCII text before it, written as six
 * base62 digits (`0-9A-Za-z`, most significant first, padded with `0`).
 *
 * It finds typing errors and lets scanners tell keys from noise; it proves nothing, anyone can compute it.
 */
export function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = DIGITS.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
