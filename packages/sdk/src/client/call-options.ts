/** What may be said about one call. */
export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. What the server has begun by then may still happen. */
  readonly signal?: AbortSignal | undefined;
}

/** For calls that create something. */
export interface CreateOptions extends CallOptions {
  /**
   * Makes a repeat of the call safe: with the same value and input it answers as the first did, without the secret. Up to
   * 255 visible ASCII characters.
   */
  readonly idempotencyKey?: string | undefined;
}
