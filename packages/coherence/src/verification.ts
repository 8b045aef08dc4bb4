import type { ClientAddress, KeyId, Keyspace, OperatorId, Reason } from '@keyhold/core';

/** What a verifying face asks. */
export interface VerifyQuestion {
  /** Null: whichever keyspace the key is of (only the trusted caller of `/v1/verify` may ask so). */
  readonly keyspace: Keyspace | null;
  /** The operation attempted; null: none in particular. Ignored by keyspaces without scopes. */
  readonly operation: { readonly method: string; readonly path: string } | null;
  /** Scopes the key must hold, all of them; null: none in particular. */
  readonly scopes: readonly string[] | null;
  /** Null: not known; keys with `allowedCidrs` are then denied. */
  readonly address: ClientAddress | null;
}

/**
 * The key behind an accepted verdict. Its parts are decoded from the arenas on first use, so read what you need in the
 * tick of the verdict: `name`, `scopes` and `expiresAtMs` may be those of a later change afterwards.
 */
export interface VerifiedKey {
  readonly id: KeyId;
  readonly number: number;
  readonly keyspace: Keyspace;
  readonly organization: string;
  readonly environment: string | null;
  readonly scopes: readonly string[];
  readonly name: string;
  readonly expiresAtMs: number | null;
  readonly generation: number;
  /** Only for keys of the keyspace `keyhold`. */
  readonly operator: { readonly id: OperatorId; readonly keyspaces: readonly string[] | null } | null;
}

export type Verdict =
  | { readonly accepted: true; readonly key: VerifiedKey; readonly subject: Subject }
  /**
   * `key` is the record a denial is about, for usage and the audit only; null when there is none. `openingScopes` are the
   * scopes that would open the operation, for `insufficient_scope`.
   */
  | {
      readonly accepted: false;
      readonly reason: Reason;
      readonly key: VerifiedKey | null;
      readonly openingScopes: readonly string[];
    };

/** Which secret was accepted and what was asked, so that the same question can be put again after a change. Opaque. */
export interface Subject {
  readonly secretIndex: number;
  readonly question: VerifyQuestion;
}

/** Verification as every face uses it: one synchronous call, from memory. */
export interface Verifier {
  /** The keyspaces of the applied configuration. Look one up on each use: a change of configuration replaces it. */
  keyspace(id: string): Keyspace | undefined;
  /**
   * Decides whether a presented key may be used now, for what is asked.
   *
   * @param presentedKey full key text as received, or null when none was presented (reason `missing`). Never stored or
   *   logged; more than 512 characters is `malformed` unread.
   * @throws {KeyholdError} `lease_lost` when this process may not answer; the caller fails closed with 503.
   */
  verify(presentedKey: string | null, question: VerifyQuestion): Verdict;
  /**
   * Whether this process may answer now: reads the lease's clocks. Asked before each byte of what goes on after a verdict;
   * without a lease the bytes have to wait, since the end of the key may not have reached this process.
   */
  mayAnswer(): boolean;
  /**
   * Puts work that goes on after a verdict under the key it was accepted for: the moment the key is no longer accepted
   * (any change, its expiry, the end of a grace), `flight.end` is called, once, and a write that caused it returns only
   * after `end` has. Call it in the tick of the verdict.
   */
  admit(subject: Subject, flight: Flight): AdmittedFlight;
}

export interface Flight {
  /**
   * Stops the work. When the returned promise resolves, no further byte of it reaches the upstream or the client. A
   * rejection is logged and counts as ended.
   */
  end(reason: Reason, openingScopes: readonly string[]): void | Promise<void>;
}

export interface AdmittedFlight {
  /** The work is over; `end` will not be called any more. Calling it twice does nothing. */
  done(): void;
}
