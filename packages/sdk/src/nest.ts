/** Guard for NestJS, on Express or Fastify: `app.useGlobalGuards(createKeyholdGuard({ verifier, keyspace }))`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { seal } from './answer/response-guard.ts';
import { createNodeProtection, type ProtectionOptions, requireScopes } from './node.ts';
import { pathBelow, type SelfServiceOptions } from './self-service/handover.ts';

export type { ProtectionOptions, RequestKey } from './node.ts';

type Marked = (...parts: never[]) => unknown;
interface ExecutionContextLike {
  getHandler(): Marked;
  getClass(): abstract new (...parts: never[]) => unknown;
  switchToHttp(): { getRequest(): RequestLike; getResponse(): ResponseLike };
}

/** Express's are Node's own; Fastify's hold them. */
type RequestLike = IncomingMessage & { readonly raw?: IncomingMessage; readonly originalUrl?: string };
type ResponseLike = ServerResponse & { readonly raw?: ServerResponse };

/** Scopes by the method or class they were put on. */
const required = new WeakMap<object, readonly string[]>();

/**
 * Lets only requests with a good key through, and gives them `request.keyhold`. A refused request has its answer already
 * when the guard says no; what Nest's exception layer writes then goes nowhere.
 *
 * @throws {KeyholdError} `configuration_invalid` for `trustedProxies` that are no address ranges.
 */
export function createKeyholdGuard(options: Omit<ProtectionOptions, 'selfService'>): {
  canActivate(context: ExecutionContextLike): boolean;
} {
  const protection = createNodeProtection(options);
  return {
    canActivate(context) {
      const http = context.switchToHttp();
      const request = http.getRequest();
      const response = http.getResponse();
      const rawRequest = request.raw ?? request;
      const rawResponse = response.raw ?? response;
      const key = protection.admit(rawRequest, rawResponse, request.originalUrl ?? rawRequest.url);
      const scopes = [context.getHandler(), context.getClass()].flatMap((mark) => required.get(mark) ?? []);
      if (key === null || (scopes.length > 0 && !requireScopes(rawRequest, ...scopes))) {
        seal(rawResponse);
        return false;
      }
      Object.assign(request, { keyhold: key });
      return true;
    },
  };
}

/**
 * Serves self-service, which a guard cannot, since Nest asks guards about its own routes alone:
 * `app.use(keyholdSelfService({ verifier, keyspace, selfService: { path } }))`.
 *
 * @throws {KeyholdError} `configuration_invalid` for `trustedProxies` that are no address ranges.
 * @throws {TypeError} for a `selfService` that cannot be served.
 */
export function keyholdSelfService(
  options: ProtectionOptions & { readonly selfService: SelfServiceOptions },
): (request: RequestLike, response: ServerResponse, next: () => void) => void {
  const protection = createNodeProtection(options);
  return (request, response, next) => {
    const target = request.originalUrl ?? request.url ?? '';
    const [path = ''] = target.split('?');
    if (pathBelow(options.selfService.path, path) === null) next();
    else protection.admit(request, response, target);
  };
}

/** Demands scopes on a controller or on one of its methods, all of them: `@RequireScope('send')`. */
export function RequireScope(...scopes: readonly string[]): ClassDecorator & MethodDecorator {
  return (target: object, _?: string | symbol, descriptor?: { value?: unknown }) => {
    const marked = typeof descriptor?.value === 'function' ? descriptor.value : target;
    required.set(marked, [...(required.get(marked) ?? []), ...scopes]);
  };
}
