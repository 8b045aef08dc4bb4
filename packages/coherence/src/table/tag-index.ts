const SHARDS = 256;
const FIRST_SLOTS = 8;

/**
 * Finds records by hash: 256 shards of open addressing with linear probing, each one array of [tag, record] pairs.
 *
 * A shard doubles on its own when it is three quarters full (a miss then reads 8.5 slots on average, 2.5 once it has
 * doubled: Knuth, TAOCP 6.4), so a pause is 1/256 of the table: under a millisecond at ten million records. The tag
 * spares a miss the look at the record itself. Entries are never removed.
 */
export class TagIndex {
  readonly #matches: (record: number) => boolean;
  readonly #shards: Uint32Array[] = Array.from({ length: SHARDS }, () => new Uint32Array(2 * FIRST_SLOTS));
  readonly #counts = new Uint32Array(SHARDS);

  /** @param matches whether a record is the one sought; also asked of stand-ins, whose answer is not used. */
  constructor(matches: (record: number) => boolean) {
    this.#matches = matches;
  }

  /**
   * @param shard 0 to 255, from bits of the hash that are not the low ones of the tag.
   * @param standIn the record that a miss compares, so that it does the work of a hit.
   * @returns the record, or 0.
   */
  find(shard: number, tag: number, standIn = 0): number {
    const slots = this.#shards[shard]!;
    const mask = slots.length - 1;
    for (let at = (tag << 1) & mask; ; at = (at + 2) & mask) {
      const record = slots[at + 1]!;
      if (record !== 0 && slots[at] !== tag) continue;
      // Through the slot's content, like a hit: the stand-in is not fetched from memory any earlier either.
      if (this.#matches(record === 0 ? record ^ standIn : record) || record === 0) return record;
    }
  }

  /** Adds a record that {@link find} does not find. */
  add(shard: number, tag: number, record: number): void {
    let slots = this.#shards[shard]!;
    const count = ++this.#counts[shard]!;
    if (count * 8 > slots.length * 3) {
      slots = doubled(slots);
      this.#shards[shard] = slots;
    }
    place(slots, tag, record);
  }
}

function doubled(slots: Uint32Array): Uint32Array {
  const larger = new Uint32Array(2 * slots.length);
  for (let at = 0; at < slots.length; at += 2) {
    const record = slots[at + 1]!;
    if (record !== 0) place(larger, slots[at]!, record);
  }
  return larger;
}

function place(slots: Uint32Array, tag: number, record: number): void {
  const mask = slots.length - 1;
  let at = (tag << 1) & mask;
  while (slots[at + 1] !== 0) at = (at + 2) & mask;
  slots[at] = tag;
  slots[at + 1] = record;
}
