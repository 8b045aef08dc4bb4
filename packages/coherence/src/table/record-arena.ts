/** A record number is its segment, then this many bits of its place there. */
export const SEGMENT_BITS = 16;

/** Records in one segment of an arena: 3 MB of the largest record, which is what one step of growth allocates. */
export const SEGMENT_RECORDS = 1 << SEGMENT_BITS;

/**
 * Records of one size, numbered from 0, in segments that are never copied: a table of ten million grows as smoothly as
 * one of ten. A record is a run of 32-bit words; words 2n and 2n + 1 of it can be read as one double instead.
 *
 * The segments are the arena's own, handed out so that a reader can keep one and read several fields from it.
 */
export class RecordArena {
  readonly #recordWords: number;
  readonly #words: Uint32Array[] = [];
  readonly #doubles: Float64Array[] = [];
  #count = 0;

  /** @param recordWords an even number, so that doubles lie aligned. */
  constructor(recordWords: number) {
    this.#recordWords = recordWords;
  }

  get count(): number {
    return this.#count;
  }

  /** A new record, all zeros. */
  allocate(): number {
    const index = this.#count++;
    if (index >>> SEGMENT_BITS === this.#words.length) {
      const buffer = new ArrayBuffer(SEGMENT_RECORDS * this.#recordWords * 4);
      this.#words.push(new Uint32Array(buffer));
      this.#doubles.push(new Float64Array(buffer));
    }
    return index;
  }

  /** The segment that holds a record, as words. */
  words(index: number): Uint32Array {
    return this.#words[index >>> SEGMENT_BITS]!;
  }

  /** The segment that holds a record, as doubles. */
  doubles(index: number): Float64Array {
    return this.#doubles[index >>> SEGMENT_BITS]!;
  }

  /** Where a record begins in its segment's words; half of it is where it begins in the doubles. */
  at(index: number): number {
    return (index & (SEGMENT_RECORDS - 1)) * this.#recordWords;
  }
}
