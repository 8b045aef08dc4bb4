import type { ServerResponse } from 'node:http';
import type { DenialResponse } from '@keyhold/core';
import type { Problem } from './problem.ts';

/** The name of the header that every answer carries, for the log and for whoever asks about an answer. */
export const REQUEST_ID_HEADER = 'Keyhold-Request-Id';

/** Answers with text made ahead, headers flat (name, value …); adds length, `no-store` and the request id. */
export function writeAnswer(
  response: ServerResponse,
  answer: { readonly status: number; readonly headers: readonly string[]; readonly body: string },
  requestId: string,
): void {
  if (response.headersSent || response.destroyed) return;
  // RFC 9110 §8.6: a 204 has no length.
  const length = answer.status === 204 ? [] : ['Content-Length', String(Buffer.byteLength(answer.body))];
  response.writeHead(answer.status, [
    ...answer.headers,
    ...length,
    'Cache-Control',
    'no-store',
    REQUEST_ID_HEADER,
    requestId,
  ]);
  response.end(answer.body);
}

export function writeJson(response: ServerResponse, status: number, body: unknown, requestId: string): void {
  writeAnswer(
    response,
    { status, headers: ['Content-Type', 'application/json'], body: JSON.stringify(body) },
    requestId,
  );
}

export function writeProblem(
  response: ServerResponse,
  problem: Problem,
  extraHeaders: readonly string[],
  requestId: string,
): void {
  const headers = [...toProblemHeaders(problem), ...extraHeaders];
  writeAnswer(response, { status: problem.status, headers, body: JSON.stringify(problem.body) }, requestId);
}

/** The headers every problem has, flat, Content-Type first. A body that was too large or too slow is not read to its end, so the connection closes. */
export function toProblemHeaders(problem: Problem): readonly string[] {
  const headers = ['Content-Type', 'application/problem+json'];
  if (problem.retryAfterSeconds !== null) headers.push('Retry-After', String(problem.retryAfterSeconds));
  if (problem.status === 413 || problem.status === 408) headers.push('Connection', 'close');
  return headers;
}

/** Sends a keyspace's own denial, byte for byte. */
export function writeDenial(response: ServerResponse, denial: DenialResponse, requestId: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(denial.status, [...denial.headers, REQUEST_ID_HEADER, requestId]);
  response.end(denial.body);
}
