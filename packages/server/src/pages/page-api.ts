import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  KEYS_PAGE_HEADER,
  KEYS_PAGE_OPERATIONS,
  type KeysPageOperation,
  MAX_BODY_BYTES,
  OPERATIONS,
} from '@keyhold/api';
import { formatClientAddress, isKeyholdError, KeyholdError, readCredential } from '@keyhold/core';
import type { PageRequest } from '@keyhold/gateway';
import type { KeySelector, PortalSessionRecord, Store } from '@keyhold/store';
import { writeAnswer, writeProblem } from '../http/answer.ts';
import { checkMediaType, hasBody, readBody } from '../http/body.ts';
import type { Cookie } from '../http/cookie.ts';
import { validate } from '../http/field-errors.ts';
import { readJson } from '../http/json-reader.ts';
import { isFailure, toProblem } from '../http/problem.ts';
import { readQuery } from '../http/query.ts';
import type { Log } from '../observability/log.ts';
import type { PortalSessions } from '../portal/portal-sessions.ts';
import { PREFLIGHT_HEADERS, requireOwnPage, toCrossOriginHeaders } from './cross-site.ts';
import { findOperation, type PageAnswer } from './page-call.ts';
import { createPageCookie } from './page-cookie.ts';
import { toCommonHeaders } from './page-headers.ts';
import { createPageRoutes, describeSession, type PageRoutesOptions } from './page-routes.ts';

export interface PageApiOptions extends PageRoutesOptions {
  readonly store: PageRoutesOptions['store'] & Pick<Store, 'noteForeignKey'>;
  readonly portalSessions: PortalSessions;
  readonly log: Log;
}

export type PageApi = (
  request: IncomingMessage,
  response: ServerResponse,
  page: PageRequest,
) => Promise<void>;

const BEARER = { header: 'authorization', scheme: 'Bearer' };

/** A route with the types of its operation taken off; the table of operations has put them on. */
type AnyRoute = (call: object) => Promise<PageAnswer>;

/**
 * The one way into everything the page can do: who calls is established here, by the page's cookie or by the token that
 * a host's element holds, and every route works on that session's organization and no other.
 */
export function createPageApi(options: PageApiOptions): PageApi {
  const { portalSessions, store, pageAddresses, clock, log } = options;
  const routes = createPageRoutes(options);

  async function answer(
    request: IncomingMessage,
    page: PageRequest,
    cookie: Cookie,
  ): Promise<PageAnswer | WrongMethod> {
    const found = findOperation(request.method ?? '', page.subPath);
    if (found.kind === 'nothing') throw new KeyholdError('route_not_found', '');
    if (found.kind === 'wrong_method') return found;
    const operation: KeysPageOperation = KEYS_PAGE_OPERATIONS[found.id];
    if (found.id === 'openSession') {
      requireOwnPage(request, KEYS_PAGE_HEADER);
      const { code } = validate(KEYS_PAGE_OPERATIONS.openSession.body, await readJsonBody(request), noRules);
      return await open(code, page);
    }
    const session = await authenticate(request, page, cookie);
    const query = readQuery(operation.query, page.query);
    const body =
      operation.body === null ? null : validate(operation.body, await readJsonBody(request), noRules);
    const { keyspace } = page;
    const key = select(session, found.number);
    const call = { request, keyspace, session, context: toContext(page, session), key, query, body };
    const route: unknown = routes[found.id];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- read by the schemas of the same operation
    return await (route as AnyRoute)(call);
  }

  async function open(code: string, page: PageRequest): Promise<PageAnswer> {
    const { requestId, sourceAddress } = toSource(page);
    const opened = await portalSessions.open(code, { requestId, sourceAddress });
    if (opened === null || opened.record.keyspace !== page.keyspace.id) throw noSession();
    const { token, record } = opened;
    return {
      status: 200,
      body: await describeSession(record, page.keyspace, options),
      session: { token, expiresAtMs: record.expiresAtMs },
    };
  }

  async function authenticate(
    request: IncomingMessage,
    { keyspace }: PageRequest,
    cookie: Cookie,
  ): Promise<PortalSessionRecord> {
    const credential = readCredential(BEARER, request.rawHeaders);
    if (credential.kind === 'missing') requireOwnPage(request, KEYS_PAGE_HEADER);
    const token = credential.kind === 'presented' ? credential.presentedKey : null;
    const presented = credential.kind === 'missing' ? cookie.read(request) : token;
    const session = presented === null ? null : await portalSessions.read(presented);
    if (session === null || session.keyspace !== keyspace.id) throw noSession();
    return session;
  }

  async function readJsonBody(request: IncomingMessage): Promise<unknown> {
    if (!hasBody(request)) return {};
    checkMediaType(request, OPERATIONS.issueKey.body.mediaType);
    const bytes = await readBody(request, MAX_BODY_BYTES, clock);
    if (bytes === null)
      throw new KeyholdError('request_timeout', 'The client left before the body had arrived.');
    return readJson(bytes);
  }

  /** What an organization tried to reach of another one is the operator's to know. */
  async function noteForeignKey(request: IncomingMessage, page: PageRequest, cookie: Cookie): Promise<void> {
    const found = findOperation(request.method ?? '', page.subPath);
    if (found.kind !== 'operation' || found.number === null) return;
    const session = await authenticate(request, page, cookie);
    const { organization } = session;
    const asked = { keyspace: page.keyspace.id, organization, number: found.number };
    await store.noteForeignKey(toContext(page, session), asked);
  }

  return async (request, response, page) => {
    const { requestId, isSecure } = page;
    const hostOrigins = pageAddresses.hostOrigins(page.keyspace.id);
    const cookie = createPageCookie(page.keyspace.id, { isSecure, isFramed: hostOrigins.length > 0 });
    const crossOrigin = toCrossOriginHeaders(request, hostOrigins);
    const common = [...toCommonHeaders(isSecure), ...(crossOrigin ?? [])];
    if (request.method === 'OPTIONS' && crossOrigin !== null) {
      const headers = [...common, ...PREFLIGHT_HEADERS];
      return writeAnswer(response, { status: 204, headers, body: '' }, requestId);
    }
    try {
      const answered = await answer(request, page, cookie);
      if ('kind' in answered) {
        const error = new KeyholdError('method_not_allowed', `This address answers to ${answered.allow}.`);
        const headers = [...common, 'Allow', answered.allow];
        return writeProblem(response, toProblem(error, requestId), headers, requestId);
      }
      const headers = [...common, ...toCookieHeaders(answered, cookie, clock.nowMs())];
      if (answered.body === null) return writeAnswer(response, { status: 204, headers, body: '' }, requestId);
      headers.push('Content-Type', 'application/json');
      const { status, body } = answered;
      writeAnswer(response, { status, headers, body: JSON.stringify(body) }, requestId);
    } catch (error) {
      if (isKeyholdError(error) && error.code === 'key_not_found') {
        await noteForeignKey(request, page, cookie).catch((failure: unknown) =>
          log.error({ err: failure, request_id: requestId }, 'A refused access could not be audited.'),
        );
      }
      const problem = toProblem(error, requestId);
      if (isFailure(problem)) log.error({ err: error, request_id: requestId }, 'a call of the page failed');
      const realm = page.keyspace.definition.realm;
      const challenge = problem.status === 401 ? ['WWW-Authenticate', `Bearer realm="${realm}"`] : [];
      writeProblem(response, problem, [...common, ...challenge], requestId);
    }
  };
}

/** What a schema cannot say is checked where it is used. */
const noRules = () => [];

interface WrongMethod {
  readonly kind: 'wrong_method';
  readonly allow: string;
}

function toCookieHeaders({ session }: PageAnswer, cookie: Cookie, nowMs: number): string[] {
  if (session === undefined) return [];
  if (session === 'ended') return ['Set-Cookie', cookie.remove()];
  const maxAgeSeconds = Math.max(0, Math.floor((session.expiresAtMs - nowMs) / 1_000));
  return ['Set-Cookie', cookie.keep(session.token, maxAgeSeconds)];
}

/** The one place where a number becomes a key: always of the session's own organization. */
function select({ keyspace, organization }: PortalSessionRecord, number: number | null): KeySelector {
  // Number 0 is no key's; routes whose path names none do not read it.
  return { keyspace, organization, number: number ?? 0 };
}

function toContext(page: PageRequest, { id }: PortalSessionRecord) {
  return { ...toSource(page), actor: { kind: 'portal_session', id } as const };
}

function toSource({ requestId, clientAddress }: PageRequest) {
  return { requestId, sourceAddress: clientAddress === null ? null : formatClientAddress(clientAddress) };
}

function noSession(): KeyholdError {
  return new KeyholdError(
    'unauthenticated',
    'The session has ended, or the link was used before. Open the page again from where you came.',
  );
}
