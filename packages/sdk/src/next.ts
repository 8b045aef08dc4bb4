/** Route handlers and proxies of Next.js (app router, Node runtime). */
import { GuardedResponse, toResponse } from './answer/guarded-response.ts';
import type { RequestKey } from './answer/request-key.ts';
import { toPresentedRequest } from './request/fetch-request.ts';
import { createGate, isRefusal, isSelfService, type ProtectionOptions } from './request/gate.ts';
import { fetchFromNode } from './self-service/relay-fetch.ts';

export type { RequestKey } from './answer/request-key.ts';
export type { ProtectionOptions } from './request/gate.ts';

export interface RouteOptions {
  /** Scopes the key must hold beside those of the operation, all of them. */
  readonly scopes?: readonly string[];
}

/** Wraps the handlers of one keyspace's routes. */
export type Protect = <Wanted extends Request, Rest extends readonly unknown[]>(
  handler: (
    request: Wanted & { readonly keyhold: RequestKey },
    ...rest: Rest
  ) => Response | Promise<Response>,
  options?: RouteOptions,
) => (request: Wanted, ...rest: Rest) => Promise<Response>;

/**
 * `const protect = createProtect({ verifier, keyspace })`, then `export const GET = protect((request) => …)` in a route and
 * `export const proxy = protect(() => NextResponse.next())` in a proxy. The handler finds its caller as `request.keyhold`.
 *
 * @throws {KeyholdError} `configuration_invalid` for `trustedProxies` that are no address ranges.
 * @throws {TypeError} for a `selfService` that cannot be served.
 */
export function createProtect(options: ProtectionOptions): Protect {
  const gate = createGate(options);
  return (handler, { scopes = [] } = {}) =>
    async (request, ...rest) => {
      const decision = gate.decide(toPresentedRequest(request));
      if (isRefusal(decision)) return toResponse(decision);
      if (isSelfService(decision)) return fetchFromNode(decision, request);
      const guard = new GuardedResponse(gate, decision);
      const denial = scopes.length === 0 ? null : guard.require(scopes);
      if (denial !== null) return denial;
      return guard.answer(() => handler(Object.assign(request, { keyhold: guard.key }), ...rest));
    };
}
