import type { IncomingMessage } from 'node:http';
import { findFrameFault } from '@keyhold/core';
import type { GatewayProblemCode } from './problem.ts';

/** Request line and header fields together; past it the parser ends the request (431). Node's own default, stated. */
export const MAX_HEADER_BYTES = 16_384;

/**
 * What is wrong with a request's frame, methods and upgrades that are never forwarded included. Null: nothing.
 *
 * @param mayUpgrade the operation is one that may switch protocols.
 */
export function findFramingFault(request: IncomingMessage, mayUpgrade: boolean): GatewayProblemCode | null {
  const fault = findFrameFault(request);
  if (fault !== null) return fault;
  if (request.method === 'TRACE') return 'method_not_allowed';
  return mayUpgrade || request.headers.upgrade === undefined ? null : 'upgrade_refused';
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
