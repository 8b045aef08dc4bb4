import type { WritingMembership } from '@keyhold/coherence';
import type { Clock } from '@keyhold/core';
import type { Log } from './observability/log.ts';

/** Between two comparisons on average; each wait is half of it at the least, so that nodes do not fall into step. */
const INTERVAL_MS = 60 * 60 * 1000;

/** After one that could not be finished. */
const RETRY_MS = 10_000;

/**
 * Compares the table with the store's rows every hour, in the background: should memory or a defect ever have made it
 * another one, it is loaded anew.
 *
 * @param options.random a number from 0 to 1.
 * @returns stops it.
 */
export function startTableCheck(options: {
  readonly membership: Pick<WritingMembership, 'compareTables'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}): () => void {
  const { membership, clock, random, log } = options;
  let closed = false;
  let cancelTimer = () => {};

  function schedule(delayMs: number): void {
    if (!closed) cancelTimer = clock.setTimer(delayMs, () => void check());
  }

  async function check(): Promise<void> {
    let delayMs = RETRY_MS;
    try {
      if ((await membership.compareTables()) !== null) delayMs = toDelayMs(random());
    } catch (error) {
      if (!closed)
        log.warn({ err: error }, 'The key table could not be compared with the store; tried again.');
    }
    schedule(delayMs);
  }

  schedule(toDelayMs(random()));
  return () => {
    closed = true;
    cancelTimer();
  };
}

function toDelayMs(random: number): number {
  return INTERVAL_MS * (0.5 + random);
}
