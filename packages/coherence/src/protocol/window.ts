import type { Defects } from './defects.ts';

/** One reading of both clocks of a process. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** Until when a process may answer, on each of its clocks: the monotonic one stands still while a machine sleeps. */
export interface Window {
  readonly untilMs: number;
  readonly wallUntilMs: number;
}

export const CLOSED: Window = { untilMs: 0, wallUntilMs: 0 };

/**
 * How much of a lease is used: what is left covers clocks whose rates differ by up to a tenth, the assumption that all
 * of this stands on.
 */
const USED_SHARE = 0.9;

/** The window of a lease of `ttlMs` that was asked for at `asked`. */
export function openWindow(asked: Moment, ttlMs: number): Window {
  return {
    untilMs: asked.monotonicMs + USED_SHARE * ttlMs,
    wallUntilMs: asked.wallMs + USED_SHARE * ttlMs,
  };
}

/** What is left of it, 0 or less when it is over on either clock. */
export function remainingMs(window: Window, now: Moment, defects: Defects): number {
  const leftMs = window.untilMs - now.monotonicMs;
  return defects.has('monotonic_only') ? leftMs : Math.min(leftMs, window.wallUntilMs - now.wallMs);
}
