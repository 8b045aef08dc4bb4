/** Work in flight that is being stopped. */
export class Endings {
  readonly #pending = new Set<Promise<void>>();
  readonly #onFailure: (error: unknown) => void;

  /** @param onFailure told what an ending throws or rejects with; it counts as over all the same. */
  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Calls `end` at once. */
  begin(end: () => void | Promise<void>): void {
    try {
      const ending = end();
      if (ending === undefined) return;
      const pending = ending.catch(this.#onFailure).then(() => void this.#pending.delete(pending));
      this.#pending.add(pending);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  /** Resolves when every ending begun so far is over; undefined when they all are. Never rejects. */
  over(): Promise<void> | undefined {
    return this.#pending.size === 0 ? undefined : Promise.all(this.#pending).then(() => undefined);
  }
}
