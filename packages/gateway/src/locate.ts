import type { IncomingMessage } from 'node:http';
import { type ClientAddress, type Keyspace, readRequestTarget, resolveClientAddress } from '@keyhold/core';
import type { ClientConnection } from './client-connection.ts';
import { findFramingFault } from './framing.ts';
import { withoutMethodOverride } from './method-override.ts';
import type { GatewayOptions } from './ports.ts';
import type { GatewayProblemCode } from './problem.ts';
import type { Route } from './route.ts';

/** Finds the route that a request on one listener is for; null when the listener does not serve the host it names. */
export type FindRoute = (request: IncomingMessage, authority: string | null) => Route | null;

/** Where a request that is whole and canonical goes. */
export interface Located {
  readonly route: Route;
  readonly keyspace: Keyspace;
  /** Canonical: matched and forwarded as it is. */
  readonly path: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
}

/** Reads what a request is and whom it is for, before anything is known of its credential. */
export function locate(
  options: GatewayOptions,
  findRoute: FindRoute,
  request: IncomingMessage,
  mayUpgrade: boolean,
): Located | GatewayProblemCode {
  const fault = findFramingFault(request, mayUpgrade);
  if (fault !== null) return fault;
  const target = readRequestTarget(request.url!);
  if (!target.ok) return 'invalid_path';
  const route = findRoute(request, target.authority);
  if (route === null) return 'misdirected_request';
  const keyspace = options.verifier.keyspace(route.definition.keyspace);
  if (keyspace === undefined) return 'unavailable';
  return { route, keyspace, path: target.path, query: target.query };
}

/** Path and query for the upstream: as they were matched, but for a method override in the query. */
export function toForwardedPath({ path, query }: Located): string {
  const kept = query === '' ? '' : withoutMethodOverride(query);
  return kept === '' ? path : `${path}?${kept}`;
}

/** Whether what the peer itself says of a request's origin is believed. */
export function isTrustedPeer(route: Route, connection: ClientConnection): boolean {
  return route.trustedProxies?.allows(connection.address) ?? false;
}

/** The address the request came from: the peer's, or what trusted proxies in front say. */
export function toClientAddress(
  route: Route,
  connection: ClientConnection,
  request: IncomingMessage,
): ClientAddress | null {
  if (route.trustedProxies === null) return connection.address;
  const forwardedFor = request.headersDistinct['x-forwarded-for'] ?? [];
  return resolveClientAddress(connection.peer, forwardedFor, route.trustedProxies);
}
