interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Virtual time: what is to happen, by when. Entries of one moment run in the order in which they were added. */
export class EventQueue {
  nowMs = 0;
  #order = 0;
  /** A binary heap. */
  readonly #heap: Entry[] = [];

  /** How many entries were ever added. */
  get added(): number {
    return this.#order;
  }

  add(atMs: number, run: () => void): void {
    const entry = { atMs, order: ++this.#order, run };
    const heap = this.#heap;
    let i = heap.length;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = entry;
  }

  /** Lets time pass up to `untilMs`, or until `stop` says so. */
  run(untilMs: number, stop: () => boolean): void {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.atMs > untilMs || stop()) return;
      this.#removeFirst();
      this.nowMs = Math.max(this.nowMs, first.atMs);
      first.run();
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[i] = heap[child] as Entry;
      i = child;
    }
    heap[i] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
