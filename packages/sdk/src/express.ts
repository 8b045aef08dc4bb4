/** Middleware for Express 5 (and 4): `app.use(keyhold({ verifier, keyspace }))`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createNodeProtection, type ProtectionOptions, type RequestKey, requireScopes } from './node.ts';

export type { ProtectionOptions, RequestKey } from './node.ts';

declare global {
  namespace Express {
    interface Request {
      /** Who called. There on every route behind {@link keyhold}. */
      keyhold: RequestKey;
    }
  }
}

/** What Express calls; its own types are not needed for it. */
export type ExpressMiddleware = (
  request: IncomingMessage & { readonly originalUrl?: string },
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Lets only requests with a good key through, and gives them `request.keyhold`. Put it before what reads bodies or
 * answers; what sets headers on every answer (CORS) goes before it.
 *
 * @throws {KeyholdError} `configuration_invalid` for `trustedProxies` that are no address ranges.
 * @throws {TypeError} for a `selfService` that cannot be served.
 */
export function keyhold(options: ProtectionOptions): ExpressMiddleware {
  const protection = createNodeProtection(options);
  return (request, response, next) => {
    const key = protection.admit(request, response, request.originalUrl);
    if (key === null) return;
    Object.assign(request, { keyhold: key });
    next();
  };
}

/** Demands scopes on a route, all of them: `app.post('/send', requireScope('send'), …)`. */
export function requireScope(...scopes: readonly string[]): ExpressMiddleware {
  return (request, _, next) => {
    if (requireScopes(request, ...scopes)) next();
  };
}
