import type { IncomingHttpHeaders } from 'node:http';
import { isKeyholdHeader } from './header-rule.ts';

/** Hop-by-hop (RFC 9110 §7.6.1). `trailer` with them, since trailers are not passed on. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The headers of an answer that go to the client, flat: the upstream's without what ends at this hop and without any of
 * Keyhold's names, then the request id.
 *
 * @param received lower-case names, as undici gives them.
 */
export function toClientHeaders(received: IncomingHttpHeaders, status: number, requestId: string): string[] {
  const headers: string[] = [];
  const listed = typeof received.connection === 'string' ? readListed(received.connection) : null;
  for (const name in received) {
    if (HOP_BY_HOP.has(name) || isKeyholdHeader(name) || listed?.includes(name)) continue;
    // RFC 9110 §8.6: no length on a 204.
    if (status === 204 && name === 'content-length') continue;
    const value = received[name];
    if (typeof value === 'string') headers.push(name, value);
    else if (value !== undefined) for (const one of value) headers.push(name, one);
  }
  headers.push('Keyhold-Request-Id', requestId);
  return headers;
}

function readListed(connection: string): readonly string[] | null {
  if (connection === 'keep-alive' || connection === 'close') return null;
  return connection
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== 'content-length');
}
