/** Where the clocks of a host begin, so that none of them ever reads 0. */
const MONOTONIC_START_MS = 1_000;
const WALL_START_MS = 1_000_000;

/** A machine with its two clocks: one of its own rate, that stands still while it sleeps, and one that can be set. */
export class Host {
  readonly rate: number;
  #sleptMs = 0;
  #asleepSinceMs: number | null = null;
  #wallOffsetMs = WALL_START_MS;

  constructor(rate: number) {
    this.rate = rate;
  }

  get asleep(): boolean {
    return this.#asleepSinceMs !== null;
  }

  monotonicMs(nowMs: number): number {
    return MONOTONIC_START_MS + ((this.#asleepSinceMs ?? nowMs) - this.#sleptMs) * this.rate;
  }

  wallMs(nowMs: number): number {
    return nowMs * this.rate + this.#wallOffsetMs;
  }

  stepWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  sleep(nowMs: number): void {
    this.#asleepSinceMs ??= nowMs;
  }

  wake(nowMs: number): void {
    if (this.#asleepSinceMs === null) return;
    this.#sleptMs += nowMs - this.#asleepSinceMs;
    this.#asleepSinceMs = null;
  }
}
