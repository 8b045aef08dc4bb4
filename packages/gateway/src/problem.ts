/**
 * What the gateway itself refuses or fails with, beside the denials of a keyspace. Codes are stable; those that
 * `@keyhold/core` also has (`invalid_request`, `method_not_allowed`, `request_timeout`, `internal`) mean the same.
 */
export const GATEWAY_PROBLEMS = {
  invalid_request: {
    status: 400,
    title: 'Bad request',
    detail:
      'The request breaks the syntax of HTTP or has two readings; send one Host, one length, one meaning.',
  },
  invalid_path: {
    status: 400,
    title: 'Path not canonical',
    detail:
      'The path has a second spelling (dot segments, empty segments, unneeded or forbidden escapes); send its canonical form.',
  },
  upgrade_refused: {
    status: 400,
    title: 'Upgrade refused',
    detail: 'This operation does not switch protocols; send the request without Upgrade.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    detail: 'TRACE and CONNECT are never forwarded.',
  },
  request_timeout: {
    status: 408,
    title: 'Request timeout',
    detail: 'The request stopped arriving; send it again.',
  },
  expectation_failed: {
    status: 417,
    title: 'Expectation failed',
    detail: 'The only expectation that can be met is 100-continue.',
  },
  misdirected_request: {
    status: 421,
    title: 'Misdirected request',
    detail: 'This address does not serve the host that the request names.',
  },
  too_many_header_fields: {
    status: 431,
    title: 'Request header fields too large',
    detail: 'A request may have 100 header fields and 16 kB of them; send fewer.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    detail: 'The request failed here; the log has the cause.',
  },
  method_not_supported: {
    status: 501,
    title: 'Method not supported',
    detail: 'The method is not one of HTTP that this gateway knows.',
  },
  upstream_failed: {
    status: 502,
    title: 'Upstream failed',
    detail: 'The API behind this gateway could not be reached or did not answer in HTTP; try again later.',
  },
  upstream_missing: {
    status: 502,
    title: 'No upstream',
    detail: 'No API is configured behind this gateway for the environment of the key.',
  },
  unavailable: {
    status: 503,
    title: 'Unavailable',
    detail: 'This gateway cannot check keys at the moment; try again.',
  },
  upstream_timeout: {
    status: 504,
    title: 'Upstream timeout',
    detail: 'The API behind this gateway did not answer in time; try again later.',
  },
  http_version_not_supported: {
    status: 505,
    title: 'HTTP version not supported',
    detail: 'This gateway speaks HTTP/1.1 to its clients; send that.',
  },
} as const satisfies Record<string, { status: number; title: string; detail: string }>;

export type GatewayProblemCode = keyof typeof GATEWAY_PROBLEMS;

/** Methods that `Allow` names; others that the parser knows are forwarded too when a scope opens them. */
export const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/** Faults after which the bytes that follow on the connection cannot be trusted, or should not be waited for. */
const CLOSING: ReadonlySet<GatewayProblemCode> = new Set<GatewayProblemCode>([
  'invalid_request',
  'upgrade_refused',
  'request_timeout',
  'expectation_failed',
  'too_many_header_fields',
  'method_not_supported',
  'http_version_not_supported',
]);

/** One problem as an answer (RFC 9457), with flat headers. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: string[];
  readonly body: Buffer;
  /** The connection ends with it. */
  readonly closing: boolean;
}

export function toProblemAnswer(code: GatewayProblemCode, requestId: string): ProblemAnswer {
  const { status, title, detail } = GATEWAY_PROBLEMS[code];
  const type = `urn:keyhold:problem:${code}`;
  const body = Buffer.from(JSON.stringify({ type, title, status, code, detail, request_id: requestId }));
  const headers = ['Cache-Control', 'no-store', 'Content-Type', 'application/problem+json'];
  headers.push('Content-Length', String(body.length), 'Keyhold-Request-Id', requestId);
  if (status === 405) headers.push('Allow', ALLOWED_METHODS);
  if (status === 503) headers.push('Retry-After', '1');
  return { status, headers, body, closing: CLOSING.has(code) };
}
