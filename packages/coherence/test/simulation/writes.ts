/** One call of a client: a key is to be accepted or refused from now on. */
export interface Write {
  readonly key: number;
  readonly accepted: boolean;
  /** An earlier call for the same was not confirmed. */
  readonly retries: boolean;
}

type Resolve = (outcome: 'complete' | 'pending') => void;

/** The writes of a process that wait for their barrier. */
export class Writes {
  readonly #waiting = new Map<number, Resolve>();
  #last = 0;

  add(resolve: Resolve): number {
    this.#waiting.set(++this.#last, resolve);
    return this.#last;
  }

  resolve(waiter: number, outcome: 'complete' | 'pending'): void {
    const resolve = this.#waiting.get(waiter);
    this.#waiting.delete(waiter);
    resolve?.(outcome);
  }

  forget(): void {
    this.#waiting.clear();
  }
}
