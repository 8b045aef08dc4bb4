import { type AddressRanges, compileAddressRanges } from '@keyhold/core';

interface AddressList {
  readonly spelling: string;
  keyCount: number;
}

/** Every `allowed_cidrs` in use, compiled once and let go with its last key. List 0 allows every address. */
export class AddressLists {
  readonly #lists: (AddressList | undefined)[] = [{ spelling: '[]', keyCount: Number.POSITIVE_INFINITY }];
  /** The same lists, compiled; apart from them, since a verification reads nothing else. */
  readonly #ranges: AddressRanges[] = [compileAddressRanges([])];
  readonly #numbers = new Map<string, number>();
  readonly #released: number[] = [];

  /** Counts one more key that uses this list. @throws {RangeError} for a range that cannot be read. */
  acquire(cidrs: readonly string[]): number {
    if (cidrs.length === 0) return 0;
    const spelling = JSON.stringify(cidrs);
    const known = this.#numbers.get(spelling);
    if (known !== undefined) {
      this.#lists[known]!.keyCount++;
      return known;
    }
    const ranges = compileAddressRanges(cidrs);
    const number = this.#released.pop() ?? this.#lists.length;
    this.#lists[number] = { spelling, keyCount: 1 };
    this.#ranges[number] = ranges;
    this.#numbers.set(spelling, number);
    return number;
  }

  release(number: number): void {
    const list = this.#lists[number]!;
    if (--list.keyCount > 0) return;
    // What it was compiled to stays until the number is another list's: as a stand-in it serves as well as any.
    this.#lists[number] = undefined;
    this.#numbers.delete(list.spelling);
    this.#released.push(number);
  }

  /**
   * A list, compiled; in place of list 0 one of those there are, always the same for the same `standIn`. A list that nobody
   * has looked at for a while lies in main memory, where list 0 never does, and the time it takes to fetch it would tell a
   * key that is bound to addresses from every other (docs/security.md).
   *
   * @param standIn any whole number from 0 on.
   */
  ranges(number: number, standIn: number): AddressRanges {
    // Without a branch, whose outcome the processor would guess and go on while `number` is still on its way from memory.
    const isAny = (number - 1) >> 31;
    return this.#ranges[number | (isAny & (standIn % this.#ranges.length))]!;
  }

  cidrs(number: number): readonly string[] {
    return this.#ranges[number]!.cidrs;
  }
}
