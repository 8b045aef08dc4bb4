import type { Clock } from '@keyhold/core';
import type { Barrier, OwnLease } from './lease.ts';
import type { Replica } from './replica.ts';

/**
 * How long a write waits for what it ends: the lease of 3 s and two rounds of `coherence.md`, so that a write is answered
 * as soon with one process as with many.
 */
const DEADLINE_MS = 5_000;

/**
 * How long a process answers from a table that may be behind its store: 0.9 of the lease's ttl, as long as a node does
 * that is cut off.
 */
const LAPSE_MS = 2_700;

/** No other process can write: the lease is live while the replica is ready and not known to be behind. */
export function createSoleOwnerLease(options: {
  readonly replica: Replica;
  readonly clock: Clock;
}): OwnLease {
  const { replica, clock } = options;
  let serveUntilMs = Number.POSITIVE_INFINITY;
  let ended = false;
  return {
    isLive: () =>
      replica.ready &&
      !ended &&
      (serveUntilMs === Number.POSITIVE_INFINITY || clock.monotonicMs() < serveUntilMs),
    lapse() {
      serveUntilMs = Math.min(serveUntilMs, clock.monotonicMs() + LAPSE_MS);
    },
    renew() {
      serveUntilMs = Number.POSITIVE_INFINITY;
    },
    end() {
      ended = true;
    },
  };
}

/** No other process answers, so a change holds everywhere once the replica has applied it and ended what it denies. */
export function createSoleOwnerBarrier(options: {
  readonly replica: Replica;
  readonly clock: Clock;
  /** Default 5,000. */
  readonly deadlineMs?: number;
}): Barrier {
  const { replica, clock, deadlineMs = DEADLINE_MS } = options;
  return {
    async waitFor(seq) {
      if (replica.appliedSeq < seq) return 'pending';
      const ended = replica.ended();
      if (ended === undefined) return 'complete';
      const deadline = Promise.withResolvers<'pending'>();
      const cancelDeadline = clock.setTimer(deadlineMs, () => deadline.resolve('pending'));
      const outcome = await Promise.race([ended.then(() => 'complete' as const), deadline.promise]);
      cancelDeadline();
      return outcome;
    },
  };
}
