import type { Clock } from '@keyhold/core';
import type { Log } from '../observability/log.ts';

/** How often the two clocks are compared. */
const INTERVAL_MS = 1_000;

/**
 * By how much they may part in one interval: ten times what clocks are allowed to drift, so that slewing is never told,
 * and less than any step that a person would notice.
 */
const TOLERANCE_MS = 1_000;

/**
 * Says in the log when the wall clock was set, or the machine slept: keys expire by the wall clock, so somebody has to
 * know. Leases and timers count on the other clock and are not moved.
 *
 * @returns what stops it.
 */
export function watchClock({ clock, log }: { readonly clock: Clock; readonly log: Log }): () => void {
  let cancelTimer = () => {};

  function schedule(): void {
    const wallMs = clock.nowMs();
    const monotonicMs = clock.monotonicMs();
    cancelTimer = clock.setTimer(INTERVAL_MS, () => {
      const jumpMs = Math.round(clock.nowMs() - wallMs - (clock.monotonicMs() - monotonicMs));
      if (Math.abs(jumpMs) >= TOLERANCE_MS) report(jumpMs);
      schedule();
    });
  }

  function report(jumpMs: number): void {
    const direction = jumpMs > 0 ? 'forward' : 'back';
    log.warn(
      { jump_ms: jumpMs },
      `The wall clock jumped ${direction}: keys expire by the new time. If it is wrong, set it right; if the machine slept, all is well.`,
    );
  }

  schedule();
  return () => cancelTimer();
}
