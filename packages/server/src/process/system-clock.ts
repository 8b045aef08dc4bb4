import { randomFillSync } from 'node:crypto';
import type { Clock, RandomBytes } from '@keyhold/core';

/** The longest delay a Node timer holds (2^31 − 1 ms, some 24 days); beyond it a timer would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** The machine's clocks. Timers do not keep the process alive: what has to finish before the end is awaited. */
export function createSystemClock(): Clock {
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    setTimer(delayMs, run) {
      let timer: NodeJS.Timeout;
      const arm = (leftMs: number) => {
        const pieceMs = Math.min(Math.max(0, leftMs), MAX_TIMER_MS);
        timer = setTimeout(
          () => (leftMs > MAX_TIMER_MS ? arm(leftMs - MAX_TIMER_MS) : run()),
          pieceMs,
        ).unref();
      };
      arm(delayMs);
      return () => clearTimeout(timer);
    },
  };
}

/** The operating system's secure random bytes. */
export const systemRandomBytes: RandomBytes = (length) => randomFillSync(new Uint8Array(length));
