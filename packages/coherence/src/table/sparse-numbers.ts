import { SEGMENT_BITS, SEGMENT_RECORDS } from './record-arena.ts';

/** A number for each record of an arena, nearly all of them 0: takes room only where there is another. */
export class SparseNumbers {
  readonly #segments: (Uint32Array | undefined)[] = [];
  /** Those that there are. */
  readonly #present: Uint32Array[] = [];

  get(record: number): number {
    return this.#segments[record >>> SEGMENT_BITS]?.[record & (SEGMENT_RECORDS - 1)] ?? 0;
  }

  /**
   * The same, in the same time whether or not there is room for the number: where there is none, one of another record is
   * fetched from as far away, and let go.
   */
  getEvenly(record: number): number {
    if (this.#present.length === 0) return 0;
    const own = this.#segments[record >>> SEGMENT_BITS];
    const segment = own ?? this.#present[record % this.#present.length]!;
    // A mask and not a branch, whose outcome the processor would guess without waiting for memory.
    return segment[record & (SEGMENT_RECORDS - 1)]! & -Number(own !== undefined);
  }

  set(record: number, value: number): void {
    if (value === this.get(record)) return;
    let segment = this.#segments[record >>> SEGMENT_BITS];
    if (segment === undefined) {
      segment = new Uint32Array(SEGMENT_RECORDS);
      this.#segments[record >>> SEGMENT_BITS] = segment;
      this.#present.push(segment);
    }
    segment[record & (SEGMENT_RECORDS - 1)] = value;
  }
}
