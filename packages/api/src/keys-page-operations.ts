import type { z } from 'zod';
import * as page from './schemas/keys-page.ts';

/** One call that the API Keys page makes, relative to where the page stands. */
export interface KeysPageOperation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** With `{number}` where it is about one key. */
  readonly path: string;
  readonly query: z.ZodObject | null;
  /** Null: it takes none. */
  readonly body: z.ZodObject | null;
}

/** The whole of what the page can ask for. Every one but `openSession` needs a session, and sees one organization. */
export const KEYS_PAGE_OPERATIONS = {
  openSession: { method: 'POST', path: '/api/session', query: null, body: page.openSessionRequest },
  readSession: { method: 'GET', path: '/api/session', query: null, body: null },
  endSession: { method: 'DELETE', path: '/api/session', query: null, body: null },
  listKeys: { method: 'GET', path: '/api/keys', query: page.pageListQuery, body: null },
  readUsage: { method: 'GET', path: '/api/usage', query: page.pageUsageQuery, body: null },
  issueKey: { method: 'POST', path: '/api/keys', query: null, body: page.pageIssueRequest },
  renameKey: { method: 'PATCH', path: '/api/keys/{number}', query: null, body: page.pageRenameRequest },
  recycleKey: {
    method: 'POST',
    path: '/api/keys/{number}/recycle',
    query: null,
    body: page.pageRecycleRequest,
  },
  revokeKey: { method: 'POST', path: '/api/keys/{number}/revoke', query: null, body: null },
  disableKey: { method: 'POST', path: '/api/keys/{number}/disable', query: null, body: null },
  enableKey: { method: 'POST', path: '/api/keys/{number}/enable', query: null, body: null },
} as const satisfies Readonly<Record<string, KeysPageOperation>>;

export type KeysPageOperationId = keyof typeof KEYS_PAGE_OPERATIONS;
