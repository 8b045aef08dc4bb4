import { parseArgs } from 'node:util';

export interface TimingOptions {
  readonly rounds: number;
  readonly keyCount: number;
  readonly seed: number;
}

/** @throws {TypeError} for an option that is not known, {@link RangeError} for a value that is no number it can be. */
export function readOptions(args: readonly string[]): TimingOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '20000' },
      keys: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
    },
  });
  return {
    rounds: readCount('--rounds', values.rounds, 100),
    keyCount: readCount('--keys', values.keys, 1_000),
    seed: readCount('--seed', values.seed, 1),
  };
}

function readCount(flag: string, text: string, least: number): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= least && count <= 100_000_000) return count;
  throw new RangeError(`${flag} is "${text}"; give a whole number from ${least} on.`);
}
