import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { RandomBytes } from '@keyhold/core';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Texts that a browser keeps for us and can neither read nor change (AES-256-GCM). */
export interface SealedText {
  seal(text: string): string;
  /** Null: it was not sealed here. */
  open(sealed: string): string | null;
}

/** @param purpose keeps the texts of one purpose from being taken for those of another. */
export function createSealedText(secret: Uint8Array, purpose: string, randomBytes: RandomBytes): SealedText {
  const key = Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
  return {
    seal(text) {
      const iv = Buffer.from(randomBytes(IV_BYTES));
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64url');
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, 'base64url');
      if (bytes.length < IV_BYTES + TAG_BYTES) return null;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const text = decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        // The tag does not fit.
        return null;
      }
    },
  };
}
