import { type Clock, isKeyholdError, KeyholdError } from '@keyhold/core';
import type { ChangeLog } from './change.ts';
import { createFollower } from './follower.ts';
import type { Barrier, OwnLease } from './lease.ts';
import type { Replica } from './replica.ts';

/** How soon a log that could not be read is read again. */
const RETRY_MS = 500;

/** What every mutation of the store answers with. */
export interface Committed {
  /** The highest of the mutation's own seq, its row's and its organization's: what the barrier has to reach. */
  readonly seq: number;
}

/** The process that owns the store connection: it writes, then makes sure that the write holds everywhere. */
export interface Authority {
  /**
   * Loads the replica from the store's snapshot. Call once, before serving.
   *
   * @throws {KeyholdError} `store_unavailable`, `store_corrupt`, `store_newer`, `configuration_invalid`.
   */
  start(): Promise<void>;
  /**
   * Runs one mutation of the store, applies the log up to its seq in order, ends the requests in flight that it denies,
   * and waits for the barrier. When the promise resolves, the mutation holds in every process. A mutation that found
   * nothing to do waits in the same way, for the seq it answers with.
   *
   * @throws {KeyholdError} whatever the mutation refuses with; `revocation_pending` (with `seq`) when it is committed but
   *   not confirmed everywhere: repeating the call completes it. `shutting_down` after `close`.
   */
  commit<T extends Committed>(mutate: () => Promise<T>): Promise<T>;
  /** Refuses further commits, waits for those under way, then gives up the lease: nothing is verified any more. */
  close(): Promise<void>;
}

/** Makes the authority over a store, for the process that verifies from `replica`. */
export function createAuthority(options: {
  readonly log: ChangeLog;
  readonly replica: Replica;
  readonly barrier: Barrier;
  readonly lease: OwnLease;
  readonly clock: Clock;
}): Authority {
  const { log, replica, barrier, lease, clock } = options;
  const follower = createFollower({ log, replica });
  const underWay = new Set<Promise<unknown>>();
  let closed = false;
  let cancelRetry: (() => void) | null = null;

  /** The store may hold changes that the replica does not know of: catches up, however long that takes. */
  function fallBehind(): void {
    lease.lapse();
    if (closed) return;
    cancelRetry ??= clock.setTimer(RETRY_MS, () => {
      cancelRetry = null;
      follower.catchUp().then(() => lease.renew(), fallBehind);
    });
  }

  async function run<T extends Committed>(mutate: () => Promise<T>): Promise<T> {
    let committed: T;
    try {
      committed = await mutate();
    } catch (error) {
      // It may have been committed all the same.
      if (isKeyholdError(error) && error.code === 'store_unavailable') fallBehind();
      throw error;
    }
    await confirm(committed.seq);
    return committed;
  }

  async function confirm(seq: number): Promise<void> {
    try {
      await follower.reach(seq);
    } catch (cause) {
      fallBehind();
      throw pending(seq, cause);
    }
    lease.renew();
    if ((await barrier.waitFor(seq)) === 'pending') throw pending(seq);
  }

  return {
    start: () => follower.catchUp(),
    async commit(mutate) {
      if (closed)
        throw new KeyholdError('shutting_down', 'This process is shutting down; repeat the request.');
      const commit = run(mutate);
      underWay.add(commit);
      try {
        return await commit;
      } finally {
        underWay.delete(commit);
      }
    },
    async close() {
      closed = true;
      await Promise.allSettled(underWay);
      cancelRetry?.();
      lease.end();
    },
  };
}

function pending(seq: number, cause?: unknown): KeyholdError {
  return new KeyholdError(
    'revocation_pending',
    `Change ${seq} is committed and not yet confirmed everywhere; repeat the request to wait for it.`,
    { seq, cause },
  );
}
