import type { KeyIdentity } from '../keyhold-verifier.ts';

/** What a route finds of its caller: `request.keyhold`. */
export interface RequestKey extends KeyIdentity {
  /**
   * Aborts when the key stops being accepted while the request is under way: revoked, expired, or no longer for this
   * operation. Hand it to what works for the request; the answer ends by itself.
   */
  readonly signal: AbortSignal;
}

export function endedByKey(): Error {
  return new Error('The key of this request is no longer accepted.');
}
