import { type AddressRanges, compileAddressRanges } from '@keyhold/core';

interface AddressList {
  readonly spelling: string;
  readonly cidrs: readonly string[];
  readonly ranges: AddressRanges;
  keyCount: number;
}

/** Every `allowed_cidrs` in use, compiled once and let go with its last key. List 0 allows every address. */
export class AddressLists {
  readonly #lists: (AddressList | undefined)[] = [
    { spelling: '[]', cidrs: [], ranges: compileAddressRanges([]), keyCount: Number.POSITIVE_INFINITY },
  ];
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
    const list = { spelling, cidrs, ranges: compileAddressRanges(cidrs), keyCount: 1 };
    const number = this.#released.pop() ?? this.#lists.length;
    this.#lists[number] = list;
    this.#numbers.set(spelling, number);
    return number;
  }

  release(number: number): void {
    const list = this.#lists[number]!;
    if (--list.keyCount > 0) return;
    this.#lists[number] = undefined;
    this.#numbers.delete(list.spelling);
    this.#released.push(number);
  }

  ranges(number: number): AddressRanges {
    return this.#lists[number]!.ranges;
  }

  cidrs(number: number): readonly string[] {
    return this.#lists[number]!.cidrs;
  }
}
