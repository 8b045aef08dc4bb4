import { KEYS, type World } from './world.ts';
import type { Write } from './writes.ts';

/** Where a client can send its calls. */
export interface Writable {
  readonly alive: boolean;
  later(delayMs: number, work: () => void): void;
  write(write: Write, answered: (seq: number, outcome: 'complete' | 'pending') => void): void;
}

/** How long a client waits for an answer. */
const PATIENCE_MS = 8_000;
const MAX_TRIES = 6;

/** Somebody who creates keys and revokes them, and repeats a call until it is confirmed. */
export class Client {
  /** How long each confirmed call took. */
  readonly tookMs: number[] = [];
  unconfirmed = 0;
  readonly #world: World;
  readonly #targets: readonly Writable[];
  #stopped = false;

  constructor(world: World, targets: readonly Writable[]) {
    this.#world = world;
    this.#targets = targets;
  }

  /** One call after the other. */
  run(): void {
    const { random } = this.#world;
    this.#after(random.between(20, 900), () => {
      if (this.#stopped) return;
      const key = Math.floor(random.next() * KEYS);
      const accepted = this.#world.history.latest(key)?.accepted !== true;
      this.call(key, accepted, () => this.run());
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  call(key: number, accepted: boolean, done: () => void): void {
    this.#try(key, accepted, 1, this.#world.nowMs, done);
  }

  #try(key: number, accepted: boolean, tries: number, sinceMs: number, done: () => void): void {
    const world = this.#world;
    const target = world.random.pick(this.#targets);
    let over = false;
    const again = () => {
      if (over) return;
      over = true;
      if (tries === MAX_TRIES) {
        this.unconfirmed++;
        done();
      } else this.#try(key, accepted, tries + 1, sinceMs, done);
    };
    this.#after(PATIENCE_MS, again);
    if (!target.alive) {
      this.#after(100, again);
      return;
    }
    target.later(world.latencyMs(), () =>
      target.write({ key, accepted, retries: tries > 1 }, (seq, outcome) =>
        this.#after(world.latencyMs(), () => {
          if (over) return;
          if (outcome === 'pending') {
            again();
            return;
          }
          over = true;
          world.trace(() => `change ${seq} is confirmed`);
          world.history.confirm(seq);
          this.tookMs.push(world.nowMs - sinceMs);
          done();
        }),
      ),
    );
  }

  #after(delayMs: number, run: () => void): void {
    this.#world.queue.add(this.#world.nowMs + delayMs, run);
  }
}
