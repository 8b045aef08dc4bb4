/** The life of a key record as stored. Expiry is a time and not a state; a key past it is still one of these. */
export interface KeyLife {
  readonly revoked: boolean;
  readonly disabled: boolean;
  /** Ms since the epoch; null for a key that does not expire. */
  readonly expiresAtMs: number | null;
}

/** What can happen to a key after it was issued. */
export type KeyVerb = 'recycle' | 'revoke' | 'disable' | 'enable' | 'patch';

/** What a verb does to a key. */
export type Transition =
  /** `life` is the state after it. A patch's own new expiry is the caller's to write; the machine only permits it. */
  | { readonly kind: 'apply'; readonly life: KeyLife }
  /** The key is already as asked: nothing is written, and the answer waits for what made it so. */
  | { readonly kind: 'nothing_to_do' }
  | { readonly kind: 'refused'; readonly code: 'key_revoked' | 'key_expired' };

const NOTHING_TO_DO: Transition = { kind: 'nothing_to_do' };

/**
 * Decides what a verb does to a key. Revoked is final; an expired key cannot be recycled but its expiry may be moved;
 * recycling changes neither expiry nor state.
 */
export function transition(life: KeyLife, verb: KeyVerb, nowMs: number): Transition {
  if (life.revoked) return verb === 'revoke' ? NOTHING_TO_DO : { kind: 'refused', code: 'key_revoked' };
  if (verb === 'revoke') return { kind: 'apply', life: { ...life, revoked: true } };
  if (verb === 'disable' || verb === 'enable') {
    const disabled = verb === 'disable';
    return life.disabled === disabled ? NOTHING_TO_DO : { kind: 'apply', life: { ...life, disabled } };
  }
  if (verb === 'recycle' && isExpired(life, nowMs)) return { kind: 'refused', code: 'key_expired' };
  return { kind: 'apply', life };
}

/** Not revoked and not past its expiry; a disabled key is active. This is what the cap counts. */
export function isActive(life: KeyLife, nowMs: number): boolean {
  return !life.revoked && !isExpired(life, nowMs);
}

/** At its very instant of expiry a key is expired. */
function isExpired(life: KeyLife, nowMs: number): boolean {
  return life.expiresAtMs !== null && nowMs >= life.expiresAtMs;
}
