import type { IncomingMessage } from 'node:http';
import { KEYS_PAGE_OPERATIONS, type KeysPageOperation, type KeysPageOperationId } from '@keyhold/api';
import type { Keyspace } from '@keyhold/core';
import {
  type KeySelector,
  keyNotFound,
  type MutationContext,
  type PortalSessionRecord,
} from '@keyhold/store';
import type { z } from 'zod';

type Table = typeof KEYS_PAGE_OPERATIONS;
type OutputOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : null;

/** A call of the page that is authorized, read, and of the right shape. */
export interface PageCall<Id extends KeysPageOperationId> {
  readonly request: IncomingMessage;
  readonly keyspace: Keyspace;
  /** Whose keys: every route takes the organization from here, and there is no other place to take it from. */
  readonly session: PortalSessionRecord;
  readonly context: MutationContext & {
    readonly actor: MutationContext['actor'] & { readonly kind: 'portal_session' };
  };
  /** The key that the path names, within the session's organization; nobody's where it names none. */
  readonly key: KeySelector;
  readonly query: OutputOf<Table[Id]['query']>;
  readonly body: OutputOf<Table[Id]['body']>;
}

export interface PageAnswer {
  readonly status: 200 | 201 | 202 | 204;
  /** Null with 204. */
  readonly body: object | null;
  /** A session begins or ends with the answer; left out: it goes on. */
  readonly session?: { readonly token: string; readonly expiresAtMs: number } | 'ended';
}

/** The operations that need a session. */
export type SessionOperationId = Exclude<KeysPageOperationId, 'openSession'>;

export type PageRoutes = {
  readonly [Id in SessionOperationId]: (call: PageCall<Id>) => Promise<PageAnswer>;
};

/** What a method and a path ask for. */
export type FoundOperation =
  | { readonly kind: 'operation'; readonly id: KeysPageOperationId; readonly number: number | null }
  | { readonly kind: 'wrong_method'; readonly allow: string }
  | { readonly kind: 'nothing' };

const PATTERNS = Object.entries<KeysPageOperation>(KEYS_PAGE_OPERATIONS).map(([id, { method, path }]) => ({
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names of the table's own entries
  id: id as KeysPageOperationId,
  method,
  pattern: new RegExp(`^${path.replace('{number}', '([^/]+)')}$`),
}));

/** @throws {KeyholdError} `key_not_found` for a number that no key can have. */
export function findOperation(method: string, path: string): FoundOperation {
  const ofPath = PATTERNS.filter(({ pattern }) => pattern.test(path));
  if (ofPath.length === 0) return { kind: 'nothing' };
  const found = ofPath.find((one) => one.method === method);
  if (found === undefined) {
    return { kind: 'wrong_method', allow: ofPath.map((one) => one.method).join(', ') };
  }
  const [, number] = found.pattern.exec(path) ?? [];
  return { kind: 'operation', id: found.id, number: number === undefined ? null : readNumber(number) };
}

function readNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw keyNotFound();
  return Number(text);
}
