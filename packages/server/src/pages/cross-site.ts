import type { IncomingMessage } from 'node:http';
import { KEYS_PAGE_HEADER } from '@keyhold/api';
import { KeyholdError } from '@keyhold/core';

/**
 * Refuses a call that was not made by the page itself. Two walls, each enough: a header that other sites cannot send
 * without being asked (no preflight of theirs is answered), and what the browser says of where the call comes from.
 *
 * @param ownHeader the name of that header.
 * @throws {KeyholdError} `invalid_request`.
 */
export function requireOwnPage({ headers }: IncomingMessage, ownHeader: string): void {
  if (headers[ownHeader.toLowerCase()] !== '1') {
    throw new KeyholdError(
      'invalid_request',
      `A call with the page's cookie carries "${ownHeader}: 1"; without the cookie, send a token in "Authorization".`,
    );
  }
  const { 'sec-fetch-site': site, origin, host } = headers;
  const isOwn = site === undefined ? isOriginOf(origin, host) : site === 'same-origin';
  if (!isOwn) {
    throw new KeyholdError(
      'invalid_request',
      'This call comes from another site; the cookie counts on the page itself only.',
    );
  }
}

/** Browsers send no `Origin` with a plain read of their own page. */
function isOriginOf(origin: string | undefined, host: string | undefined): boolean {
  return origin === undefined || URL.parse(origin)?.host === host?.toLowerCase();
}

/**
 * What lets a page of another origin call with a token: the headers for an answer to it, null when it may not. Cookies
 * are never let across, so that only who holds the token gets anything.
 */
export function toCrossOriginHeaders(
  { headers }: IncomingMessage,
  hostOrigins: readonly string[],
): readonly string[] | null {
  const { origin } = headers;
  if (origin === undefined || !hostOrigins.includes(origin)) return null;
  return ['Access-Control-Allow-Origin', origin, 'Vary', 'Origin'];
}

/** What a preflight is answered with, besides {@link toCrossOriginHeaders}. */
export const PREFLIGHT_HEADERS: readonly string[] = [
  'Access-Control-Allow-Methods',
  'GET, POST, PATCH, DELETE',
  'Access-Control-Allow-Headers',
  `Authorization, Content-Type, ${KEYS_PAGE_HEADER}`,
  'Access-Control-Max-Age',
  '600',
];
