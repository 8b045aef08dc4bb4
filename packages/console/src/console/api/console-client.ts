import { CONSOLE_HEADER } from '@keyhold/api/console';
import { CallFailed, type ProblemBody } from '../../api/call-failed.ts';
import type { Answer, CallInput, Route } from './routes.ts';

/** Calls of `/v1` with the console's cookie. */
export interface ConsoleClient {
  /**
   * Makes one call. A call that asks for a fresh proof of who is there asks for it, and is then made again.
   *
   * @throws {CallFailed} what the server refused, or that it could not be reached.
   */
  call<R extends Route>(route: R, input: CallInput<R>): Promise<Answer<R>>;
  /** Reads a file of `/v1`, address and all. */
  download(url: string): Promise<Blob>;
  /** Tells what to do when the session has ended, and how to ask for a password once more. */
  attend(attendant: Attendant): void;
}

export interface Attendant {
  sessionEnded(): void;
  /** Resolves when the person has shown again who they are; rejects when they would not. */
  reauthenticate(): Promise<void>;
}

export function createConsoleClient(): ConsoleClient {
  let attendant: Attendant | null = null;

  async function send(method: string, url: string, body: unknown, signal: AbortSignal | null) {
    const headers: Record<string, string> = { [CONSOLE_HEADER]: '1' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    let response: Response;
    try {
      response = await fetch(url, {
        method,
        headers,
        signal,
        credentials: 'same-origin',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new CallFailed(0, {});
    }
    if (response.ok) return response;
    const problem: unknown = await response.json().catch(() => ({}));
    // Console and server are of one release, so what the server answers with has the shape that it declares.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    throw new CallFailed(response.status, problem as Partial<ProblemBody>);
  }

  /** Sends; proves who is there and sends again where that is asked for. */
  async function attempt(method: string, url: string, body?: unknown, signal: AbortSignal | null = null) {
    try {
      return await send(method, url, body, signal);
    } catch (error) {
      if (!(error instanceof CallFailed) || attendant === null) throw error;
      if (error.code === 'reauthentication_required') {
        await attendant.reauthenticate();
        return await send(method, url, body, signal);
      }
      if (error.code === 'unauthenticated') attendant.sessionEnded();
      throw error;
    }
  }

  return {
    download: async (url) => await (await attempt('GET', url)).blob(),
    attend(next) {
      attendant = next;
    },
    async call<R extends Route>(route: R, input: CallInput<R>): Promise<Answer<R>> {
      const [method = '', path = ''] = route.split(' ');
      const { params, query, body, signal = null } = input;
      const url = fillPath(path, params) + toSearch(query);
      const response = await attempt(method, url, body, signal);
      const answer: unknown = response.status === 204 ? null : await response.json();
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of one release, as above
      return answer as Answer<R>;
    },
  };
}

function fillPath(path: string, params: object | undefined): string {
  const values = new Map<string, unknown>(Object.entries(params ?? {}));
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values.get(name))));
}

/** A query with what is known of it; what is undefined or empty is not asked for. */
export function toSearch(query: object | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}
