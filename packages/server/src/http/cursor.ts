import { createHmac, timingSafeEqual } from 'node:crypto';
import { KeyholdError } from '@keyhold/core';

/** Makes positions in lists opaque and unforgeable: a cursor works only for the list and the filters that gave it. */
export interface CursorCodec {
  /** @param list names the list and its filters, e.g. the operation's id and the query without cursor and limit. */
  seal(list: string, position: string): string;
  /** @throws {KeyholdError} `invalid_cursor` for anything that `seal` has not made for the same `list`. */
  open(list: string, cursor: string): string;
}

/** 128 bits: nobody can try enough cursors online to hit one. */
const MAC_BYTES = 16;
const BASE64URL = /^[A-Za-z0-9_-]{23,4096}$/;

/** @param macKey at least 32 secret bytes, the same on every node and after a restart. */
export function createCursorCodec(macKey: Uint8Array): CursorCodec {
  function macOf(list: string, position: Buffer): Buffer {
    return createHmac('sha256', macKey)
      .update(`${list.length}:${list}\n`)
      .update(position)
      .digest()
      .subarray(0, MAC_BYTES);
  }
  return {
    seal(list, position) {
      const bytes = Buffer.from(position);
      return Buffer.concat([macOf(list, bytes), bytes]).toString('base64url');
    },
    open(list, cursor) {
      const bytes = BASE64URL.test(cursor) ? Buffer.from(cursor, 'base64url') : Buffer.alloc(0);
      const position = bytes.subarray(MAC_BYTES);
      const mac = bytes.subarray(0, MAC_BYTES);
      // Encoded again, because base64url lets the last character's spare bits vary.
      const isGenuine =
        mac.length === MAC_BYTES &&
        timingSafeEqual(mac, macOf(list, position)) &&
        bytes.toString('base64url') === cursor;
      if (!isGenuine) {
        throw new KeyholdError(
          'invalid_cursor',
          'The cursor was not given by this list with these filters; leave it out to begin again.',
        );
      }
      return position.toString();
    },
  };
}
