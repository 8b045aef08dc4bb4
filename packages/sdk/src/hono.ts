/** Middleware for Hono: `app.use(keyhold({ verifier, keyspace }))`. */
import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { GuardedResponse, toResponse } from './answer/guarded-response.ts';
import { seal } from './answer/response-guard.ts';
import { createNodeProtection, type ProtectionOptions, type RequestKey, requireScopes } from './node.ts';
import { toPresentedRequest } from './request/fetch-request.ts';
import { createGate, isRefusal, isSelfService } from './request/gate.ts';
import { fetchFromNode } from './self-service/relay-fetch.ts';

export type { ProtectionOptions, RequestKey } from './node.ts';

/** For `new Hono<KeyholdEnv>()`: types `c.get('keyhold')`. */
export interface KeyholdEnv {
  readonly Variables: { readonly keyhold: RequestKey };
}

interface ContextLike {
  readonly req: { readonly raw: Request };
  readonly env: unknown;
  get res(): Response;
  set res(response: Response | undefined);
  set(name: 'keyhold', key: RequestKey): void;
}
type Next = () => Promise<void>;
export type HonoMiddleware = (context: ContextLike, next: Next) => Promise<Response | undefined>;

const guards = new WeakMap<Request, GuardedResponse>();

/**
 * Lets only requests with a good key through; they find it as `c.get('keyhold')`. On Node (`@hono/node-server`) it works
 * on the connection itself; elsewhere on `Request` and `Response`, where the address of the peer is not known.
 *
 * @throws {KeyholdError} `configuration_invalid` for `trustedProxies` that are no address ranges.
 * @throws {TypeError} for a `selfService` that cannot be served.
 */
export function keyhold(options: ProtectionOptions): HonoMiddleware {
  const protection = createNodeProtection(options);
  const gate = createGate(options);
  return async (context, next) => {
    const node = nodeOf(context.env);
    if (node !== null) {
      const key = protection.admit(node.incoming, node.outgoing);
      if (key === null) return sent(node.outgoing);
      context.set('keyhold', key);
      await next();
      return undefined;
    }
    const { raw } = context.req;
    const decision = gate.decide(toPresentedRequest(raw));
    if (isRefusal(decision)) return toResponse(decision);
    if (isSelfService(decision)) return fetchFromNode(decision, raw);
    const guard = new GuardedResponse(gate, decision);
    guards.set(raw, guard);
    context.set('keyhold', guard.key);
    const answer = await guard.answer(async () => {
      await next();
      return context.res;
    });
    // Hono takes over the fields of what was there before; there is to be nothing.
    context.res = undefined;
    context.res = answer;
    return undefined;
  };
}

/** Demands scopes on a route, all of them: `app.post('/send', requireScope('send'), …)`. */
export function requireScope(...scopes: readonly string[]): HonoMiddleware {
  return async (context, next) => {
    const node = nodeOf(context.env);
    if (node !== null) {
      if (!requireScopes(node.incoming, ...scopes)) return sent(node.outgoing);
    } else {
      const guard = guards.get(context.req.raw);
      if (guard === undefined) {
        throw new TypeError(
          'A scope was asked for before the key was checked; put the protection before it.',
        );
      }
      const denial = guard.require(scopes);
      if (denial !== null) return denial;
    }
    await next();
    return undefined;
  };
}

/** The connection, where Hono runs on Node's own server. */
function nodeOf(
  env: unknown,
): { readonly incoming: IncomingMessage; readonly outgoing: ServerResponse } | null {
  if (typeof env !== 'object' || env === null || !('incoming' in env) || !('outgoing' in env)) return null;
  const { incoming, outgoing } = env;
  return incoming instanceof IncomingMessage && outgoing instanceof ServerResponse
    ? { incoming, outgoing }
    : null;
}

/** The answer is written elsewhere; what Hono makes of this one goes nowhere. */
async function sent(outgoing: ServerResponse): Promise<Response> {
  // Once it has an answer, Hono's server reads the request itself.
  if (!outgoing.writableEnded) await once(outgoing, 'close');
  seal(outgoing);
  return new Response(null);
}
