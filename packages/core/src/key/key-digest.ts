import { hash } from 'node:crypto';

/** SHA-256 of the whole key text: 32 bytes, all that is kept of a key, and what it is looked up by. */
export function digestKey(presentedKey: string): Buffer {
  return hash('sha256', presentedKey, 'buffer');
}
