import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { OPERATIONS, type Operation } from '@keyhold/api';
import { KeyholdError } from '@keyhold/core';
import type { Idempotency } from '@keyhold/store';

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * Reads `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): the quoted form of the draft and the bare form that
 * most clients send name the same key.
 *
 * @param body the bytes as they arrived: another spelling of the same JSON counts as another request.
 * @throws {KeyholdError} `invalid_request` when it is there and is not one value of 1 to 255 visible ASCII characters.
 */
export function readIdempotency(request: IncomingMessage, path: string, body: Buffer): Idempotency | null {
  const lines = request.headersDistinct['idempotency-key'];
  if (lines === undefined) return null;
  const text = lines[0]!.replace(/^"(.*)"$/, '$1');
  if (lines.length > 1 || !KEY.test(text)) {
    throw new KeyholdError(
      'invalid_request',
      'Idempotency-Key must be one value of 1 to 255 visible ASCII characters.',
    );
  }
  const digest = createHash('sha256').update(`${request.method} ${path}\n`).update(body).digest('hex');
  return { key: text, requestDigest: digest };
}

/**
 * Refuses `Idempotency-Key` where a repeat acts again: whoever sends it would believe the opposite.
 *
 * @throws {KeyholdError} `invalid_request`, which names the calls of the same face that take one.
 */
export function refuseIdempotency(request: IncomingMessage, operation: Operation): void {
  if (operation.repeats !== true || request.headers['idempotency-key'] === undefined) return;
  const calls = Object.values<Operation>(OPERATIONS)
    .filter(({ face, idempotent }) => idempotent && face === operation.face)
    .map(({ method, path }) => `${method} ${path === '' ? 'to the list itself' : path}`);
  const names = [calls.slice(0, -1).join(', '), ...calls.slice(-1)].filter((part) => part !== '');
  throw new KeyholdError(
    'invalid_request',
    `This call takes no Idempotency-Key, since repeating it acts again; leave it out. ${names.join(' and ')} ${calls.length === 1 ? 'takes' : 'take'} one.`,
  );
}
