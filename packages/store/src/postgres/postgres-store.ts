import type { SnapshotPage } from '@keyhold/coherence';
import { KeyholdError, type RandomBytes } from '@keyhold/core';
import type { Kysely } from 'kysely';
import type { Failpoint } from '../failpoint.ts';
import { createOperations, isMutation, type Operation, runMutation, runRead } from '../sql/operations.ts';
import type { Tables } from '../sql/schema.ts';
import type { Store } from '../store.ts';
import { createConnections, type Session, toClientConfig } from './connections.ts';
import { toOpenError, toStoreError } from './errors.ts';
import { createGroupCommit } from './group-commit.ts';
import { createKysely, createStatementNames } from './kysely-dialect.ts';
import { migrate } from './migrate.ts';
import { sendSnapshot } from './snapshot.ts';
import { beginRead, beginUsage, commit, NOW_MS, useTransaction } from './transactions.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, with what else node-postgres reads from it. */
  readonly connectionString: string;
  readonly randomBytes: RandomBytes;
  /** This process among those that share the database: its own lease rows pass over its hints. Default: nobody's. */
  readonly sender?: string;
  /** Told what the database's user lacks and the store can do without. Default: nobody. */
  readonly onNotice?: (message: string) => void;
  /** For tests: the store's time. Default: the clock of the database, which is one for all nodes. */
  readonly nowMs?: () => number;
  /** For tests: called at every failpoint. When it throws, what the store is doing fails there. */
  readonly onFailpoint?: (name: Failpoint) => void | Promise<void>;
}

/** Length of what {@link Store.secretFor} makes. */
const SECRET_BYTES = 32;

/** Connections for reads and usage; mutations have one of their own, so that they never wait for these. */
const READERS = 8;

/** Reads of one statement, which needs no transaction to see one moment. */
const ONE_STATEMENT: readonly Operation['method'][] = ['ping', 'readChanges'];

/**
 * Opens the store in a PostgreSQL database that it has to itself, and brings its schema up to date. Any number of
 * processes may have it open. A server that goes away is connected to again when the next call comes.
 *
 * @throws {KeyholdError} `settings_invalid` (the server refuses the user, or is too old), `store_newer`, `store_corrupt` (a
 *   database of something else), `store_not_writable`, `store_full`, `store_unavailable`.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { connectionString, randomBytes, sender = '' } = options;
  const failpoint = options.onFailpoint ?? (() => {});
  const config = toClientConfig(connectionString);
  const names = createStatementNames();
  const writer = createConnections(config, 1);
  const readers = createConnections(config, READERS);
  const nowMs = options.nowMs ?? null;
  const groupCommit = createGroupCommit({
    connections: writer,
    names,
    randomBytes,
    failpoint,
    sender,
    nowMs,
  });
  let closing: Promise<void> | null = null;
  try {
    const notice = await migrate(writer, failpoint);
    if (notice !== null) options.onNotice?.(notice);
  } catch (error) {
    await closeConnections();
    throw toOpenError(error);
  }

  async function closeConnections(): Promise<void> {
    await Promise.all([writer.close(), readers.close()]);
  }

  function requireOpen(): void {
    if (closing !== null) throw new KeyholdError('store_unavailable', 'The store is closed. Open it again.');
  }

  async function call(operation: Operation): Promise<unknown> {
    requireOpen();
    if (operation.method === 'flushUsage') return await runUsage(operation);
    return isMutation(operation.method) ? await groupCommit.run(operation) : await read(operation);
  }

  async function read(operation: Operation): Promise<unknown> {
    return await withReader(async (session) => {
      if (ONE_STATEMENT.includes(operation.method))
        return await runRead({ db: toDb(session), nowMs: 0 }, operation);
      const databaseMs = await beginRead(session);
      const answer = await runRead({ db: toDb(session), nowMs: nowMs?.() ?? databaseMs }, operation);
      await session.query({ text: 'COMMIT' });
      return answer;
    });
  }

  /** Counts are no mutation: they wait for none, and none waits for them. */
  async function runUsage(operation: Operation): Promise<unknown> {
    return await withReader(async (session) => {
      const databaseMs = await beginUsage(session);
      const nextEventId = () => {
        throw new TypeError('Counting writes no audit event.');
      };
      const tx = { db: toDb(session), nowMs: nowMs?.() ?? databaseMs, failpoint, nextEventId };
      const answer = await runMutation(tx, operation);
      await commit(session);
      return answer;
    });
  }

  async function withReader<T>(work: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await useTransaction(readers, work);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  function toDb(session: Session): Kysely<Tables> {
    return createKysely(session, names);
  }

  const { secretFor, ...operations } = createOperations((method, args) => call({ method, args }));
  return {
    ...operations,
    async now() {
      requireOpen();
      if (nowMs !== null) return nowMs();
      return await withReader(
        async (session) => (await session.query({ text: `SELECT ${NOW_MS}` })).rows[0].now_ms,
      );
    },
    async readSnapshot(receive) {
      requireOpen();
      let refusal: { readonly error: unknown } | null = null;
      const receivePage = (page: SnapshotPage) => {
        try {
          receive(page);
        } catch (error) {
          refusal = { error };
          throw error;
        }
      };
      try {
        return await withReader((session) => sendSnapshot(session, toDb(session), receivePage));
      } catch (error) {
        // What the receiver threw is the caller's own.
        throw refusal === null ? error : (refusal as { readonly error: unknown }).error;
      }
    },
    secretFor: (name) => secretFor(name, randomBytes(SECRET_BYTES)),
    async close() {
      closing ??= groupCommit.idle().then(closeConnections);
      await closing;
    },
  };
}
