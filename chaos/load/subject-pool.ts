import type { Change } from '../history/history.ts';
import type { Random } from '../random.ts';

/** How many changes back a subject stays interesting, and how far a lane may lag behind before it skips some. */
const RECENT = 64;

/** The subjects that questions are asked about. */
export class SubjectPool {
  readonly #random: Random;
  readonly #open = new Set<number>();
  /** The subject of every change, in order. */
  readonly #changed: number[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  change(subject: number, to: Change['to']): void {
    if (to === 'open') this.#open.add(subject);
    else this.#open.delete(subject);
    this.#changed.push(subject);
  }

  /**
   * What one connection asks about, one question after another: each subject once when it has just changed; otherwise as
   * chance has it one that is open, one that changed lately, or any.
   *
   * @returns null while there is none.
   */
  createLane(): () => number | null {
    let position = 0;
    return () => {
      const total = this.#changed.length;
      position = Math.max(position, total - RECENT);
      if (position < total) return this.#changed[position++] ?? null;
      if (total === 0) return null;
      const chance = this.#random.fraction();
      if (chance < 0.5 && this.#open.size > 0) return this.#random.pick([...this.#open]);
      const back = chance < 0.85 ? Math.min(RECENT, total) : total;
      return this.#changed[total - 1 - Math.floor(this.#random.fraction() * back)] ?? null;
    };
  }
}
