/**
 * Why a call was refused or could not be carried out, as every caller outside sees it. Closed: the wire contract
 * (`@keyhold/api`) has one problem for each, and a test compares `docs/errors.md` with this list.
 */
export const ERROR_CODES = [
  'invalid_json',
  'unknown_field',
  'validation_failed',
  'invalid_cursor',
  'unsupported_media_type',
  'body_too_large',
  'request_timeout',
  'unauthenticated',
  'login_refused',
  'totp_required',
  'reauthentication_required',
  'too_many_attempts',
  'invalid_request',
  'too_many_header_fields',
  'http_version_not_supported',
  'insufficient_scope',
  'keyspace_not_permitted',
  'grant_exceeds_own',
  'route_not_found',
  'method_not_allowed',
  'keyspace_not_found',
  'organization_not_found',
  'key_not_found',
  'claim_link_not_found',
  'operator_not_found',
  'person_not_found',
  'person_exists',
  'last_owner',
  'console_link_ended',
  'organization_exists',
  'active_key_limit_reached',
  'key_revoked',
  'key_expired',
  'recycle_conflict',
  'claim_link_used',
  'claim_link_ended',
  'claim_passphrase_wrong',
  'keyspace_retired',
  'last_operator',
  'idempotency_key_reused',
  'store_full',
  'store_unavailable',
  'lease_lost',
  'revocation_pending',
  'oidc_unavailable',
  'shutting_down',
  'internal',
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Why the process could not start or a command could not run. Never sent over HTTP. */
export const STARTUP_ERROR_CODES = [
  'settings_invalid',
  'configuration_invalid',
  'configuration_older',
  'data_directory_locked',
  'address_in_use',
  'node_too_old',
  'store_newer',
  'store_corrupt',
  'store_not_writable',
] as const;

/** One of {@link STARTUP_ERROR_CODES}. */
export type StartupErrorCode = (typeof STARTUP_ERROR_CODES)[number];

/** One field of a request that is wrong. `pointer` is a JSON Pointer (RFC 6901) into the body, or `?name` for a query parameter. */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

/** What a {@link KeyholdError} may carry besides its code and message. */
export interface KeyholdErrorOptions {
  readonly cause?: unknown;
  /** The fields at fault, for `validation_failed` and `unknown_field`. */
  readonly fields?: readonly FieldError[];
  /** The change that is committed but not yet confirmed everywhere, for `revocation_pending`. */
  readonly seq?: number;
  /** After which time a repeat may do better, for `too_many_attempts`. */
  readonly retryAfterMs?: number;
}

/**
 * A call that was refused or failed. A denied key is not an error: see {@link Verdict}.
 *
 * `message` says what happened, then what to do, and never contains a presented key. Test `code`, not `instanceof`:
 * two copies of the package may be loaded.
 */
export class KeyholdError extends Error {
  override readonly name = 'KeyholdError';
  readonly code: ErrorCode | StartupErrorCode;
  readonly fields: readonly FieldError[];
  readonly seq: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode | StartupErrorCode, message: string, options: KeyholdErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? [];
    this.seq = options.seq;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Whether `error` is a {@link KeyholdError}, also one of another copy of the package. */
export function isKeyholdError(error: unknown): error is KeyholdError {
  return error instanceof Error && error.name === 'KeyholdError' && 'code' in error;
}
