import type { Clock } from '@keyhold/core';

/** The machine's clocks. Timers do not keep the process alive; the stream to a node does, until it is closed. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, Math.max(0, delayMs)).unref();
    return () => clearTimeout(timer);
  },
};
