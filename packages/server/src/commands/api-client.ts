import { OPERATIONS, type OperationId, type ProblemBody } from '@keyhold/api';
import { KeyholdError } from '@keyhold/core';
import { z } from 'zod';
import { systemErrorCode } from '../process/system-error.ts';
import { readSecretSetting } from '../settings/secret-setting.ts';
import type { CommandIo } from './command-io.ts';

/** Longer than the longest wait of a write: the barrier's, 5 s. */
const TIMEOUT_MS = 30_000;
/** For all of a stream. */
const STREAM_TIMEOUT_MS = 3_600_000;
const DEFAULT_URL = 'http://127.0.0.1:8080';

export interface ApiRequest {
  /** Values for the `{name}`s in the operation's path. */
  readonly params?: { readonly [name: string]: string };
  /** What is undefined is left out. */
  readonly query?: { readonly [name: string]: string | undefined };
  readonly body?: object;
}

export interface ApiAnswer {
  readonly body: unknown;
  /** The answer as the server wrote it. */
  readonly text: string;
}

/** The management API of a running server. */
export interface ApiClient {
  /** @throws {ApiProblem} when the server refuses, {@link ServerUnreachable} when none answers. */
  call(operation: OperationId, request: ApiRequest): Promise<ApiAnswer>;
  /** For an answer that is a stream: its text, piece by piece. @throws what `call` throws. */
  stream(operation: OperationId, request: ApiRequest): AsyncIterable<string>;
}

/** The server said no. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: ProblemBody;
  constructor(problem: ProblemBody) {
    const fields = (problem.errors ?? []).map(({ pointer, message }) => `${pointer} ${message}`);
    super(`${[problem.detail ?? problem.title, ...fields].join(' | ')} (${problem.code})`);
    this.problem = problem;
  }
}

export class ServerUnreachable extends Error {
  override readonly name = 'ServerUnreachable';
}

const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
}) satisfies z.ZodType<Partial<ProblemBody>>;

/**
 * Makes the client of one command.
 *
 * @param url the flag `--url`; it comes before `KEYHOLD_URL`.
 * @throws {KeyholdError} `settings_invalid` when there is no token, or the address is none.
 */
export function createApiClient(io: CommandIo, url: string | undefined): ApiClient {
  const base = (url ?? (io.environment['KEYHOLD_URL'] || DEFAULT_URL)).replace(/\/+$/, '');
  if (!/^https?:\/\//.test(base) || !URL.canParse(base)) {
    throw new KeyholdError(
      'settings_invalid',
      `${JSON.stringify(base)} is no URL; write --url as ${DEFAULT_URL}`,
    );
  }
  const token = readSecretSetting('KEYHOLD_OPERATOR_TOKEN', io.environment);
  if (token === null) {
    throw new KeyholdError(
      'settings_invalid',
      'KEYHOLD_OPERATOR_TOKEN is not set; export the operator token, or name its file in KEYHOLD_OPERATOR_TOKEN_FILE',
    );
  }
  function open(
    operation: OperationId,
    { params = {}, query = {}, body }: ApiRequest,
    timeoutMs: number,
  ): Promise<Response> {
    const { method, path } = OPERATIONS[operation];
    const target = new URL(
      base + path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? '')),
    );
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) target.searchParams.set(name, value);
    }
    // A redirect would take the token to another server.
    return fetch(target, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
  }

  async function reach<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const reason =
        error instanceof Error && error.cause instanceof Error ? toReason(error.cause) : String(error);
      throw new ServerUnreachable(
        `${base} does not answer (${reason}); start the server, or name it with --url`,
        { cause: error },
      );
    }
  }

  function toRefusal(status: number, received: unknown): Error {
    const problem = problemSchema.safeParse(received);
    return problem.success
      ? new ApiProblem(problem.data)
      : new ServerUnreachable(`${base} answered ${status}, and not as Keyhold does; check --url`);
  }

  return {
    async call(operation, request) {
      const { ok, status, text } = await reach(async () => {
        const response = await open(operation, request, TIMEOUT_MS);
        return { ok: response.ok, status: response.status, text: await response.text() };
      });
      const received = parseJson(text);
      if (ok && received !== undefined) return { body: received, text };
      throw toRefusal(status, received);
    },
    async *stream(operation, request) {
      const response = await reach(() => open(operation, request, STREAM_TIMEOUT_MS));
      if (!response.ok || response.body === null) {
        throw toRefusal(response.status, parseJson(await reach(() => response.text())));
      }
      const pieces = response.body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
      for (;;) {
        const { done, value } = await reach(() => pieces.next());
        if (done === true) return;
        yield value;
      }
    },
  };
}

function toReason(cause: Error): string {
  return 'code' in cause ? systemErrorCode(cause) : cause.message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not an answer of Keyhold's; the caller says so.
    return undefined;
  }
}
