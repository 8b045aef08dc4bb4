import type { IncomingMessage } from 'node:http';
import { type DenialResponse, readCredential } from '@keyhold/core';
import { decideAccess } from './access.ts';
import { connectionOf } from './client-connection.ts';
import { isWebSocketHandshake } from './framing.ts';
import {
  type FindRoute,
  isTrustedPeer,
  type Located,
  locate,
  toClientAddress,
  toForwardedPath,
} from './locate.ts';
import { toProblemAnswer } from './problem.ts';
import { endWithRawAnswer } from './raw-answer.ts';
import type { GatewayContext } from './reception.ts';
import { toUpstreamHeaders } from './request-headers.ts';
import { WebSocketExchange } from './websocket-exchange.ts';

/** The requests on one listener that switch protocols. */
export interface UpgradeHandler {
  /** Whether the request is a handshake its operation allows; every other Upgrade is a request like the rest, and refused. */
  readonly allows: (request: IncomingMessage) => boolean;
  /** @param head what the client sent after its handshake. */
  handle(request: IncomingMessage, head: Buffer): void;
}

export function createUpgradeHandler(context: GatewayContext, findRoute: FindRoute): UpgradeHandler {
  function locateWebSocket(request: IncomingMessage): Located | null {
    if (!isWebSocketHandshake(request)) return null;
    const located = locate(context.options, findRoute, request, true);
    if (typeof located === 'string') return null;
    return located.route.websocketOperations.has('GET', located.path) ? located : null;
  }
  return {
    allows: (request) => locateWebSocket(request) !== null,
    handle(request, head) {
      const connection = connectionOf(request.socket);
      const located = locateWebSocket(request);
      // An answer to an earlier request is still to come on this connection, which now has no order any more.
      if (located === null || connection.busy) {
        connection.socket.destroy();
        return;
      }
      connection.socket.on('error', ignoreError);
      connection.socket.unshift(head);
      open(context, request, located);
    },
  };
}

function open(context: GatewayContext, request: IncomingMessage, located: Located): void {
  const { verifier, log, clock, createRequestId, observe } = context.options;
  const { route, keyspace, path } = located;
  const connection = connectionOf(request.socket);
  const requestId = createRequestId();
  function answer(denial: Pick<DenialResponse, 'status' | 'headers' | 'body'>): void {
    endWithRawAnswer(connection.socket, clock.nowMs(), denial);
    observe({ keyspace: keyspace.id, status: denial.status, durationMs: 0, ended: false });
  }

  const credential = readCredential(keyspace.definition.credential, request.rawHeaders);
  const address = toClientAddress(route, connection, request);
  const access = route.publicOperations.has('GET', path)
    ? null
    : decideAccess(verifier, { keyspace, credential, method: 'GET', path, address }, log);
  if (access !== null && 'status' in access) {
    answer({ ...access, headers: [...access.headers, 'Keyhold-Request-Id', requestId] });
    return;
  }
  const key = access?.key ?? null;
  const upstream = route.upstreamFor(key?.environment ?? null);
  if (upstream === null) {
    answer(toProblemAnswer('upstream_missing', requestId));
    return;
  }
  const keepsCredential = route.definition.forwardCredential || credential.kind === 'missing';
  const headers = toUpstreamHeaders({
    request,
    connection,
    requestId,
    key,
    removedCredential: keepsCredential ? null : keyspace.definition.credential.header,
    peerTrusted: isTrustedPeer(route, connection),
  });
  const exchange = new WebSocketExchange({ context, request, connection, requestId, keyspace, route });
  if (access !== null) exchange.holdUnder(verifier.admit(access.subject, exchange));
  exchange.dispatch(upstream, toForwardedPath(located), headers);
}

/** The connection's close is what ends things; an error without a listener would end the process. */
function ignoreError(): void {}
