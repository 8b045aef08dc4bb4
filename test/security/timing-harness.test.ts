import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTENDERS } from '../../bench/timing/causes.ts';
import {
  createAsk,
  IN_BLOCKS,
  measureInProcess,
  ONE_AT_A_TIME,
  toTexts,
} from '../../bench/timing/in-process.ts';
import { type Judgement, judge } from '../../bench/timing/judgement.ts';
import { measureFace, startTarget, type Target } from '../../bench/timing/loopback.ts';
import type { Measurements } from '../../bench/timing/paired-rounds.ts';
import { createPopulation } from '../../bench/timing/population.ts';
import { createUniform, medianInterval, medianOf } from '../../bench/timing/statistics.ts';

// The harness is tested, and nothing about how long the product takes: `npm run timing` measures that, on a quiet machine.

const TOLERANCE_NS = 500;
const KEYS = 2_000;
const SEED = 7;
const ROUNDS = { rounds: 60, warmUpRounds: 10 };

/** What rounds of 20 µs each with the noise of a busy machine give, with `shiftNs` more for one contender. */
function invent(rounds: number, contender: string, shiftNs: number): Measurements {
  const uniform = createUniform(SEED);
  const heavyTail = () => 20_000 + 2_000 * (1 / (1 - uniform() * 0.99) - 1);
  const columns = CONTENDERS.map((name) => {
    const ownNs = (name === 'control' ? 2_000 : 0) + (name === contender ? shiftNs : 0);
    return [name, Float64Array.from({ length: rounds }, () => heavyTail() + ownNs)];
  });
  return Object.fromEntries(columns) as Measurements;
}

function verdictOn(measurements: Measurements): Judgement {
  return judge(measurements, TOLERANCE_NS, createUniform(SEED));
}

function namesThatFail({ findings }: Judgement): readonly string[] {
  return findings.filter(({ holds }) => !holds).map(({ contender }) => contender);
}

test('causes that take the same time are found equal, the twin too, and the control is caught', () => {
  const judgement = verdictOn(invent(8_000, 'none', 0));
  expect(namesThatFail(judgement)).toEqual([]);
  expect(judgement.holds).toBe(true);
});

test.each([1_000, -1_000])('one cause that takes %i ns more fails, and only that one', (shiftNs) => {
  const judgement = verdictOn(invent(8_000, 'expired', shiftNs));
  expect(namesThatFail(judgement)).toEqual(['expired']);
  expect(judgement.holds).toBe(false);
});

test('too few rounds to tell is no pass', () => {
  expect(verdictOn(invent(50, 'none', 0)).holds).toBe(false);
});

test('a control that takes no longer fails the whole', () => {
  const judgement = verdictOn(invent(8_000, 'control', -2_000));
  expect(namesThatFail(judgement)).toEqual(['control']);
  expect(judgement.holds).toBe(false);
});

test('the bootstrap interval holds the true median about 95 times in 100', () => {
  const uniform = createUniform(SEED);
  let held = 0;
  for (let experiment = 0; experiment < 300; experiment++) {
    const { low, high } = medianInterval(
      Float64Array.from({ length: 201 }, () => uniform() ** 3),
      uniform,
    );
    if (low <= 0.125 && 0.125 <= high) held++;
  }
  expect(held / 300).toBeGreaterThan(0.91);
  expect(held / 300).toBeLessThan(0.985);
});

test('the median is the one in the middle', () => {
  expect(medianOf(Float64Array.of(3, 1, 2))).toBe(2);
});

test.each([
  ['in blocks', IN_BLOCKS],
  ['one at a time', ONE_AT_A_TIME],
])(
  'in process, %s, every class is measured in every round and a control of 50 µs is caught',
  async (_, pattern) => {
    const population = createPopulation(KEYS, SEED);
    const measured = await measureInProcess({
      ask: createAsk(population),
      texts: toTexts(population),
      pattern,
      ...ROUNDS,
      controlNs: 50_000,
      uniform: createUniform(SEED),
    });
    for (const contender of CONTENDERS) {
      expect(measured[contender]).toHaveLength(ROUNDS.rounds);
      expect(
        measured[contender].every((elapsedNs) => elapsedNs > 0),
        contender,
      ).toBe(true);
    }
    expect(namesThatFail(verdictOn(measured))).not.toContain('control');
  },
);

let target: Target;
beforeAll(async () => {
  target = await startTarget({ keyCount: KEYS, seed: SEED, controlNs: 3_000_000 });
});
afterAll(() => target?.stop());

test.each(['gateway', 'forward-auth'] as const)(
  'over loopback, every class is denied in the same bytes and a control of 3 ms is caught: %s',
  async (face) => {
    const texts = toTexts(createPopulation(KEYS, SEED));
    const uniform = createUniform(SEED);
    const measured = await measureFace({ target, face, texts, ...ROUNDS, uniform });
    expect(namesThatFail(verdictOn(measured))).not.toContain('control');
  },
);
