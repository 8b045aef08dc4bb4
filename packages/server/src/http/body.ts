import type { IncomingMessage } from 'node:http';
import { type Clock, KeyholdError } from '@keyhold/core';

/** From the headers to the last byte of a body; a slow sender is answered 408. */
const BODY_TIMEOUT_MS = 10_000;

const EMPTY = Buffer.alloc(0);

/**
 * Reads a whole body into memory.
 *
 * @param maxBytes a longer one is refused before it is read where its length is declared, and as soon as it is too long otherwise.
 * @returns null when the client went away before the end; there is nobody to answer.
 * @throws {KeyholdError} `body_too_large`, `request_timeout`.
 */
export function readBody(request: IncomingMessage, maxBytes: number, clock: Clock): Promise<Buffer | null> {
  return new Promise((resolve, reject) => {
    receiveBody(request, maxBytes, clock, (error, body) => {
      if (error === null) resolve(body);
      else reject(error);
    });
  });
}

/** {@link readBody} with a callback: the hot path spends no promise on a body. */
export function receiveBody(
  request: IncomingMessage,
  maxBytes: number,
  clock: Clock,
  done: (error: KeyholdError | null, body: Buffer | null) => void,
): void {
  const declared = request.headers['content-length'];
  if (declared !== undefined && Number(declared) > maxBytes) {
    done(tooLarge(maxBytes), null);
    return;
  }
  if (declared === '0') {
    done(null, EMPTY);
    return;
  }

  const chunks: Buffer[] = [];
  let receivedBytes = 0;
  const cancelTimer = clock.setTimer(BODY_TIMEOUT_MS, () =>
    finish(
      new KeyholdError(
        'request_timeout',
        'The body did not arrive within 10 seconds; send the request again.',
      ),
      null,
    ),
  );

  function finish(error: KeyholdError | null, body: Buffer | null): void {
    cancelTimer();
    request.off('data', onData);
    request.off('end', onEnd);
    request.off('close', onClose);
    done(error, body);
  }
  function onData(chunk: Buffer): void {
    receivedBytes += chunk.length;
    if (receivedBytes > maxBytes) finish(tooLarge(maxBytes), null);
    else chunks.push(chunk);
  }
  function onEnd(): void {
    finish(null, chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
  }
  function onClose(): void {
    finish(null, null);
  }
  request.on('data', onData);
  request.on('end', onEnd);
  request.on('close', onClose);
}

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
