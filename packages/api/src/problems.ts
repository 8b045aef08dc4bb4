/** What a problem answer (RFC 9457) says for one code: its status, its title, and what the caller can do about it. */
export interface ProblemDescription {
  readonly status: number;
  readonly title: string;
  /** One sentence for the person who reads the answer; the `detail` of an answer says more where there is more to say. */
  readonly whatToDo: string;
}

/**
 * Every problem code of the management API and the verification endpoints. Codes are stable: one may be added in a minor
 * release, none is renamed.
 */
export const PROBLEMS = {
  invalid_json: {
    status: 400,
    title: 'The body is not the JSON that is expected',
    whatToDo:
      'Send one JSON object in UTF-8 without a byte order mark, duplicate names or more than 16 levels.',
  },
  unknown_field: {
    status: 400,
    title: 'The request has a field that this call does not know',
    whatToDo: 'Remove or correct the fields that "errors" points at.',
  },
  validation_failed: {
    status: 422,
    title: 'The request has a value that cannot be accepted',
    whatToDo: 'Correct the fields that "errors" points at; each message says how.',
  },
  invalid_cursor: {
    status: 400,
    title: 'The cursor is not one that this list gave',
    whatToDo: 'Send "next_cursor" as it was answered, with the same filters, or leave it out to begin again.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has a media type that this call does not read',
    whatToDo: 'Send the Content-Type that the call documents, without a Content-Encoding.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    whatToDo: 'Send a smaller body; the call documents its limit.',
  },
  request_timeout: {
    status: 408,
    title: 'The request did not arrive in time',
    whatToDo: 'Send the whole request again.',
  },
  unauthenticated: {
    status: 401,
    title: 'The request carries no good credential',
    whatToDo: 'Send "Authorization: Bearer" with a token that is good now.',
  },
  login_refused: {
    status: 401,
    title: 'E-mail, password or code are not right',
    whatToDo: 'Try again; an owner can send a new invitation to somebody who has lost theirs.',
  },
  totp_required: {
    status: 401,
    title: 'A one-time code is needed as well',
    whatToDo: 'Send "totp" too: the code that the app shows now, or a recovery code.',
  },
  reauthentication_required: {
    status: 403,
    title: 'This call needs a person who has proved lately who they are',
    whatToDo: 'Call POST /v1/console/reauthenticate, then repeat the call.',
  },
  too_many_attempts: {
    status: 429,
    title: 'There were too many attempts',
    whatToDo: 'Try again after Retry-After.',
  },
  invalid_request: {
    status: 400,
    title: 'The request is malformed',
    whatToDo: 'Correct the part of the request that "detail" or "errors" names.',
  },
  too_many_header_fields: {
    status: 431,
    title: 'The request has more or longer header fields than are read',
    whatToDo: 'Send at most 100 header fields and 16 kB of them.',
  },
  http_version_not_supported: {
    status: 505,
    title: 'The request is in a version of HTTP that is not spoken here',
    whatToDo: 'Send HTTP/1.1.',
  },
  insufficient_scope: {
    status: 403,
    title: 'The token does not have the scope that this call needs',
    whatToDo: 'Use a token with the scope that the WWW-Authenticate header names.',
  },
  keyspace_not_permitted: {
    status: 403,
    title: 'The token is limited to other keyspaces',
    whatToDo: 'Use a token that may touch this keyspace, or one that is not limited.',
  },
  grant_exceeds_own: {
    status: 403,
    title: 'Nobody grants more than they hold',
    whatToDo: 'Ask for scopes and keyspaces that your own token has.',
  },
  route_not_found: {
    status: 404,
    title: 'There is nothing at this address',
    whatToDo: 'Compare the path with /openapi.json; paths are exact, without a slash at the end.',
  },
  method_not_allowed: {
    status: 405,
    title: 'This address does not answer to this method',
    whatToDo: 'Use one of the methods in the Allow header.',
  },
  keyspace_not_found: {
    status: 404,
    title: 'There is no such keyspace',
    whatToDo: 'Use the id of a keyspace that the configuration declares.',
  },
  organization_not_found: {
    status: 404,
    title: 'There is no such organization',
    whatToDo: 'Create it first, or correct its id; ids are compared byte for byte.',
  },
  key_not_found: {
    status: 404,
    title: 'There is no such key',
    whatToDo: 'Correct the id, or use a token that may see the key.',
  },
  claim_link_not_found: {
    status: 404,
    title: 'There is no such link',
    whatToDo: 'Follow the whole link as it was sent; what stands behind its # is part of it.',
  },
  operator_not_found: {
    status: 404,
    title: 'There is no such operator',
    whatToDo: 'Correct the id; GET /v1/operators lists them.',
  },
  person_not_found: {
    status: 404,
    title: 'There is no such person',
    whatToDo: 'Correct the id; GET /v1/people lists them.',
  },
  person_exists: {
    status: 409,
    title: 'There is a person with this e-mail address already',
    whatToDo: 'Change the one that is there, or send them a new invitation.',
  },
  last_owner: {
    status: 409,
    title: 'This is the last owner who can log in',
    whatToDo: 'Make somebody else an owner first.',
  },
  console_link_ended: {
    status: 410,
    title: 'The link is over',
    whatToDo: 'Ask an owner for a new invitation, or print a new link with keyhold people setup-link.',
  },
  organization_exists: {
    status: 409,
    title: 'There is an organization with this id already',
    whatToDo: 'Use the one that is there, or another id.',
  },
  active_key_limit_reached: {
    status: 409,
    title: 'The organization has as many active keys as the keyspace allows',
    whatToDo: 'Revoke a key that is not needed any more, then repeat the call.',
  },
  key_revoked: {
    status: 409,
    title: 'The key is revoked, and that is final',
    whatToDo: 'Issue a new key.',
  },
  key_expired: {
    status: 409,
    title: 'The key has expired',
    whatToDo: 'Give it a later "expires_at" first, or issue a new key.',
  },
  recycle_conflict: {
    status: 409,
    title: 'The key was recycled by another call meanwhile',
    whatToDo: 'Read the key again; recycle it once more only if nobody has its newest secret.',
  },
  claim_link_used: {
    status: 410,
    title: 'The key was claimed with this link before',
    whatToDo: 'If it was not you, say so to whoever sent the link: they recycle the key.',
  },
  claim_link_ended: {
    status: 410,
    title: 'The link is over, and its key was not claimed',
    whatToDo: 'Ask whoever sent the link for another one.',
  },
  claim_passphrase_wrong: {
    status: 403,
    title: 'The link needs another passphrase',
    whatToDo:
      'Send the passphrase that came with the link by another way. The tenth wrong one ends the link.',
  },
  keyspace_retired: {
    status: 409,
    title: 'The keyspace is retired',
    whatToDo: 'Use another keyspace; a retired one issues nothing and accepts no key.',
  },
  last_operator: {
    status: 409,
    title: 'This is the last token that can manage operators',
    whatToDo: 'Create another token with the scope operators:write first.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'This Idempotency-Key was used for a different request',
    whatToDo: 'Use a new Idempotency-Key for a new request.',
  },
  store_full: {
    status: 507,
    title: 'There is no room to write',
    whatToDo: 'Nothing was written. Free space where the database lies, then repeat the call.',
  },
  store_unavailable: {
    status: 503,
    title: 'The store did not answer',
    whatToDo: 'Repeat the call after Retry-After; with the same Idempotency-Key a create happens once.',
  },
  lease_lost: {
    status: 503,
    title: 'This node may not answer at the moment',
    whatToDo: 'Repeat the call after Retry-After; nothing was decided.',
  },
  revocation_pending: {
    status: 503,
    title: 'The change is stored and not yet confirmed everywhere',
    whatToDo: 'Repeat the call: it waits for the same change and succeeds once every process has it.',
  },
  oidc_unavailable: {
    status: 503,
    title: 'The OpenID provider cannot be asked',
    whatToDo: 'Try again after Retry-After, or log in with a password.',
  },
  shutting_down: {
    status: 503,
    title: 'This node is stopping',
    whatToDo: 'Repeat the call; another node or the next start answers it.',
  },
  internal: {
    status: 500,
    title: 'Something failed inside Keyhold',
    whatToDo: 'Repeat the call; if it fails again, look for the request id in the log.',
  },
} as const satisfies Readonly<Record<string, ProblemDescription>>;

/** A problem code of the management API and the verification endpoints. */
export type ProblemCode = keyof typeof PROBLEMS;

/**
 * The problem codes of a keyspace's own denials, which the gateway, forward-auth and self-service answer with; besides
 * these two they use `insufficient_scope` and `invalid_request`. What the gateway itself fails with is listed there. A keyspace with `errors` of its own answers with those instead.
 */
export const DATA_PLANE_PROBLEMS = {
  unauthorized: {
    status: 401,
    title: 'Unauthorized',
    whatToDo:
      'Send a key that is good now. The cause is never told: unknown, revoked, expired and disabled look the same.',
  },
  unavailable: {
    status: 503,
    title: 'Service unavailable',
    whatToDo: 'Repeat the request after Retry-After; nothing was decided about the key.',
  },
} as const satisfies Readonly<Record<string, ProblemDescription>>;

export type DataPlaneProblemCode = keyof typeof DATA_PLANE_PROBLEMS;

/** The `type` of a problem: a URN, so that it is absolute and names no host. */
export function toProblemType(code: ProblemCode | DataPlaneProblemCode): string {
  return `urn:keyhold:problem:${code}`;
}
