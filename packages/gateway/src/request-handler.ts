import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Credential, type DenialResponse, readCredential } from '@keyhold/core';
import { type AcceptedVerdict, decideAccess } from './access.ts';
import { connectionOf } from './client-connection.ts';
import { Exchange } from './exchange.ts';
import { hasBody, isPreflight } from './framing.ts';
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
    if (request.url === '*' && request.method === 'OPTIONS') return answerServerOptions(reception);
    const located = locate(context.options, findRoute, request, false);
    if (typeof located === 'string') return refuse(reception, located);
    reception.keyspace = located.keyspace.id;
    const credential = readCredential(located.keyspace.definition.credential, request.rawHeaders);
    const subPath = located.route.selfServicePath(located.path);
    if (subPath !== null) {
      if (expectsContinue) response.writeContinue();
      return serveSelf(reception, located, credential, subPath);
    }
    const access = isOpen(request, located) ? null : decide(reception, located, credential);
    if (access !== null && 'status' in access) return deny(reception, located, access, expectsContinue);
    if (expectsContinue) response.writeContinue();
    forward(reception, located, credential, access);
  };
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

function deny(
  reception: Reception,
  located: Located,
  denial: DenialResponse,
  expectsContinue: boolean,
): void {
  // A client that was not told to continue may send its body or not: nothing after this can be read for certain.
  reception.sendDenial(denial, expectsContinue);
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

function serveSelf(reception: Reception, located: Located, credential: Credential, subPath: string): void {
  const { context, request, response, connection, requestId } = reception;
  const { route, keyspace, query } = located;
  response.setHeader('Keyhold-Request-Id', requestId);
  const live = { checkTimeout: noTimeout, cut: () => connection.reset() };
  context.live.add(live);
  response.once('close', () => {
    context.live.delete(live);
    reception.observe(response.headersSent ? response.statusCode : CLIENT_GONE_STATUS, false);
  });
  context.options
    .selfService(request, response, {
      keyspace,
      keysMayManage: route.definition.selfService?.keysMayManage ?? false,
      subPath,
      query,
      credential,
      clientAddress: toClientAddress(route, connection, request),
      requestId,
    })
    .catch((error: unknown) => {
      context.options.log.error(
        { err: error, requestId },
        'The self-service handler failed; it never should.',
      );
      connection.reset();
    });
}

/** The handler bounds its own time. */
function noTimeout(): void {}

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
    return refuse(reception, 'upstream_missing');
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
  const exchange = new Exchange(reception, keyspace, route, hasBody(request));
  if (access !== null) exchange.holdUnder(context.options.verifier.admit(access.subject, exchange));
  exchange.dispatch(upstream, toForwardedPath(located), headers);
}
