import { createSeededRandom } from '@keyhold/core/testing';

/** Chance that a seed repeats. */
export interface Random {
  /** From 0 up to 1, never 1. */
  fraction(): number;
  between(least: number, most: number): number;
  isLikely(probability: number): boolean;
  /** @throws {RangeError} when there is nothing to pick. */
  pick<T>(choices: readonly T[]): T;
}

export function createRandom(seed: number): Random {
  const bytes = createSeededRandom(seed);
  // The first numbers of neighbouring seeds are alike.
  bytes(64);
  const fraction = () => new DataView(bytes(4).buffer).getUint32(0) / 2 ** 32;
  return {
    fraction,
    between: (least, most) => least + fraction() * (most - least),
    isLikely: (probability) => fraction() < probability,
    pick(choices) {
      const [choice] = choices.slice(Math.floor(fraction() * choices.length));
      if (choice === undefined) throw new RangeError('There is nothing to pick from.');
      return choice;
    },
  };
}
