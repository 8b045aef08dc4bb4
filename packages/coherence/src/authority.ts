import { type Clock, isKeyholdError, KeyholdError } from '@keyhold/core';
import type { WritingMembership } from './membership.ts';

/** How soon a log that could not be read is read again. */
const RETRY_MS = 500;

/** What every mutation of the store answers with. */
export interface Committed {
  /** The highest of the mutation's own seq, its row's and its organization's: what the barrier has to reach. */
  readonly seq: number;
}

/** The process that owns the store connection: it writes, then makes sure that the write holds everywhere. */
export interface Authority {
  /** As `WritingMembership.start`. */
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
  /** The first half of `commit`, for a call that another process asked for and will confirm. Takes reads as well. */
  attempt<T>(call: () => Promise<T>): Promise<T>;
  /**
   * The second half of `commit`: resolves when a change that is committed holds in every process.
   *
   * @throws {KeyholdError} `revocation_pending`, `shutting_down`.
   */
  confirm(seq: number): Promise<void>;
  /** Refuses further commits, waits for those under way, then closes the membership: nothing is verified any more. */
  close(): Promise<void>;
}

/** Makes the authority over a store, for the process that takes part in the protocol as `membership`. */
export function createAuthority(options: {
  readonly membership: WritingMembership;
  readonly clock: Clock;
}): Authority {
  const { membership, clock } = options;
  const { barrier, follower } = membership;
  const underWay = new Set<Promise<unknown>>();
  let closed = false;
  let cancelRetry: (() => void) | null = null;

  /** The store may hold changes that the replica does not know of: catches up, however long that takes. */
  function fallBehind(): void {
    membership.fallBehind();
    if (closed) return;
    cancelRetry ??= clock.setTimer(RETRY_MS, () => {
      cancelRetry = null;
      follower.catchUp().then(() => membership.catchUp(), fallBehind);
    });
  }

  async function attempt<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      // It may have been committed all the same.
      if (isKeyholdError(error) && error.code === 'store_unavailable') fallBehind();
      throw error;
    }
  }

  async function confirm(seq: number): Promise<void> {
    // Begun at once, so that the others hear of the change while this process applies it.
    const held = barrier.waitFor(seq);
    try {
      await follower.reach(seq);
    } catch (cause) {
      fallBehind();
      throw pending(seq, cause);
    }
    membership.catchUp();
    if ((await held) === 'pending') throw pending(seq);
  }

  /** Counts what is under way, for `close` to wait for. */
  async function track<T>(run: () => Promise<T>): Promise<T> {
    if (closed) throw new KeyholdError('shutting_down', 'This process is shutting down; repeat the request.');
    const running = run();
    underWay.add(running);
    try {
      return await running;
    } finally {
      underWay.delete(running);
    }
  }

  return {
    start: () => membership.start(),
    commit: (mutate) =>
      track(async () => {
        const committed = await attempt(mutate);
        await confirm(committed.seq);
        return committed;
      }),
    attempt: (call) => track(() => attempt(call)),
    confirm: (seq) => track(() => confirm(seq)),
    async close() {
      closed = true;
      await Promise.allSettled(underWay);
      cancelRetry?.();
      await membership.close();
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
