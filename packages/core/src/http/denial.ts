import { KeyholdError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { KeyspaceDefinition } from '../keyspace-definition.ts';
import type { Reason } from '../verdict/reason.ts';

/** A whole answer made ahead of time. `headers` carries no `Date` and no request id; the listener adds those. */
export interface DenialResponse {
  readonly status: number;
  /** Flat name, value, name, value …, ready for `response.writeHead(status, headers)`; includes `Content-Length`. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** Every denial of one keyspace, byte for byte. All causes of a 401 with a credential share `invalidToken`. */
export interface DenialResponses {
  /** 401 with the bare challenge: no credential, or a scheme that is not ours (RFC 6750 §3.1). */
  readonly unauthenticated: DenialResponse;
  /** 401 with `error="invalid_token"`. */
  readonly invalidToken: DenialResponse;
  /** 400: two credentials, or one that breaks the header's syntax. */
  readonly invalidRequest: DenialResponse;
  /** 503 with `Retry-After`: no lease or no store; nothing was decided. */
  readonly unavailable: DenialResponse;
  /** 403; `scopes` are those that would open the operation, empty when none does. */
  insufficientScope(scopes: readonly string[]): DenialResponse;
}

/** Distinct scope lists kept ready. Operations of one keyspace rarely have more; past it an answer is made anew. */
const MAX_CACHED_SCOPE_LISTS = 256;

/**
 * Prepares every denial of a keyspace. A scheme other than Bearer, and a bare header (as scheme `ApiKey`), is challenged
 * with its realm alone, since the `error` codes are RFC 6750's.
 *
 * @throws {KeyholdError} `configuration_invalid` for a realm that a quoted-string cannot hold as it stands.
 */
export function compileDenials(definition: KeyspaceDefinition): DenialResponses {
  const { realm, credential, errors } = definition;
  if (!/^[ !#-[\]-~]{1,200}$/.test(realm)) {
    throw new KeyholdError(
      'configuration_invalid',
      `The realm of keyspace "${definition.id}" cannot stand in a header; use up to 200 visible ASCII characters without " and \\.`,
    );
  }
  const scheme = credential.scheme ?? 'ApiKey';
  const bare = `${scheme} realm="${realm}"`;
  const isBearer = scheme.toLowerCase() === 'bearer';
  const withError = (parameters: string) => ['WWW-Authenticate', `${bare}, ${parameters}`];

  const unauthorized = toBody(errors.unauthorized, 401, 'unauthorized', 'Unauthorized');
  const forbidden = toBody(errors.forbidden, 403, 'insufficient_scope', 'Insufficient scope');
  const invalidRequest = toBody(errors.invalidRequest, 400, 'invalid_request', 'Invalid request');
  const unavailable = toBody(errors.unavailable, 503, 'unavailable', 'Service unavailable');

  const unauthenticated = toResponse(401, ['WWW-Authenticate', bare], unauthorized);
  const byScopes = new Map<string, DenialResponse>();
  return {
    unauthenticated,
    invalidToken: isBearer
      ? toResponse(401, withError('error="invalid_token"'), unauthorized)
      : unauthenticated,
    invalidRequest: toResponse(400, isBearer ? withError('error="invalid_request"') : [], invalidRequest),
    unavailable: toResponse(503, ['Retry-After', '1'], unavailable),
    insufficientScope(scopes) {
      const list = isBearer ? scopes.join(' ') : '';
      const known = byScopes.get(list);
      if (known !== undefined) return known;
      const parameters = `error="insufficient_scope"${list === '' ? '' : `, scope="${list}"`}`;
      const response = toResponse(403, isBearer ? withError(parameters) : [], forbidden);
      if (byScopes.size < MAX_CACHED_SCOPE_LISTS) byScopes.set(list, response);
      return response;
    },
  };
}

/** The answer for a denial: also what a request gets whose key stops being accepted before its answer began. */
export function toDenial(
  { denials }: { readonly denials: DenialResponses },
  reason: Reason,
  openingScopes: readonly string[],
): DenialResponse {
  if (reason === 'missing') return denials.unauthenticated;
  return reason === 'insufficient_scope' ? denials.insufficientScope(openingScopes) : denials.invalidToken;
}

interface DenialBody {
  readonly type: string;
  readonly bytes: Buffer;
}

/** The configured body, or problem details (RFC 9457). */
function toBody(configured: JsonObject | undefined, status: number, code: string, title: string): DenialBody {
  if (configured !== undefined) {
    return { type: 'application/json', bytes: Buffer.from(JSON.stringify(configured)) };
  }
  const problem = { type: `urn:keyhold:problem:${code}`, title, status, code };
  return { type: 'application/problem+json', bytes: Buffer.from(JSON.stringify(problem)) };
}

function toResponse(status: number, headers: readonly string[], body: DenialBody): DenialResponse {
  return {
    status,
    headers: [
      ...headers,
      'Cache-Control',
      'no-store',
      'Content-Type',
      body.type,
      'Content-Length',
      String(body.bytes.length),
    ],
    body: body.bytes,
  };
}
