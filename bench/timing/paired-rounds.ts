import { CONTENDERS, type Contender } from './causes.ts';
import { shuffle } from './statistics.ts';

/** Of each contender, what each round measured, in ns. */
export type Measurements = Readonly<Record<Contender, Float64Array>>;

/**
 * Measures every contender once a round, in an order drawn anew for each, so that what disturbs the machine for a moment
 * disturbs all of them alike and their differences within a round stay small.
 *
 * @param warmUpRounds rounds before the first that counts.
 * @param measure takes ns.
 */
export async function runPairedRounds(options: {
  readonly rounds: number;
  readonly warmUpRounds: number;
  readonly uniform: () => number;
  readonly measure: (contender: Contender) => number | Promise<number>;
}): Promise<Measurements> {
  const { rounds, warmUpRounds, uniform, measure } = options;
  const measurements = Object.fromEntries(
    CONTENDERS.map((contender) => [contender, new Float64Array(rounds)]),
  ) as Measurements;
  const order = [...CONTENDERS];
  for (let round = -warmUpRounds; round < rounds; round++) {
    shuffle(order, uniform);
    for (const contender of order) {
      const measuring = measure(contender);
      const elapsedNs = typeof measuring === 'number' ? measuring : await measuring;
      if (round >= 0) measurements[contender][round] = elapsedNs;
    }
  }
  return measurements;
}
