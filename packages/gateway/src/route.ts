import {
  type AddressRanges,
  compileAddressRanges,
  compileOperationSet,
  type OperationSet,
} from '@keyhold/core';
import type { GatewayDefinition } from './definition.ts';
import { basePathOf, createUpstreamPool, type Upstream } from './upstream.ts';

/** One keyspace's definition, compiled, with the connections to its upstreams. */
export interface Route {
  readonly definition: GatewayDefinition;
  readonly publicOperations: OperationSet;
  readonly websocketOperations: OperationSet;
  /** Null: no proxy in front is believed. */
  readonly trustedProxies: AddressRanges | null;
  /** Host and port, lower case, that an absolute-form target may name because customers use them. */
  readonly publicAuthority: string | null;
  /**
   * @param environment of the key; null for a request without one, which goes to the first upstream configured.
   * @returns null when the environment has none.
   */
  upstreamFor(environment: string | null): Upstream | null;
  /** The part of `path` after the self-service mount; null when the path is not under it. */
  selfServicePath(path: string): string | null;
  /** The part of `path` after the mount of the API Keys page; null when the path is not under it. */
  pagePath(path: string): string | null;
  close(): Promise<void>;
}

/** What follows the mount in the path; null when the path is not under it, or there is no mount. */
function below(mount: string | null, path: string): string | null {
  if (mount === null || !path.startsWith(mount)) return null;
  return path.length === mount.length || path[mount.length] === '/' ? path.slice(mount.length) : null;
}

/** @throws {KeyholdError} `configuration_invalid` for an operation that cannot be read. */
export function compileRoute(definition: GatewayDefinition): Route {
  const { upstream, selfService, trustedProxies, publicUrl, timeouts } = definition;
  const pools = new Map<string, Upstream['dispatcher']>();
  function connectTo(url: URL): Upstream {
    const dispatcher = pools.get(url.origin) ?? createUpstreamPool(url.origin, timeouts.connectMs);
    pools.set(url.origin, dispatcher);
    return { dispatcher, basePath: basePathOf(url) };
  }
  const forAll = 'all' in upstream ? connectTo(upstream.all) : null;
  const byEnvironment = new Map<string, Upstream>();
  if ('byEnvironment' in upstream) {
    for (const [environment, url] of upstream.byEnvironment) byEnvironment.set(environment, connectTo(url));
  }
  const [first = null] = byEnvironment.values();
  const selfServiceMount = selfService?.path ?? null;
  const pageMount = definition.page?.path ?? null;
  return {
    definition,
    publicOperations: compileOperationSet(definition.publicOperations),
    websocketOperations: compileOperationSet(definition.websocketOperations),
    trustedProxies: trustedProxies.length === 0 ? null : compileAddressRanges(trustedProxies),
    publicAuthority: publicUrl === null ? null : publicUrl.host,
    upstreamFor(environment) {
      if (forAll !== null) return forAll;
      return environment === null ? first : (byEnvironment.get(environment) ?? null);
    },
    selfServicePath: (path) => below(selfServiceMount, path),
    pagePath: (path) => below(pageMount, path),
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}
