import { ALLOWED_METHODS, REQUEST_PROBLEMS, toProblemAnswer as toAnswer } from '@keyhold/core';

export { ALLOWED_METHODS };

/**
 * What the gateway itself refuses or fails with, beside the denials of a keyspace. Codes are stable; those that
 * `@keyhold/core` also has (`invalid_request`, `method_not_allowed`, `request_timeout`, `internal`) mean the same.
 */
export const GATEWAY_PROBLEMS = {
  ...REQUEST_PROBLEMS,
  upgrade_refused: {
    status: 400,
    title: 'Upgrade refused',
    detail: 'This operation does not switch protocols; send the request without Upgrade.',
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
  upstream_timeout: {
    status: 504,
    title: 'Upstream timeout',
    detail: 'The API behind this gateway did not answer in time; try again later.',
  },
} as const satisfies Record<string, { status: number; title: string; detail: string }>;

export type GatewayProblemCode = keyof typeof GATEWAY_PROBLEMS;

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
  return { ...toAnswer(code, GATEWAY_PROBLEMS[code], requestId), closing: CLOSING.has(code) };
}
