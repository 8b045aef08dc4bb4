import { SEGMENT_BITS, SEGMENT_RECORDS } from './record-arena.ts';

/** A number for each record of an arena, nearly all of them 0: takes room only where there is another. */
export class SparseNumbers {
  readonly #segments: (Uint32Array | undefined)[] = [];

  get(record: number): number {
    return this.#segments[record >>> SEGMENT_BITS]?.[record & (SEGMENT_RECORDS - 1)] ?? 0;
  }

  set(record: number, value: number): void {
    if (value === this.get(record)) return;
    this.#segments[record >>> SEGMENT_BITS] ??= new Uint32Array(SEGMENT_RECORDS);
    this.#segments[record >>> SEGMENT_BITS]![record & (SEGMENT_RECORDS - 1)] = value;
  }
}
