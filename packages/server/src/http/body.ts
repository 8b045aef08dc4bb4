import type { IncomingMessage } from 'node:http';
import { type Clock, KeyholdError } from '@keyhold/core';

/** From the headers to the last byte of a body; a slow sender is answered 408. */
const BODY_TIMEOUT_MS = 10_000;

/**
 * Reads a whole body into memory.
 *
 * @param maxBytes a longer one is refused before it is read where its length is declared, and as soon as it is too long otherwise.
 * @returns null when the client went away before the end; there is nobody to answer.
 * @throws {KeyholdError} `body_too_large`, `request_timeout`.
 */
export function readBody(request: IncomingMessage, maxBytes: number, clock: Clock): Promise<Buffer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const cancelTimer = clock.setTimer(BODY_TIMEOUT_MS, () =>
    reject(
      new KeyholdError(
        'request_timeout',
        'The body did not arrive within 10 seconds; send the request again.',
      ),
    ),
  );
  request.on('close', () => resolve(null));
  receiveBody(request, maxBytes, (error, body) => {
    if (error === null) resolve(body);
    else reject(error);
  });
  return promise.finally(cancelTimer);
}

/**
 * {@link readBody} for the hot path, without a promise and without a timer: the server's own limit on the duration of a
 * request ends a slow one. `done` is called once, or never when the client goes away before the end.
 */
export function receiveBody(
  request: IncomingMessage,
  maxBytes: number,
  done: (error: KeyholdError | null, body: Buffer) => void,
): void {
  const declared = request.headers['content-length'];
  if (declared !== undefined && Number(declared) > maxBytes) {
    done(tooLarge(maxBytes), EMPTY);
    return;
  }
  const chunks: Buffer[] = [];
  let receivedBytes = 0;
  request.on('data', (chunk: Buffer) => {
    const before = receivedBytes;
    receivedBytes += chunk.length;
    if (receivedBytes <= maxBytes) chunks.push(chunk);
    else if (before <= maxBytes) done(tooLarge(maxBytes), EMPTY);
  });
  request.on('end', () => {
    if (receivedBytes <= maxBytes) done(null, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
  });
}

const EMPTY = Buffer.alloc(0);

function tooLarge(maxBytes: number): KeyholdError {
  return new KeyholdError('body_too_large', `The body is longer than ${maxBytes} bytes; send a smaller one.`);
}

const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*)?$/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*)?$/i;

/** @throws {KeyholdError} `unsupported_media_type`. */
export function checkMediaType(
  request: IncomingMessage,
  expected: 'application/json' | 'application/x-www-form-urlencoded',
): void {
  const { 'content-type': type, 'content-encoding': encoding } = request.headers;
  if (encoding !== undefined) {
    throw new KeyholdError(
      'unsupported_media_type',
      'The body is encoded; send it without a Content-Encoding.',
    );
  }
  if (type === expected) return;
  if (type === undefined || !(expected === 'application/json' ? JSON_TYPE : FORM_TYPE).test(type)) {
    throw new KeyholdError('unsupported_media_type', `The body must be ${expected}; send that Content-Type.`);
  }
}

/** Says whether a request announces a body at all. */
export function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}
