import type { IncomingMessage, ServerResponse } from 'node:http';
import { OPERATIONS } from '@keyhold/api';
import type { Verifier } from '@keyhold/coherence';
import {
  type Clock,
  type FieldError,
  formatClientAddress,
  KeyholdError,
  parseDurationMs,
  planIssue,
} from '@keyhold/core';
import type { SelfServiceHandler, SelfServiceRequest } from '@keyhold/gateway';
import { type KeySelector, keyNotFound, type MutationContext, type Store } from '@keyhold/store';
import { writeAnswer, writeDenial, writeProblem } from '../http/answer.ts';
import { checkMediaType, hasBody, readBody } from '../http/body.ts';
import { createCursorCodec } from '../http/cursor.ts';
import { validate } from '../http/field-errors.ts';
import { readIdempotency, refuseIdempotency } from '../http/idempotency.ts';
import { readJson } from '../http/json-reader.ts';
import { toProblem } from '../http/problem.ts';
import { readQuery } from '../http/query.ts';
import { toIssueRequest } from '../keys/key-requests.ts';
import type { KeyService } from '../keys/key-service.ts';
import { checkDuration } from '../keys/refused-fields.ts';
import type { Log } from '../observability/log.ts';
import type { PortalSessions } from '../portal/portal-sessions.ts';
import { type Holder, identifyHolder } from './holder.ts';
import { writeSelfServiceError } from './self-service-errors.ts';
import { splitScopes, toIssuedKey, toListedKey } from './self-service-keys.ts';

export interface SelfServiceOptions {
  readonly keys: KeyService;
  readonly store: Pick<Store, 'listKeys'>;
  /** Counts what it decides. */
  readonly verifier: Verifier;
  readonly portalSessions: PortalSessions;
  readonly clock: Clock;
  readonly log: Log;
  /** 32 secret bytes, the same on every node and after a restart. */
  readonly cursorKey: Uint8Array;
}

/** What a request under the mount asks for. */
type Route =
  | { readonly verb: 'list' }
  | { readonly verb: 'issue' }
  | { readonly verb: 'revoke' | 'recycle'; readonly number: number }
  | { readonly verb: 'refuse'; readonly allow: string };

/**
 * The customer's own view of their keys, in the shapes their documents show: a bare array, the key's number as `id`, its
 * masked form as `prefix`, times in whole seconds, and no field that the keyspace lacks. It sees one organization in one
 * keyspace; whatever else there is, is 404.
 */
export function createSelfService(options: SelfServiceOptions): SelfServiceHandler {
  const { keys, store, verifier, portalSessions, clock, log } = options;
  const cursors = createCursorCodec(options.cursorKey);

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    selfService: SelfServiceRequest,
  ): Promise<void> {
    const identified = await identifyHolder(request, selfService, verifier, portalSessions);
    if (!identified.ok) return writeDenial(response, identified.denial, selfService.requestId);
    const { holder } = identified;
    const route = readRoute(request.method ?? '', selfService.subPath);
    switch (route.verb) {
      case 'list':
        return await list(response, selfService, holder);
      case 'issue':
        return await issue(request, response, selfService, holder);
      case 'revoke': {
        readQuery(null, selfService.query);
        await keys.revoke(toContext(selfService, holder), select(selfService, holder, route.number), null);
        return writeAnswer(response, { status: 204, headers: [], body: '' }, selfService.requestId);
      }
      case 'recycle':
        return await recycle(
          request,
          response,
          selfService,
          select(selfService, holder, route.number),
          holder,
        );
      case 'refuse': {
        const error = new KeyholdError('method_not_allowed', `This address answers to ${route.allow}.`);
        const problem = toProblem(error, selfService.requestId);
        return writeProblem(response, problem, ['Allow', route.allow], selfService.requestId);
      }
    }
  }

  async function list(
    response: ServerResponse,
    { keyspace, mount, query, requestId }: SelfServiceRequest,
    { organization }: Holder,
  ): Promise<void> {
    const { limit, cursor } = readQuery(OPERATIONS.selfServiceListKeys.query, query);
    const name = `self-service ${keyspace.id} ${organization}`;
    const { data, next } = await store.listKeys({
      keyspace: keyspace.id,
      organization,
      limit,
      ...(cursor !== undefined && { after: cursors.open(name, cursor) }),
    });
    const nowMs = clock.nowMs();
    const headers = ['Content-Type', 'application/json'];
    if (next !== null) {
      const search = new URLSearchParams({ limit: String(limit), cursor: cursors.seal(name, next) });
      headers.push('Link', `<${mount}?${search.toString()}>; rel="next"`);
    }
    const body = JSON.stringify(data.map((record) => toListedKey(record, keyspace, nowMs)));
    writeAnswer(response, { status: 200, headers, body }, requestId);
  }

  async function issue(
    request: IncomingMessage,
    response: ServerResponse,
    selfService: SelfServiceRequest,
    holder: Holder,
  ): Promise<void> {
    const { keyspace, mount, query, requestId } = selfService;
    readQuery(null, query);
    const { bytes, value } = await readFields(request, true);
    const body = validate(
      OPERATIONS.selfServiceIssueKey.body.schema,
      value,
      (fields): readonly FieldError[] => {
        const planned = planIssue(keyspace, toIssueRequest(splitScopes(fields)), clock.nowMs());
        return planned.ok ? [] : planned.fields;
      },
    );
    const outcome = await keys.issue(
      toContext(selfService, holder),
      { ...toIssueRequest(splitScopes(body)), keyspace: keyspace.id, organization: holder.organization },
      readIdempotency(request, mount, bytes),
    );
    const headers = ['Content-Type', 'application/json'];
    if (outcome.replayed) headers.push('Idempotency-Replayed', 'true');
    const answer = JSON.stringify(toIssuedKey(outcome.record, outcome.presentedKey, keyspace));
    writeAnswer(response, { status: outcome.pending ? 202 : 201, headers, body: answer }, requestId);
  }

  async function recycle(
    request: IncomingMessage,
    response: ServerResponse,
    selfService: SelfServiceRequest,
    selector: KeySelector,
    holder: Holder,
  ): Promise<void> {
    readQuery(null, selfService.query);
    refuseIdempotency(request, OPERATIONS.selfServiceRecycleKey);
    const { value } = await readFields(request, false);
    const body = validate(OPERATIONS.selfServiceRecycleKey.body.schema, value, ({ grace }) =>
      checkDuration('/grace', grace),
    );
    const graceMs = body.grace === undefined ? 0 : (parseDurationMs(body.grace) ?? 0);
    const { record, presentedKey, pending } = await keys.recycle(
      toContext(selfService, holder),
      selector,
      graceMs,
    );
    const answer = JSON.stringify(toIssuedKey(record, presentedKey, selfService.keyspace));
    const headers = ['Content-Type', 'application/json'];
    writeAnswer(response, { status: pending ? 202 : 200, headers, body: answer }, selfService.requestId);
  }

  async function readFields(
    request: IncomingMessage,
    required: boolean,
  ): Promise<{ readonly bytes: Buffer; readonly value: unknown }> {
    if (!required && !hasBody(request)) return { bytes: Buffer.alloc(0), value: {} };
    const { mediaType, maxBytes } = OPERATIONS.selfServiceIssueKey.body;
    checkMediaType(request, mediaType);
    const bytes = await readBody(request, maxBytes, clock);
    if (bytes === null)
      throw new KeyholdError('request_timeout', 'The client left before the body had arrived.');
    return { bytes, value: bytes.length === 0 && !required ? {} : readJson(bytes) };
  }

  return async (request, response, selfService) => {
    try {
      await serve(request, response, selfService);
    } catch (error) {
      writeSelfServiceError(response, error, selfService, log);
    }
  };
}

/** @throws {KeyholdError} `key_not_found`, `route_not_found`. */
function readRoute(method: string, subPath: string): Route {
  const [, id, action] = /^\/([^/]+)(\/recycle)?$/.exec(subPath) ?? [];
  if (subPath !== '' && id === undefined) throw new KeyholdError('route_not_found', '');
  if (id === undefined) {
    // Node leaves the body out of an answer to HEAD by itself.
    if (method === 'GET' || method === 'HEAD') return { verb: 'list' };
    return method === 'POST' ? { verb: 'issue' } : { verb: 'refuse', allow: 'GET, HEAD, POST' };
  }
  // A number that no key can have is an id that no key has.
  const number = /^[1-9]\d{0,14}$/.test(id) ? Number(id) : null;
  if (number === null) throw keyNotFound();
  const verb = action === undefined ? 'revoke' : 'recycle';
  const allow = verb === 'revoke' ? 'DELETE' : 'POST';
  return method === allow ? { verb, number } : { verb: 'refuse', allow };
}

function select({ keyspace }: SelfServiceRequest, { organization }: Holder, number: number): KeySelector {
  return { keyspace: keyspace.id, organization, number };
}

function toContext({ requestId, clientAddress }: SelfServiceRequest, { actor }: Holder): MutationContext {
  return {
    actor,
    requestId,
    sourceAddress: clientAddress === null ? null : formatClientAddress(clientAddress),
  };
}
