/**
 * Time, as everything in Keyhold receives it: through a parameter, never from a global.
 *
 * The production clock is made in the composition root; tests pass one they move by hand.
 */
export interface Clock {
  /** Wall time in whole milliseconds since 1970-01-01T00:00:00Z. May step in either direction. */
  nowMs(): number;
  /** Milliseconds on a clock that never steps back. Only differences mean anything. */
  monotonicMs(): number;
  /**
   * Calls `run` once, no sooner than `delayMs` from now (0 or less: on a later turn of the event loop).
   * Any finite delay is allowed; one longer than a platform timer can hold is cut into pieces.
   *
   * @returns a function that cancels the call; cancelling late or twice does nothing.
   */
  setTimer(delayMs: number, run: () => void): () => void;
}

/** Returns `length` bytes from a cryptographically secure source; tests pass a seeded one. */
export type RandomBytes = (length: number) => Uint8Array;
