import type { Clock } from '@keyhold/core';

/** Something that goes on and may not go on for ever. */
export interface LiveExchange {
  /** Where {@link LiveExchanges} keeps it; -1 when it does not. */
  livePosition: number;
  /** Ends itself if it waited too long. `nowMs` is the monotonic clock. */
  checkTimeout(nowMs: number): void;
  /** Ends at once, without an answer. */
  cut(): void;
}

/**
 * Everything in progress, with one timer for all of its timeouts: a timer for each request costs more than the whole
 * look-up. A timeout is therefore never early and at most two intervals late.
 *
 * An array, since the tables that a Set leaves behind when it grows keep what was in them alive until the next full
 * collection: every fourth byte allocated outlived its request (Node 26.10, November 2026).
 */
export class LiveExchanges {
  readonly intervalMs: number;
  /** The monotonic clock as of the last tick: what a byte that moves is stamped with. At most one interval old. */
  nowMs = 0;
  /** Called after each one that ended; set while the gateway closes. */
  onEnd: (() => void) | null = null;
  readonly #clock: Clock;
  readonly #exchanges: LiveExchange[] = [];
  #cancelTick: (() => void) | null = null;

  /** @param intervalMs how often timeouts are looked at. */
  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.intervalMs = intervalMs;
  }

  add(exchange: LiveExchange): void {
    exchange.livePosition = this.#exchanges.push(exchange) - 1;
    if (this.#cancelTick === null) {
      this.nowMs = this.#clock.monotonicMs();
      this.#schedule();
    }
  }

  delete(exchange: LiveExchange): void {
    const position = exchange.livePosition;
    const last = this.#exchanges.at(-1);
    if (position === -1 || last === undefined) return;
    this.#exchanges[position] = last;
    last.livePosition = position;
    this.#exchanges.pop();
    exchange.livePosition = -1;
    this.onEnd?.();
  }

  cutAll(): void {
    for (const exchange of this.#exchanges.slice()) exchange.cut();
  }

  stop(): void {
    this.#cancelTick?.();
    this.#cancelTick = null;
  }

  #schedule(): void {
    this.#cancelTick = this.#clock.setTimer(this.intervalMs, () => this.#tick());
  }

  #tick(): void {
    this.nowMs = this.#clock.monotonicMs();
    for (const exchange of this.#exchanges.slice()) exchange.checkTimeout(this.nowMs);
    if (this.#exchanges.length > 0) this.#schedule();
    else this.#cancelTick = null;
  }
}

/** A tenth of the shortest timeout, within what a timer does well. */
export function timeoutIntervalMs(timeoutsMs: readonly number[]): number {
  const shortestMs = Math.min(...timeoutsMs.filter((timeoutMs) => timeoutMs > 0), 5_000);
  return Math.max(5, Math.floor(shortestMs / 10));
}
