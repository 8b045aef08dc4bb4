import { isKeyholdError, KeyholdError } from '@keyhold/core';
import type { ChangeLog } from './change.ts';
import type { Replica } from './replica.ts';

/** Changes in one read of the log: a burst of writes in one go, and still no pause while they are applied. */
const PAGE_CHANGES = 1_000;

/** Keeps a replica at the head of the change log. One read at a time, whoever asks: the changes stay in order. */
export interface Follower {
  /**
   * Applies the log up to its head; a replica that is not ready is loaded first.
   *
   * @throws {KeyholdError} `store_unavailable` and what loading throws; calling again goes on from where it stood.
   */
  catchUp(): Promise<void>;
  /** Applies the log up to `seq` at least, which is committed. @throws as `catchUp` does. */
  reach(seq: number): Promise<void>;
}

export function createFollower(options: { readonly log: ChangeLog; readonly replica: Replica }): Follower {
  const { log, replica } = options;
  /** The highest seq known to be committed. */
  let committedSeq = 0;
  let running: Promise<void> | null = null;

  async function load(): Promise<void> {
    replica.drop();
    const seq = await log.readSnapshot((page) => replica.load(page));
    replica.seal(seq);
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
      if (changes.length === 0 && replica.appliedSeq < knownSeq) {
        throw new KeyholdError('lease_lost', `The change log ends before change ${knownSeq}.`);
      }
      if (changes.length < PAGE_CHANGES) return;
    }
  }

  async function run(): Promise<void> {
    try {
      if (!replica.ready) await load();
      await follow();
    } catch (error) {
      if (!isKeyholdError(error) || error.code !== 'lease_lost') throw error;
      // A hole in the log, or a change that contradicts the table: nothing in the table can be relied upon.
      await load();
      await follow();
    }
  }

  function catchUp(): Promise<void> {
    running ??= run().finally(() => {
      running = null;
    });
    return running;
  }

  return {
    catchUp,
    async reach(seq) {
      committedSeq = Math.max(committedSeq, seq);
      while (!replica.ready || replica.appliedSeq < seq) await catchUp();
    },
  };
}
