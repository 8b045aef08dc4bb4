import { type Clock, createAuditEventId, type RandomBytes } from '@keyhold/core';
import type { Failpoint } from '../failpoint.ts';
import { createOperations, type Operations } from '../sql/operations.ts';
import type { Store } from '../store.ts';
import { startWorkerThread } from './worker-thread.ts';

export interface SqliteStoreOptions {
  /** Path of the database file; made if there is none. Its directory has to exist. */
  readonly file: string;
  /** The store's time: every call is stamped with it when it is made. */
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /**
   * For tests: called at every failpoint, while the worker stands still. When it throws, what the worker is doing fails
   * there; it may also kill the process. Default: failpoints do nothing.
   */
  readonly onFailpoint?: (name: Failpoint) => void | Promise<void>;
}

/** Length of what {@link Store.secretFor} makes. */
const SECRET_BYTES = 32;

/**
 * Opens the store in an SQLite file. The database is in a worker thread; what comes back passes calls to it.
 *
 * One process owns the file at a time: hold a lock of your own before opening it. Calls may be made side by side; those
 * that write are committed together. The worker keeps the process alive until the store is closed.
 *
 * @throws {KeyholdError} `store_not_writable`, `store_corrupt`, `store_newer`, `store_full`, `store_unavailable`.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { file, clock, randomBytes } = options;
  const onFailpoint = options.onFailpoint ?? null;
  const worker = await startWorkerThread({ file, nowMs: clock.nowMs(), onFailpoint });

  const { secretFor, ...operations } = createOperations((method, args) => {
    // What needs the clock or randomness gets it here: neither can be passed to another thread.
    const nowMs = clock.nowMs();
    const eventIds = Array.from({ length: countEvents(method, args) }, () =>
      createAuditEventId(randomBytes, nowMs),
    );
    return worker.call({ method, args, nowMs, eventIds });
  });
  return {
    ...operations,
    now: async () => clock.nowMs(),
    close: () => worker.close(),
    readSnapshot: (receive) => worker.readSnapshot(receive),
    secretFor: (name) => secretFor(name, randomBytes(SECRET_BYTES)),
  };
}

/** How many audit events a call may write. */
function countEvents(method: keyof Operations, args: readonly unknown[]): number {
  const [, second, third] = args;
  if (method === 'importKeys' && Array.isArray(second)) return second.length;
  if (method === 'expireClaimLinks' && typeof second === 'number') return second;
  if (method === 'refuseClaim') return 2;
  if (method === 'changeKeys' && Array.isArray(third)) return third.length;
  if (method === 'releaseKeys' && typeof third === 'number') return third;
  return 1;
}
