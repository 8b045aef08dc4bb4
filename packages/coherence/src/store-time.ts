import type { Clock } from '@keyhold/core';

/** How much faster than this process's monotonic clock the store's may run: the assumption of `coherence.md`. */
const FASTEST_RATE = 1.1;

/** The store's time, as a process that is not its sole owner knows it: by a bound that it never lies beyond. */
export interface StoreTime {
  /**
   * The process's clock, with the latest that the store's can be in place of the wall clock: decided by it, an expiry is
   * never late. The wall clock itself before the first sample, and while the wall clock is the store's.
   */
  readonly clock: Clock;
  /** The store's clock stood at `storeNowMs`, read after this process's monotonic clock stood at `sentAtMs`. */
  sample(storeNowMs: number, sentAtMs: number): void;
  /** What is to be told to a child: the bound; null while the wall clock is the store's. */
  boundMs(): number | null;
}

export function createStoreTime(clock: Clock): StoreTime {
  let sampled = false;
  let storeMs = 0;
  let atMs = 0;
  const boundMs = () => storeMs + (clock.monotonicMs() - atMs) * FASTEST_RATE;
  return {
    clock: {
      nowMs: () => (sampled ? boundMs() : clock.nowMs()),
      monotonicMs: () => clock.monotonicMs(),
      setTimer: (delayMs, run) => clock.setTimer(delayMs, run),
    },
    sample(storeNowMs, sentAtMs) {
      sampled = true;
      storeMs = storeNowMs;
      atMs = sentAtMs;
    },
    boundMs: () => (sampled ? boundMs() : null),
  };
}
