import type { CreateOptions } from './call-options.ts';
import { KeyholdApiError, KeyholdUnreachableError, toProblem } from './client-errors.ts';
import { CLIENT_OPERATIONS, type ClientOperation, type KeyholdClient } from './operations.ts';
import { type Page, toPages } from './pages.ts';

export interface ClientOptions {
  /** Where a node answers, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** An operator token with the scopes of what is called. */
  readonly token: string;
  /** How long a call may take, its answer included. Default: 30,000; a write waits for 5,000 at the most. */
  readonly timeoutMs?: number | undefined;
  /** What sends requests. Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;

type Input = Readonly<Record<string, unknown>>;

/**
 * Makes a client of the management API. Nothing is repeated by itself: a create is repeated safely with its
 * `idempotencyKey`, everything else that is about one key or organization as it is.
 *
 * Each call rejects with {@link KeyholdApiError} when Keyhold refuses, {@link KeyholdUnreachableError} when there is no
 * answer of Keyhold's, and the signal's reason when its `signal` ended it.
 *
 * @throws {TypeError} for an address that is none.
 */
export function createClient(options: ClientOptions): KeyholdClient {
  const { token, timeoutMs = DEFAULT_TIMEOUT_MS, fetch = globalThis.fetch } = options;
  const base = options.url.replace(/\/+$/, '');
  if (!/^https?:\/\//.test(base) || !URL.canParse(base)) {
    throw new TypeError(`"${options.url}" is no address; write it as http://127.0.0.1:8080.`);
  }

  async function call(
    operation: ClientOperation,
    input: Input,
    callOptions: CreateOptions,
  ): Promise<unknown> {
    const { target, body } = toTarget(base, operation, input);
    const { idempotencyKey } = callOptions;
    const { status, ok, text } = await send(target, callOptions.signal, {
      method: operation.method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body !== null && { 'content-type': body.type }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      body: body?.text ?? null,
    });
    const received = parseJson(text);
    if (ok && received !== undefined) return received;
    const problem = toProblem(received);
    if (problem !== null) throw new KeyholdApiError(problem);
    throw new KeyholdUnreachableError(`${base} answered ${status}, and not as Keyhold does; check "url".`);
  }

  async function send(target: URL, signal: AbortSignal | undefined, request: RequestInit) {
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(target, {
        ...request,
        // It would take the token to another server.
        redirect: 'error',
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      return { status: response.status, ok: response.ok, text: await response.text() };
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      const reason = timeout.aborted ? `within ${timeoutMs} ms` : `(${toReason(error)})`;
      throw new KeyholdUnreachableError(
        `${base} does not answer ${reason}; see that it runs, and check "url".`,
        {
          cause: error,
        },
      );
    }
  }

  function callList(operation: ClientOperation, input: Input, callOptions: CreateOptions) {
    return toPages(async (cursor) => {
      const ofPage = cursor === undefined ? input : { ...input, cursor };
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a node answers with is believed
      return (await call(operation, ofPage, callOptions)) as Page;
    });
  }

  const methods = Object.entries(CLIENT_OPERATIONS).map(([id, operation]) => {
    const callIt = operation.list ? callList : call;
    return [
      id,
      (input: Input = {}, callOptions: CreateOptions = {}) => callIt(operation, input, callOptions),
    ];
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table has every method, under its name
  return Object.fromEntries(methods) as KeyholdClient;
}

/** What the path names goes there; the rest is the query of a GET and the body of everything else. */
function toTarget(base: string, { method, path, form = false }: ClientOperation, input: Input) {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest.get(name);
    rest.delete(name);
    if (typeof value !== 'string' || value === '')
      throw new TypeError(`"${name}" is missing; it is part of the address.`);
    return encodeURIComponent(value);
  });
  const target = new URL(base + filled);
  const asText = [...rest].map(([name, value]): [string, string] => [name, String(value)]);
  if (method === 'GET') {
    for (const [name, value] of asText) target.searchParams.set(name, value);
    return { target, body: null };
  }
  const body = form
    ? { type: 'application/x-www-form-urlencoded', text: new URLSearchParams(asText).toString() }
    : { type: 'application/json', text: JSON.stringify(Object.fromEntries(rest)) };
  return { target, body };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not an answer of Keyhold's; the caller is told so.
    return undefined;
  }
}

/** `fetch failed` says nothing; its cause does, or the code of it where there were several. */
function toReason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
}
