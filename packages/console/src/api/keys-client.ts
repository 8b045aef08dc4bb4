import {
  KEYS_PAGE_HEADER,
  type KeysPageIssuedKey,
  type KeysPageKey,
  type KeysPageList,
  type KeysPageSession,
  type KeysPageUsage,
  type PageIssueRequest,
} from '@keyhold/api/keys-page';
import { CallFailed, type ProblemBody } from './call-failed.ts';
import type { TokenSource } from './token-source.ts';

/** The calls of the page. Each rejects with {@link CallFailed}. */
export interface KeysClient {
  openSession(code: string): Promise<KeysPageSession>;
  readSession(signal?: AbortSignal): Promise<KeysPageSession>;
  endSession(): Promise<void>;
  /** Every key of the organization, newest first, up to {@link MAX_KEYS}. */
  listKeys(signal?: AbortSignal): Promise<AllKeys>;
  readUsage(numbers: readonly number[], signal?: AbortSignal): Promise<KeysPageUsage>;
  issue(request: PageIssueRequest): Promise<KeysPageIssuedKey>;
  recycle(number: number, grace: string | undefined): Promise<KeysPageIssuedKey>;
  rename(number: number, name: string): Promise<KeysPageKey>;
  revoke(number: number): Promise<KeysPageKey>;
  disable(number: number): Promise<KeysPageKey>;
  enable(number: number): Promise<KeysPageKey>;
}

export interface AllKeys {
  readonly keys: readonly KeysPageKey[];
  /** ms since the epoch, by the server's clock. */
  readonly nowMs: number;
  /** There are more than are shown. */
  readonly isCut: boolean;
}

/** More than anybody looks through; older ones are found by the API. */
const MAX_KEYS = 5_000;

/**
 * @param base where the page stands, without a slash at the end.
 * @param token a portal session's, for a page of another origin; null: the page's own cookie says who calls.
 */
export function createKeysClient(base: string, token: TokenSource | null): KeysClient {
  async function send(
    method: string,
    path: string,
    body?: object,
    signal: AbortSignal | null = null,
  ): Promise<Response> {
    const headers: Record<string, string> = { [KEYS_PAGE_HEADER]: '1' };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    try {
      if (token !== null) headers['Authorization'] = `Bearer ${await token.read()}`;
      return await fetch(`${base}/api${path}`, {
        method,
        headers,
        signal,
        credentials: token === null ? 'same-origin' : 'omit',
        cache: 'no-store',
        referrerPolicy: 'no-referrer',
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw new CallFailed(0, {});
    }
  }

  async function call<T>(...request: Parameters<typeof send>): Promise<T> {
    let response = await send(...request);
    if (response.status === 401 && token !== null) {
      token.drop();
      response = await send(...request);
    }
    const answer: unknown = response.status === 204 ? null : await response.json().catch(() => ({}));
    // Page and server are of one release, so what the server answers with has the shape that it declares.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    if (!response.ok) throw new CallFailed(response.status, answer as Partial<ProblemBody>);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return answer as T;
  }

  const change = (number: number, verb: string) => call<KeysPageKey>('POST', `/keys/${number}/${verb}`);
  return {
    openSession: (code) => call('POST', '/session', { code }),
    readSession: (signal) => call('GET', '/session', undefined, signal),
    endSession: () => call('DELETE', '/session'),
    async listKeys(signal) {
      const keys: KeysPageKey[] = [];
      for (let cursor: string | null = ''; ; ) {
        const query: string = cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`;
        const page: KeysPageList = await call('GET', `/keys${query}`, undefined, signal);
        keys.push(...page.data);
        cursor = page.next_cursor;
        if (cursor === null || keys.length >= MAX_KEYS) {
          return { keys, nowMs: Date.parse(page.now), isCut: cursor !== null };
        }
      }
    },
    readUsage: (numbers, signal) => call('GET', `/usage?keys=${numbers.join(',')}`, undefined, signal),
    issue: (request) => call('POST', '/keys', request),
    recycle: (number, grace) => call('POST', `/keys/${number}/recycle`, grace === undefined ? {} : { grace }),
    rename: (number, name) => call('PATCH', `/keys/${number}`, { name }),
    revoke: (number) => change(number, 'revoke'),
    disable: (number) => change(number, 'disable'),
    enable: (number) => change(number, 'enable'),
  };
}
