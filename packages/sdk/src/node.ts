/** Middleware for `node:http`, and what the middleware for frameworks on top of it is made of. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestKey } from './answer/request-key.ts';
import { ResponseGuard, sendRefusal } from './answer/response-guard.ts';
import { createGate, type Gate, isRefusal, isSelfService, type ProtectionOptions } from './request/gate.ts';
import { relayToNode } from './self-service/relay-node.ts';

export type { RequestKey } from './answer/request-key.ts';
export type { ProtectionOptions } from './request/gate.ts';

/** A request with a good key. */
export type ProtectedRequest = IncomingMessage & { readonly keyhold: RequestKey };

/** Decides about the requests of one `node:http` server, or of a framework on top of one. */
export interface NodeProtection {
  /**
   * Lets a request through, with its key, and stands between the application and its answer from then on; or answers it
   * and returns null.
   *
   * @param target what the client asked for, when a framework has changed `request.url`.
   */
  admit(request: IncomingMessage, response: ServerResponse, target?: string): RequestKey | null;
}

const guards = new WeakMap<IncomingMessage, ResponseGuard>();

/** A framework that honours one of these carries out another method than the one that was checked. */
const METHOD_OVERRIDES = ['x-http-method', 'x-http-method-override', 'x-method-override'];

/**
 * @throws {KeyholdError} `configuration_invalid` for `trustedProxies` that are no address ranges.
 * @throws {TypeError} for a `selfService` that cannot be served.
 */
export function createNodeProtection(options: ProtectionOptions): NodeProtection {
  const gate = createGate(options);
  return {
    admit(request, response, target = request.url ?? '') {
      const decision = decide(gate, request, target);
      if (isRefusal(decision)) {
        sendRefusal(response, decision);
        return null;
      }
      if (isSelfService(decision)) {
        void relayToNode(decision, request, response);
        return null;
      }
      for (const name of METHOD_OVERRIDES) delete request.headers[name];
      const guard = new ResponseGuard(gate, decision, request, response);
      guards.set(request, guard);
      return guard.key;
    },
  };
}

function decide(gate: Gate, request: IncomingMessage, target: string) {
  return gate.decide({
    method: request.method ?? '',
    target,
    rawHeaders: request.rawHeaders,
    frame: request,
    peerAddress: request.socket.remoteAddress ?? null,
  });
}

/**
 * Protects a handler of `node:http`: `createServer(protect({ verifier, keyspace }, (request, response) => …))`.
 *
 * @throws {KeyholdError} `configuration_invalid` for `trustedProxies` that are no address ranges.
 * @throws {TypeError} for a `selfService` that cannot be served.
 */
export function protect(
  options: ProtectionOptions,
  handler: (request: ProtectedRequest, response: ServerResponse) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  const protection = createNodeProtection(options);
  return (request, response) => {
    const keyhold = protection.admit(request, response);
    if (keyhold !== null) handler(Object.assign(request, { keyhold }), response);
  };
}

/**
 * Demands scopes beside those of the operation, all of them: answers 403 and returns false for a key that lacks one, and
 * ends the request when the key loses one.
 *
 * @throws {TypeError} for a request that was not let through by a protection.
 */
export function requireScopes(request: IncomingMessage, ...scopes: readonly string[]): boolean {
  const guard = guards.get(request);
  if (guard === undefined) {
    throw new TypeError('A scope was asked for before the key was checked; put the protection before it.');
  }
  return guard.require(scopes);
}
