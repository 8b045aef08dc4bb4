import type { IncomingMessage } from 'node:http';
import type { GatewayProblemCode } from './problem.ts';

/** Node keeps every field when its own count is off, and 16 kB bounds them; past this a request is refused, not cut short. */
const MAX_HEADER_FIELDS = 100;
export const MAX_HEADER_BYTES = 16_384;

/**
 * The checks on a request's frame that Node's parser leaves open. Null: nothing is wrong.
 *
 * @param mayUpgrade the operation is one that may switch protocols.
 * @see RFC 9112 §3.2 (one Host), §6.1 (no transfer coding but chunked, and none in HTTP/1.0)
 */
export function findFramingFault(request: IncomingMessage, mayUpgrade: boolean): GatewayProblemCode | null {
  const { rawHeaders } = request;
  if (rawHeaders.length > 2 * MAX_HEADER_FIELDS) return 'too_many_header_fields';
  let hosts = 0;
  let upgrades = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 4) {
      if (name.toLowerCase() === 'host') hosts++;
    } else if (name.length === 7) {
      if (name.toLowerCase() === 'upgrade') upgrades++;
    }
  }
  if (hosts > 1) return 'invalid_request';
  if (request.method === 'TRACE') return 'method_not_allowed';
  if (upgrades > 0 && !mayUpgrade) return 'upgrade_refused';
  const coding = request.headers['transfer-encoding'];
  if (coding !== undefined && (request.httpVersionMinor === 0 || coding.toLowerCase() !== 'chunked')) {
    return 'invalid_request';
  }
  return null;
}

/** How many bytes of body the request announces; Infinity when only its end will tell. */
export function announcedBytes(request: IncomingMessage): number {
  const { headers } = request;
  if (headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY;
  return Number(headers['content-length'] ?? 0);
}

/** A WebSocket handshake (RFC 6455 §4.1) as far as a proxy has to know one. */
export function isWebSocketHandshake(request: IncomingMessage): boolean {
  return (
    request.method === 'GET' &&
    request.headers.upgrade?.toLowerCase() === 'websocket' &&
    announcedBytes(request) === 0
  );
}

/** A CORS preflight as the Fetch standard sends it; any other OPTIONS is an operation like the rest. */
export function isPreflight(request: IncomingMessage): boolean {
  return (
    request.method === 'OPTIONS' &&
    request.headers.origin !== undefined &&
    request.headers['access-control-request-method'] !== undefined
  );
}
