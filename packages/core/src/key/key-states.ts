/** The life of a key record as stored. Expiry is a time and not a state; a key past it is still one of these. */
export interface KeyLife {
  readonly revoked: boolean;
  readonly disabled: boolean;
  /** Ms since the epoch; null for a key that does not expire. */
  readonly expiresAtMs: number | null;
}
