import { isKeyholdError, KeyholdError } from '@keyhold/core';
import type { Change, ChangeLog } from './change.ts';
import type { Replica } from './replica.ts';

/** Changes in one read of the log: a burst of writes in one go, and still no pause while they are applied. */
const PAGE_CHANGES = 1_000;

/** Keeps a replica at the head of the change log. One read at a time, whoever asks: the changes stay in order. */
export interface Follower {
  /**
   * Applies the log up to what its head is now, at least; a replica that is not ready is loaded first.
   *
   * @throws {KeyholdError} `store_unavailable` and what loading throws; calling again goes on from where it stood.
   */
  catchUp(): Promise<void>;
  /** Applies the log up to `seq` at least, which is committed. @throws as `catchUp` does. */
  reach(seq: number): Promise<void>;
  /** Loads the replica anew, whatever it holds, then catches up. @throws as `catchUp` does. */
  reload(): Promise<void>;
}

/** What a follower does to its replica, told at once, each time. */
export interface FollowerObserver {
  dropped(): void;
  loaded(): void;
  applied(changes: readonly Change[]): void;
}

export function createFollower(options: {
  readonly log: ChangeLog;
  readonly replica: Replica;
  readonly observer: FollowerObserver;
}): Follower {
  const { log, replica, observer } = options;
  /** The highest seq known to be committed. */
  let committedSeq = 0;
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let mustLoad = false;

  async function load(): Promise<void> {
    let seq: number;
    do {
      mustLoad = false;
      replica.drop();
      observer.dropped();
      seq = await log.readSnapshot((page) => replica.load(page));
    } while (mustLoad);
    replica.seal(seq);
    observer.loaded();
    if (seq >= committedSeq) return;
    const message = `The store ends at change ${seq} and had committed change ${committedSeq}; was a backup restored under the running process?`;
    committedSeq = seq;
    throw new KeyholdError('store_unavailable', message);
  }

  async function follow(): Promise<void> {
    for (;;) {
      const knownSeq = committedSeq;
      const changes = await log.readChanges(replica.appliedSeq, PAGE_CHANGES);
      // What a change ends is waited for by the barrier, so that a slow end does not hold up the changes after it.
      for (const change of changes) void replica.apply(change);
      if (changes.length > 0) observer.applied(changes);
      if (changes.length === 0 && replica.appliedSeq < knownSeq) {
        throw new KeyholdError('lease_lost', `The change log ends before change ${knownSeq}.`);
      }
      if (changes.length < PAGE_CHANGES) return;
    }
  }

  async function run(): Promise<void> {
    try {
      if (!replica.ready || mustLoad) {
        // Once it counts as running: whoever is told that the table was dropped asks for it again.
        await Promise.resolve();
        await load();
      }
      await follow();
    } catch (error) {
      if (!isKeyholdError(error) || error.code !== 'lease_lost') throw error;
      // A hole in the log, or a change that contradicts the table: nothing in the table can be relied upon.
      await load();
      await follow();
    }
  }

  function start(): Promise<void> {
    running ??= run().finally(() => {
      running = null;
    });
    return running;
  }

  function catchUp(): Promise<void> {
    if (running === null) return start();
    // What runs may have read past the head before the latest commit.
    next ??= running
      .catch(() => {
        // Told to whoever waits for it.
      })
      .then(() => {
        next = null;
        return start();
      });
    return next;
  }

  return {
    catchUp,
    async reach(seq) {
      committedSeq = Math.max(committedSeq, seq);
      while (!replica.ready || replica.appliedSeq < seq) await start();
    },
    reload() {
      mustLoad = true;
      return catchUp();
    },
  };
}
