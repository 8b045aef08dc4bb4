/** Plugin for Fastify 5: `await app.register(keyhold, { verifier, keyspace })`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createNodeProtection, type ProtectionOptions, requireScopes } from './node.ts';

export type { ProtectionOptions, RequestKey } from './node.ts';

interface FastifyRequestLike {
  readonly raw: IncomingMessage;
}
interface FastifyReplyLike {
  readonly raw: ServerResponse;
  hijack(): unknown;
}
type Hook = (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void;
interface FastifyLike {
  decorateRequest(name: string, value: null): unknown;
  addHook(name: 'onRequest', hook: Hook): unknown;
}

/**
 * Lets only requests with a good key through, and gives them `request.keyhold`. Covers the context it is registered in
 * and those below; register it at the root for all routes. For TypeScript:
 * `declare module 'fastify' { interface FastifyRequest { keyhold: RequestKey } }`.
 *
 * @throws {KeyholdError} `configuration_invalid` for `trustedProxies` that are no address ranges.
 * @throws {TypeError} for a `selfService` that cannot be served.
 */
export function keyhold(app: FastifyLike, options: ProtectionOptions, done: () => void): void {
  const protection = createNodeProtection(options);
  app.decorateRequest('keyhold', null);
  app.addHook('onRequest', (request, reply, next) => {
    const key = protection.admit(request.raw, reply.raw);
    if (key === null) {
      reply.hijack();
      return;
    }
    Object.assign(request, { keyhold: key });
    next();
  });
  done();
}
// Fastify reads this to know that a plugin is for the context that registers it (as fastify-plugin sets it).
Object.assign(keyhold, { [Symbol.for('skip-override')]: true });

/** Demands scopes on a route, all of them: `app.post('/send', { preHandler: requireScope('send') }, …)`. */
export function requireScope(...scopes: readonly string[]): Hook {
  return (request, _, done) => {
    if (requireScopes(request.raw, ...scopes)) done();
  };
}
