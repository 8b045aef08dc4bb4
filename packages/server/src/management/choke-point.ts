import type { IncomingMessage } from 'node:http';
import { OPERATIONS, type Operation } from '@keyhold/api';
import {
  type AddressRanges,
  type Clock,
  type FieldError,
  formatClientAddress,
  isKeyholdError,
  KeyholdError,
  resolveClientAddress,
} from '@keyhold/core';
import type { Context } from 'hono';
import { REQUEST_ID_HEADER, toProblemHeaders } from '../http/answer.ts';
import { checkMediaType, hasBody, readBody } from '../http/body.ts';
import type { CursorCodec } from '../http/cursor.ts';
import { validateAsync } from '../http/field-errors.ts';
import { readIdempotency, refuseIdempotency } from '../http/idempotency.ts';
import { readJson } from '../http/json-reader.ts';
import { isFailure, toProblem } from '../http/problem.ts';
import { readQuery } from '../http/query.ts';
import { isSecureRequest } from '../http/secure-request.ts';
import type { Log } from '../observability/log.ts';
import type { Metrics } from '../observability/metrics.ts';
import { type AuthenticatedOperator, INVALID_TOKEN } from '../operators/operator-authenticator.ts';
import type { ManagementOperationId, StreamedContent } from './call.ts';
import { type CallerAuthenticator, requireRecentProof } from './caller.ts';
import { requireNamedKeyspaceAccess } from './keyspace-access.ts';

/** What Hono's context carries here: node's own objects and the request's id. */
export interface ManagementEnvironment {
  Bindings: { readonly incoming: IncomingMessage; readonly requestId: string };
}

export interface ChokePointOptions {
  readonly authenticator: CallerAuthenticator;
  readonly cursors: CursorCodec;
  readonly trusted: AddressRanges;
  /** Where the listener is reached from outside; null: not known. */
  readonly publicUrl: URL | null;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** A route with the types of its operation taken off; the table of operations has put them on. */
interface AnyRoute {
  check?(body: unknown, call: unknown): readonly FieldError[] | Promise<readonly FieldError[]>;
  handle(call: unknown): Promise<{
    readonly status: number;
    readonly body: unknown;
    readonly replayed?: boolean;
    readonly content?: StreamedContent;
    readonly cookies?: readonly string[];
    readonly location?: string;
  }>;
}

/**
 * The one way into management: every route passes here, and nothing reaches a route that is not authenticated, read and
 * valid; nothing leaves but JSON and problem details.
 */
export function createChokePoint(options: ChokePointOptions) {
  const { authenticator, cursors, trusted, publicUrl, metrics, clock, log } = options;

  async function call(
    c: Context<ManagementEnvironment>,
    id: ManagementOperationId,
    route: AnyRoute,
  ): Promise<Response> {
    const operation: Operation = OPERATIONS[id];
    const { incoming, requestId } = c.env;
    const authentication = await authenticator.authenticate(incoming, operation);
    if (!authentication.ok) {
      return answerProblem(c, authentication.error, ['WWW-Authenticate', authentication.challenge]);
    }
    const { caller } = authentication;
    const { operator, session } = caller;
    const { pathname, search } = new URL(c.req.url);
    const query = readQuery(operation.query, search.slice(1)) as Readonly<Record<string, unknown>>;
    const params = c.req.param() as Readonly<Record<string, string>>;
    refuseIdempotency(incoming, operation);
    const bytes = await readBytes(incoming, operation);
    const target = { operator, params };
    const body = operation.body === null ? null : await readFields(operation.body, bytes, route, target);
    for (const fields of [query, body]) requireNamedKeyspaceAccess(operator, fields);
    requireRecentProof(operation, body, caller, clock.nowMs());
    const answer = await route.handle({
      ...target,
      query,
      body,
      context: { actor: operator.actor, requestId, sourceAddress: readSourceAddress(incoming) },
      session,
      userAgent: incoming.headers['user-agent'] ?? null,
      isSecure: isSecureRequest(incoming, publicUrl),
      headers: incoming.headers,
      idempotency: operation.idempotent ? readIdempotency(incoming, pathname, bytes) : null,
      page: readPage(id, operator, query),
    });
    const headers = new Headers({ 'Cache-Control': 'no-store', [REQUEST_ID_HEADER]: requestId });
    if (answer.replayed === true) headers.set('Idempotency-Replayed', 'true');
    if (answer.location !== undefined) headers.set('Location', answer.location);
    for (const cookie of answer.cookies ?? []) headers.append('Set-Cookie', cookie);
    if (answer.content !== undefined) return toStreamedResponse(answer.content, answer.status, headers);
    if (answer.body === null) return new Response(null, { status: answer.status, headers });
    headers.set('Content-Type', 'application/json');
    return new Response(JSON.stringify(answer.body), { status: answer.status, headers });
  }

  async function readBytes(incoming: IncomingMessage, operation: Operation): Promise<Buffer> {
    if (operation.body === null || (!operation.body.required && !hasBody(incoming))) return Buffer.alloc(0);
    checkMediaType(incoming, 'application/json');
    const bytes = await readBody(incoming, operation.body.maxBytes, clock);
    if (bytes === null)
      throw new KeyholdError('request_timeout', 'The client left before the body had arrived.');
    return bytes;
  }

  async function readFields(
    { schema, required }: NonNullable<Operation['body']>,
    bytes: Buffer,
    route: AnyRoute,
    target: { readonly operator: AuthenticatedOperator; readonly params: unknown },
  ): Promise<unknown> {
    const value = bytes.length === 0 && !required ? {} : readJson(bytes);
    return await validateAsync(schema, value, (body) => route.check?.(body, target) ?? []);
  }

  /** A cursor is good for the same operation, filters and operator only. */
  function readPage(id: string, operator: AuthenticatedOperator, query: Readonly<Record<string, unknown>>) {
    const { cursor, limit: _, ...filters } = query;
    // Parameters come in the order of the schema, so the same filters make the same name.
    const list = JSON.stringify([id, operator.keyspaces, filters]);
    return {
      after: typeof cursor === 'string' ? cursors.open(list, cursor) : undefined,
      next: (position: string | null) => (position === null ? null : cursors.seal(list, position)),
    };
  }

  function readSourceAddress(incoming: IncomingMessage): string | null {
    const forwardedFor = incoming.headersDistinct['x-forwarded-for'] ?? [];
    const address = resolveClientAddress(incoming.socket.remoteAddress ?? '', forwardedFor, trusted);
    return address === null ? null : formatClientAddress(address);
  }

  function answerProblem(
    c: Context<ManagementEnvironment>,
    error: unknown,
    extraHeaders: readonly string[],
  ): Response {
    const { requestId } = c.env;
    const problem = toProblem(error, requestId);
    if (isFailure(problem)) log.error({ err: error, request_id: requestId }, 'a management request failed');
    const headers = new Headers({ 'Cache-Control': 'no-store', [REQUEST_ID_HEADER]: requestId });
    const flat = [...toProblemHeaders(problem), ...extraHeaders];
    for (let i = 0; i < flat.length; i += 2) headers.set(flat[i]!, flat[i + 1]!);
    return new Response(JSON.stringify(problem.body), { status: problem.status, headers });
  }

  return {
    /** Hono's handler for one operation. */
    serve(id: ManagementOperationId, route: AnyRoute) {
      return async (c: Context<ManagementEnvironment>): Promise<Response> => {
        const startedMs = clock.monotonicMs();
        const response = await call(c, id, route).catch((error: unknown) => {
          // A token can be revoked between the first check and the transaction; it is then answered like any bad one.
          return isKeyholdError(error) && error.code === 'unauthenticated'
            ? answerProblem(c, INVALID_TOKEN.error, ['WWW-Authenticate', INVALID_TOKEN.challenge])
            : answerProblem(c, error, []);
        });
        metrics.observeManagement({
          operation: id,
          status: response.status,
          durationMs: clock.monotonicMs() - startedMs,
        });
        return response;
      };
    },
    answerProblem,
  };
}

/** Reads on when what was read has gone out, and stops when the client leaves. */
function toStreamedResponse(
  { mediaType, fileName, chunks }: StreamedContent,
  status: number,
  headers: Headers,
): Response {
  headers.set('Content-Type', mediaType);
  headers.set('Content-Disposition', `attachment; filename="${fileName}"`);
  const iterator = chunks[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await iterator.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status, headers });
}
