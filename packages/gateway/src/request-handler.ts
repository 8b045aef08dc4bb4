import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Credential, type DenialResponse, readCredential } from '@keyhold/core';
import { type AcceptedVerdict, decideAccess } from './access.ts';
import { type ClientConnection, type ConnectionUser, connectionOf } from './client-connection.ts';
import { Exchange } from './exchange.ts';
import { findFramingFault, isPreflight } from './framing.ts';
import type { LiveExchange } from './live-exchanges.ts';
import {
  type FindRoute,
  isTrustedPeer,
  type Located,
  locate,
  toClientAddress,
  toForwardedPath,
} from './locate.ts';
import { ALLOWED_METHODS, type GatewayProblemCode } from './problem.ts';
import { CLIENT_GONE_STATUS, type GatewayContext, Reception } from './reception.ts';
import { toUpstreamHeaders } from './request-headers.ts';

/** Handles one request; `expectsContinue` when it waits for `100 Continue` before it sends its body. */
export type RequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  expectsContinue: boolean,
) => void;

/** The way of every request on one listener, step by step; nothing on it waits. */
export function createRequestHandler(context: GatewayContext, findRoute: FindRoute): RequestHandler {
  return function handleRequest(request, response, expectsContinue) {
    const reception = new Reception(context, request, response, connectionOf(request.socket));
    if (request.url === '*' && request.method === 'OPTIONS') {
      const fault = findFramingFault(request, false);
      if (fault === null) answerServerOptions(reception);
      else refuse(reception, fault);
      return;
    }
    const located = locate(context.options, findRoute, request, false);
    if (typeof located === 'string') refuse(reception, located);
    else serve(reception, located, expectsContinue);
  };
}

function serve(reception: Reception, located: Located, expectsContinue: boolean): void {
  const { request, response } = reception;
  reception.keyspace = located.keyspace.id;
  const credential = readCredential(located.keyspace.definition.credential, request.rawHeaders);
  const handle = findMounted(reception, located, credential);
  if (handle !== null) {
    if (expectsContinue) response.writeContinue();
    serveMounted(reception, handle);
    return;
  }
  const access = isOpen(request, located) ? null : decide(reception, located, credential);
  if (access !== null && 'status' in access) {
    deny(reception, located, access);
    return;
  }
  if (expectsContinue) response.writeContinue();
  forward(reception, located, credential, access);
}

/** RFC 9110 §9.3.7: about the server as a whole, so it is answered here. */
function answerServerOptions({ response, requestId }: Reception): void {
  response.writeHead(200, ['Allow', ALLOWED_METHODS, 'Content-Length', '0', 'Keyhold-Request-Id', requestId]);
  response.end();
}

function refuse(reception: Reception, code: GatewayProblemCode): void {
  reception.sendProblem(code);
  reception.observe(reception.response.statusCode, false);
}

/** Says whether the request needs no key. */
function isOpen(request: IncomingMessage, { route, path }: Located): boolean {
  return (
    route.publicOperations.has(request.method!, path) ||
    (route.definition.corsPreflight && isPreflight(request))
  );
}

function decide(
  { context, request, connection }: Reception,
  { route, keyspace, path }: Located,
  credential: Credential,
): AcceptedVerdict | DenialResponse {
  const address = toClientAddress(route, connection, request);
  return decideAccess(
    context.options.verifier,
    { keyspace, credential, method: request.method!, path, address },
    context.options.log,
  );
}

function deny(reception: Reception, located: Located, denial: DenialResponse): void {
  reception.sendDenial(denial);
  reception.observe(denial.status, false);
  if (denial === located.keyspace.denials.unauthenticated && hasKeyInQuery(located.query)) {
    const { context, requestId, keyspace } = reception;
    context.options.log.info(
      { requestId, keyspace },
      'A request without a credential has one in its query, where keys are not read; tell the client to send the header.',
    );
  }
}

function hasKeyInQuery(query: string): boolean {
  return query !== '' && /(?:^|&)(?:api[_-]?key|access_token|token|key)=/i.test(query);
}

/** What answers a path under one of the keyspace's mounts; null when it is under none. */
function findMounted(
  { context, request, response, connection, requestId }: Reception,
  { route, keyspace, path, query }: Located,
  credential: Credential,
): (() => Promise<void>) | null {
  const { selfService, page, publicUrl } = route.definition;
  const mounted = (subPath: string) => ({
    keyspace,
    mount: path.slice(0, path.length - subPath.length),
    subPath,
    query,
    clientAddress: toClientAddress(route, connection, request),
    requestId,
  });
  const selfServicePath = route.selfServicePath(path);
  if (selfServicePath !== null) {
    const keysMayManage = selfService?.keysMayManage ?? false;
    const selfServiceRequest = { ...mounted(selfServicePath), keysMayManage, credential };
    return () => context.options.selfService(request, response, selfServiceRequest);
  }
  const pagePath = page === null ? null : route.pagePath(path);
  if (page === null || pagePath === null) return null;
  const isSecure = publicUrl === null ? connection.encrypted : publicUrl.protocol === 'https:';
  const pageRequest = { ...mounted(pagePath), isSecure };
  return () => context.options.page(request, response, pageRequest);
}

function serveMounted(reception: Reception, handle: () => Promise<void>): void {
  const { context, response, connection, requestId } = reception;
  response.setHeader('Keyhold-Request-Id', requestId);
  const live = new MountedCall(connection);
  context.live.add(live);
  connection.enter(live);
  response.once('close', () => {
    context.live.delete(live);
    connection.leave(live);
    reception.observe(response.headersSent ? response.statusCode : CLIENT_GONE_STATUS, false);
  });
  handle().catch((error: unknown) => {
    context.options.log.error(
      { err: error, requestId },
      'The handler of a mounted path failed; it never should.',
    );
    connection.reset();
  });
}

/** A request that the handler of a mount answers. It bounds its own time and learns from the streams that they end. */
class MountedCall implements LiveExchange, ConnectionUser {
  livePosition = -1;
  readonly #connection: ClientConnection;

  constructor(connection: ClientConnection) {
    this.#connection = connection;
  }

  checkTimeout(): void {}

  clientGone(): void {}

  bodyBroken(): boolean {
    return false;
  }

  cut(): void {
    this.#connection.reset();
  }
}

/** @param access null for a request that needs no key. */
function forward(
  reception: Reception,
  located: Located,
  credential: Credential,
  access: AcceptedVerdict | null,
): void {
  const { context, request, connection, requestId } = reception;
  const { route, keyspace } = located;
  const key = access?.key ?? null;
  const upstream = route.upstreamFor(key?.environment ?? null);
  if (upstream === null) {
    context.options.log.error(
      { requestId, keyspace: keyspace.id, environment: key?.environment },
      'No upstream is configured for the environment of a key; add it to "upstream".',
    );
    refuse(reception, 'upstream_missing');
    return;
  }
  // On an operation without a key, a credential of another scheme is the upstream's business.
  const keepsCredential = route.definition.forwardCredential || credential.kind === 'missing';
  const headers = toUpstreamHeaders({
    request,
    connection,
    requestId,
    key,
    removedCredential: keepsCredential ? null : keyspace.definition.credential.header,
    peerTrusted: isTrustedPeer(route, connection),
  });
  const exchange = new Exchange(reception, keyspace, route);
  if (access !== null) exchange.holdUnder(context.options.verifier.admit(access.subject, exchange));
  exchange.dispatch(upstream, toForwardedPath(located), headers);
}
