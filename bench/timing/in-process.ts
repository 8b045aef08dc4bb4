import { createReplica, createSoleOwner, createVerifier, type VerifyQuestion } from '@keyhold/coherence';
import { createSystemClock } from '@keyhold/server';
import { EMPTY_LOG } from '../empty-log.ts';
import { CONTENDERS, type Contender } from './causes.ts';
import { type Measurements, runPairedRounds } from './paired-rounds.ts';
import type { Population } from './population.ts';

/** Calls measured in one go: the clock's own 40 ns and its steps of 10 ns are then less than 2 ns of a call. */
const BLOCK_CALLS = 50;

/**
 * Measures `verifier.verify` itself, a block of calls at a time.
 *
 * @param options.controlNs what the harness adds to each call of the control.
 * @returns ns for each call.
 */
export async function measureInProcess(options: {
  readonly population: Population;
  readonly rounds: number;
  readonly warmUpRounds: number;
  readonly controlNs: number;
  readonly uniform: () => number;
}): Promise<Measurements> {
  const { population, controlNs } = options;
  const clock = createSystemClock();
  const replica = createReplica({ clock });
  replica.load({
    kind: 'configuration',
    keyspaces: [{ definition: population.definition, formerFormats: [] }],
  });
  for (const page of population.pages()) replica.load(page);
  replica.seal(1);
  const verifier = createVerifier({
    replica,
    lease: createSoleOwner({ log: EMPTY_LOG, replica, clock }).lease,
  });
  const keyspace = verifier.keyspace(population.definition.id)!;
  const operation = { method: 'GET', path: '/messages' };
  const question: VerifyQuestion = { keyspace, operation, scopes: null, address: null };

  const texts = toTexts(population);
  const positions = Object.fromEntries(CONTENDERS.map((contender) => [contender, 0])) as Record<
    Contender,
    number
  >;
  const block = Array.from({ length: BLOCK_CALLS }, () => '');
  const stepsOfControl = Math.max(1, Math.round(controlNs / measureStepNs()));
  let checksum = 0;

  return await runPairedRounds({
    ...options,
    measure(contender) {
      const all = texts[contender];
      // Each text is read once before, as a request's parser would have.
      for (let i = 0; i < BLOCK_CALLS; i++) {
        const text = all[positions[contender]]!;
        positions[contender] = (positions[contender] + 1) % all.length;
        for (let at = 0; at < text.length; at++) checksum += text.charCodeAt(at);
        block[i] = text;
      }
      const steps = contender === 'control' ? stepsOfControl : 0;
      const start = process.hrtime.bigint();
      for (let i = 0; i < BLOCK_CALLS; i++) {
        const { accepted } = verifier.verify(block[i]!, question);
        if (accepted) throw new Error(`A key was good: ${contender}.`);
        checksum += spin(steps, accepted);
      }
      const elapsedNs = Number(process.hrtime.bigint() - start);
      if (checksum === -1) throw new Error('The texts were not read.');
      return elapsedNs / BLOCK_CALLS;
    },
  });
}

/** Unknown keys are as many as known ones, and each of the three sets of them is its own. */
export function toTexts(population: Population): Readonly<Record<Contender, readonly string[]>> {
  const createUnknown = () => population.createUnknown();
  return { unknown: createUnknown(), twin: createUnknown(), control: createUnknown(), ...population.samples };
}

/** Keeps the processor busy for so many steps, each waiting for the one before and the first for `after`. */
function spin(steps: number, after: boolean): number {
  let state = Number(after) + 1;
  for (let i = 0; i < steps; i++) state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
  return state & 1;
}

/** The least of several, since whatever disturbs one makes it longer. */
function measureStepNs(): number {
  const steps = 200_000;
  const measured = Array.from({ length: 20 }, () => {
    const start = process.hrtime.bigint();
    const bit = spin(steps, false);
    return (Number(process.hrtime.bigint() - start) + bit) / steps;
  });
  return Math.min(...measured);
}
