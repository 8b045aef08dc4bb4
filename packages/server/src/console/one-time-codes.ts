import { createHash } from 'node:crypto';
import type { RandomBytes } from '@keyhold/core';
import { Secret, TOTP } from 'otpauth';

const ISSUER = 'Keyhold';
const SECRET_BYTES = 20;
const PERIOD_SECONDS = 30;
/** Clocks of phones are off by as much. */
const WINDOW_STEPS = 1;
const RECOVERY_CODES = 10;
/** 120 bits, so that a plain digest keeps them (OWASP ASVS 6.5.2). */
const RECOVERY_BYTES = 15;

/** Base32, as apps take it. */
export function createTotpSecret(randomBytes: RandomBytes): string {
  return toBase32(randomBytes(SECRET_BYTES));
}

/** What stands in the QR code. */
export function toOtpauthUrl(secret: string, email: string): string {
  return createTotp(secret, email).toString();
}

/** The step that a code is of, so that it can be taken once; null: it is not one of the moment. */
export function findTotpStep(secret: string, code: string, nowMs: number): number | null {
  const delta = createTotp(secret, '').validate({ token: code, timestamp: nowMs, window: WINDOW_STEPS });
  return delta === null ? null : Math.floor(nowMs / 1_000 / PERIOD_SECONDS) + delta;
}

/** Says whether a text is to be read as a code of the app; everything else is a recovery code. */
export function isTotpCode(text: string): boolean {
  return /^\d{6}$/.test(text);
}

/** Blanks between digits are how apps show them. */
export function normalizeCode(text: string): string {
  return text.replaceAll(/[\s-]/g, '').toLowerCase();
}

/** Ten codes for whoever loses the phone, and by what each is known. */
export function createRecoveryCodes(randomBytes: RandomBytes): {
  readonly codes: readonly string[];
  readonly digests: readonly string[];
} {
  const codes = Array.from({ length: RECOVERY_CODES }, () => {
    const text = toBase32(randomBytes(RECOVERY_BYTES)).toLowerCase();
    return (text.match(/.{6}/g) ?? []).join('-');
  });
  return { codes, digests: codes.map(digestRecoveryCode) };
}

export function digestRecoveryCode(code: string): string {
  return createHash('sha256').update(normalizeCode(code)).digest('hex');
}

function toBase32(bytes: Uint8Array): string {
  return new Secret({ buffer: Uint8Array.from(bytes).buffer }).base32;
}

function createTotp(secret: string, label: string): TOTP {
  return new TOTP({ issuer: ISSUER, label, secret: Secret.fromBase32(secret), period: PERIOD_SECONDS });
}
