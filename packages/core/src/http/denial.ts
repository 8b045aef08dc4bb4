/** A whole answer made ahead of time. `headers` carries no `Date` and no request id; the listener adds those. */
export interface DenialResponse {
  readonly status: number;
  /** Flat name, value, name, value …, ready for `response.writeHead(status, headers)`; includes `content-length`. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Every denial of one keyspace, byte for byte. All causes of a 401 with a credential share `invalidToken`. */
export interface DenialResponses {
  /** 401 with the bare challenge: no credential, or a scheme that is not ours (RFC 6750 §3.1). */
  readonly unauthenticated: DenialResponse;
  /** 401 with `error="invalid_token"`. */
  readonly invalidToken: DenialResponse;
  /** 400: two credentials, or one that breaks the header's syntax. */
  readonly invalidRequest: DenialResponse;
  /** 503 with `Retry-After`: no lease or no store; nothing was decided. */
  readonly unavailable: DenialResponse;
  /** 403; `scopes` are those that would open the operation, empty when none does. */
  insufficientScope(scopes: readonly string[]): DenialResponse;
}
