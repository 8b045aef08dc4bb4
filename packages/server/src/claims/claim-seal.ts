import { createCipheriv, createDecipheriv, createHash, hkdf, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import type { RandomBytes } from '@keyhold/core';

const toScrypt = promisify<string, Uint8Array, number, object, Buffer>(scrypt);
const toHkdf = promisify(hkdf);

/** OWASP's smallest choice of scrypt parameters with N = 2^15; 32 MiB and about 100 ms. */
const SCRYPT = { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 2 ** 20 };
const SECRET_BYTES = 32;
const SALT_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A key that can be read again with what is not kept. */
export interface SealedKey {
  /** Stands in the link and nowhere else; 43 characters of base64url. */
  readonly secret: string;
  /** Salt, IV, tag and ciphertext, base64url. */
  readonly sealed: string;
}

/**
 * Encrypts a key text (AES-256-GCM) with a secret made for it, and with a passphrase where there is one.
 *
 * @param passphrase null: none.
 */
export async function sealKey(
  presentedKey: string,
  passphrase: string | null,
  randomBytes: RandomBytes,
): Promise<SealedKey> {
  const secret = Buffer.from(randomBytes(SECRET_BYTES)).toString('base64url');
  const salt = Buffer.from(randomBytes(SALT_BYTES));
  const iv = Buffer.from(randomBytes(IV_BYTES));
  const cipher = createCipheriv('aes-256-gcm', await deriveKey(secret, passphrase, salt), iv);
  const ciphertext = Buffer.concat([cipher.update(presentedKey, 'utf8'), cipher.final()]);
  return {
    secret,
    sealed: Buffer.concat([salt, iv, cipher.getAuthTag(), ciphertext]).toString('base64url'),
  };
}

/** @returns the key text; null when the secret or the passphrase is not the one it was sealed with. */
export async function openSeal(
  { secret, sealed }: SealedKey,
  passphrase: string | null,
): Promise<string | null> {
  const bytes = Buffer.from(sealed, 'base64url');
  const salt = bytes.subarray(0, SALT_BYTES);
  const iv = bytes.subarray(SALT_BYTES, SALT_BYTES + IV_BYTES);
  const tag = bytes.subarray(SALT_BYTES + IV_BYTES, SALT_BYTES + IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', await deriveKey(secret, passphrase, salt), iv);
  decipher.setAuthTag(tag);
  const text = decipher.update(bytes.subarray(SALT_BYTES + IV_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    // The tag does not fit: another secret or passphrase.
    return null;
  }
}

/** By which a genuine link is known before and after its seal is gone, lower-case hex. */
export function digestLinkSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** The secret is random enough for a plain derivation; a passphrase is not. */
async function deriveKey(secret: string, passphrase: string | null, salt: Uint8Array): Promise<Buffer> {
  const stretched =
    passphrase === null ? salt : await toScrypt(passphrase.normalize('NFC'), salt, SECRET_BYTES, SCRYPT);
  const key = await toHkdf(
    'sha256',
    Buffer.from(secret, 'base64url'),
    stretched,
    'keyhold claim link',
    SECRET_BYTES,
  );
  return Buffer.from(key);
}
