/**
 * What a face that stands before somebody's API refuses a request with whatever its credential is, beside the denials of
 * a keyspace. Codes are stable.
 */
export const REQUEST_PROBLEMS = {
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
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    detail: 'TRACE and CONNECT are never forwarded.',
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
  unavailable: {
    status: 503,
    title: 'Unavailable',
    detail: 'This gateway cannot check keys at the moment; try again.',
  },
  http_version_not_supported: {
    status: 505,
    title: 'HTTP version not supported',
    detail: 'This gateway speaks HTTP/1.1 to its clients; send that.',
  },
} as const satisfies Record<string, RequestProblem>;

export type RequestProblemCode = keyof typeof REQUEST_PROBLEMS;

export interface RequestProblem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

/** Methods that `Allow` names; others that the parser knows are carried out too when a scope opens them. */
export const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/** A problem as an answer (RFC 9457). `headers` are flat, without `Date` and `Connection`. */
export function toProblemAnswer(
  code: string,
  { status, title, detail }: RequestProblem,
  requestId: string,
): { readonly status: number; readonly headers: string[]; readonly body: Buffer } {
  const type = `urn:keyhold:problem:${code}`;
  const body = Buffer.from(JSON.stringify({ type, title, status, code, detail, request_id: requestId }));
  const headers = ['Cache-Control', 'no-store', 'Content-Type', 'application/problem+json'];
  headers.push('Content-Length', String(body.length), 'Keyhold-Request-Id', requestId);
  if (status === 405) headers.push('Allow', ALLOWED_METHODS);
  if (status === 503) headers.push('Retry-After', '1');
  return { status, headers, body };
}
