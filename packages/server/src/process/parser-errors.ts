import { ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type ErrorCode, KeyholdError } from '@keyhold/core';
import { REQUEST_ID_HEADER } from '../http/answer.ts';
import { toProblem } from '../http/problem.ts';

/** RFC 9110 §10.2.1: an empty list says that no method is allowed there. */
export const NO_METHODS: readonly string[] = ['Allow: '];

/** For an answer that no `ServerResponse` carries. */
export interface RawAnswerContext {
  readonly nowMs: number;
  readonly requestId: string;
}

/**
 * Answers bytes that Node's parser cannot read, or that did not come in time, and ends the connection. An earlier request
 * on it that has no answer yet would take this one for its own: then the connection ends without.
 */
export function answerParserError(error: Error, socket: Socket, context: RawAnswerContext): void {
  // What Node's own handler reads: the first answer on this connection that is not finished.
  const current: unknown = Reflect.get(socket, '_httpMessage');
  const awaited =
    current instanceof ServerResponse && (current.req.complete || current.headersSent) ? current : null;
  // Behind the last request of the connection, whose answer is still to come and ends it.
  if (awaited !== null && codeOf(error) === 'HPE_CLOSED_CONNECTION') return;
  const code = toErrorCode(error);
  // What has been written of an answer is still delivered.
  if (awaited?.headersSent === true) socket.destroySoon();
  else if (awaited !== null || socket.bytesRead === 0 || !socket.writable) socket.destroy();
  else endWithProblem(socket, code, code === 'method_not_allowed' ? NO_METHODS : [], context);
}

/**
 * Answers on a connection that Node has handed over, as it does for CONNECT, and ends it.
 *
 * @param extraHeaders whole header lines.
 */
export function endWithProblem(
  socket: Socket,
  refused: ErrorCode | KeyholdError,
  extraHeaders: readonly string[],
  { nowMs, requestId }: RawAnswerContext,
): void {
  const error = typeof refused === 'string' ? new KeyholdError(refused, '') : refused;
  const problem = toProblem(error, requestId);
  const body = JSON.stringify(problem.body);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    `${REQUEST_ID_HEADER}: ${requestId}`,
    ...extraHeaders,
    `Date: ${new Date(nowMs).toUTCString()}`,
    'Connection: close',
  ];
  // The connection is ending; an error without a listener would end the process.
  socket.on('error', () => {});
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function toErrorCode(error: Error): ErrorCode {
  switch (codeOf(error)) {
    case 'HPE_HEADER_OVERFLOW':
      return 'too_many_header_fields';
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'body_too_large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request_timeout';
    case 'HPE_INVALID_METHOD':
      return beginsWithMethod(error) ? 'method_not_allowed' : 'invalid_request';
    default:
      return 'invalid_request';
  }
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}

/** The parser tells a method that it does not know and bytes that are no HTTP at all alike. */
function beginsWithMethod(error: Error): boolean {
  const packet = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : null;
  return packet !== null && /^[A-Za-z]+(?: \S|$)/.test(packet.toString('latin1', 0, 64));
}
