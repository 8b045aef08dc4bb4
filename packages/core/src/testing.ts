import type { Clock, RandomBytes } from './clock.ts';

/** A clock that tests move by hand. Timers run inside `advance`, in the order in which they fall due. */
export interface ManualClock extends Clock {
  /** Moves both clocks on, running the timers that fall due on the way at their own moments. */
  advance(ms: number): void;
  /** Sets the wall clock alone, as an operator or NTP would. */
  setWall(ms: number): void;
}

/** Makes a clock that stands still at `startMs` (2026-05-02T10:00:00Z by default) until it is moved. */
export function createManualClock(startMs: number = Date.UTC(2026, 4, 2, 10, 0, 0)): ManualClock {
  let wallMs = startMs;
  let monotonicMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly run: () => void }>();
  function nextDue(untilMs: number) {
    let next: { readonly dueMs: number; readonly run: () => void } | undefined;
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  }
  return {
    nowMs: () => wallMs,
    monotonicMs: () => monotonicMs,
    setTimer(delayMs, run) {
      const timer = { dueMs: monotonicMs + Math.max(0, delayMs), run };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance(ms) {
      const untilMs = monotonicMs + ms;
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer);
        wallMs += timer.dueMs - monotonicMs;
        monotonicMs = timer.dueMs;
        timer.run();
      }
      wallMs += untilMs - monotonicMs;
      monotonicMs = untilMs;
    },
    setWall(ms) {
      wallMs = ms;
    },
  };
}

/**
 * Waits for something that needs time to pass, and lets it pass: when it begins to wait is its own affair.
 *
 * @param between what happens between two steps of `stepMs`; by default one round of the event loop.
 */
export async function passTimeUntil<T>(
  promise: Promise<T>,
  clock: ManualClock,
  stepMs: number,
  between: () => Promise<unknown> = nextTurn,
): Promise<T> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  while (!(await Promise.race([settled, between().then(() => false)]))) clock.advance(stepMs);
  return promise;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Bytes of a 32-bit xorshift: reproducible, spread well enough for tests, and nothing else. */
export function createSeededRandom(seed: number): RandomBytes {
  let state = seed | 0 || 0x9e3779b9;
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      bytes[i] = state >>> 8;
    }
    return bytes;
  };
}
