import { createReplica, createSoleOwner, createVerifier, type VerifyQuestion } from '@keyhold/coherence';
import { parseClientAddress } from '@keyhold/core';
import { createSystemClock } from '@keyhold/server';
import { EMPTY_LOG } from '../empty-log.ts';
import { CONTENDERS, type Contender } from './causes.ts';
import { type Measurements, runPairedRounds } from './paired-rounds.ts';
import type { Population } from './population.ts';
import { shuffle } from './statistics.ts';

/** How calls are measured: so many in one go, and how much other memory is read before. */
export interface CallPattern {
  readonly calls: number;
  readonly foreignBytes: number;
}

/** One call after another: the clock's own 40 ns and its steps of 10 ns are then less than 2 ns of a call. */
export const IN_BLOCKS: CallPattern = { calls: 50, foreignBytes: 0 };

/** One call, as a server makes it that did much else since the last: the caches of its core (1 MB here) hold that. */
export const ONE_AT_A_TIME: CallPattern = { calls: 1, foreignBytes: 2 * 2 ** 20 };

const CACHE_LINE_BYTES = 64;

/** Puts a key to a verifier that has the population. */
export type Ask = (presentedKey: string) => { readonly accepted: boolean };

export function createAsk(population: Population): Ask {
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
  const address = parseClientAddress('127.0.0.1');
  const question: VerifyQuestion = { keyspace, operation, scopes: null, address };
  return (presentedKey) => verifier.verify(presentedKey, question);
}

/**
 * Measures `verifier.verify` itself.
 *
 * @param options.controlNs what the harness adds to each call of the control.
 * @returns ns for each call.
 */
export async function measureInProcess(options: {
  readonly ask: Ask;
  readonly texts: Readonly<Record<Contender, readonly string[]>>;
  readonly pattern: CallPattern;
  readonly rounds: number;
  readonly warmUpRounds: number;
  readonly controlNs: number;
  readonly uniform: () => number;
}): Promise<Measurements> {
  const { ask, texts, controlNs } = options;
  const { calls, foreignBytes } = options.pattern;
  const positions = Object.fromEntries(CONTENDERS.map((contender) => [contender, 0])) as Record<
    Contender,
    number
  >;
  const block = Array.from({ length: calls }, () => '');
  const readForeign = createForeignReader(foreignBytes, options.uniform);
  const stepsOfControl = Math.max(1, Math.round(controlNs / measureStepNs()));
  let checksum = 0;

  return await runPairedRounds({
    ...options,
    measure(contender) {
      const all = texts[contender];
      const steps = contender === 'control' ? stepsOfControl : 0;
      checksum += readForeign();
      // Each text is read once before, as a request's parser would have.
      for (let i = 0; i < calls; i++) {
        const text = all[positions[contender]]!;
        positions[contender] = (positions[contender] + 1) % all.length;
        for (let at = 0; at < text.length; at++) checksum += text.charCodeAt(at);
        block[i] = text;
      }
      const start = process.hrtime.bigint();
      for (let i = 0; i < calls; i++) {
        const { accepted } = ask(block[i]!);
        if (accepted) throw new Error(`A key was good: ${contender}.`);
        checksum += spin(steps, accepted);
      }
      const elapsedNs = Number(process.hrtime.bigint() - start);
      if (checksum === -1) throw new Error('The texts were not read.');
      return elapsedNs / calls;
    },
  });
}

/** Unknown keys are as many as known ones, and each of the three sets of them is its own. */
export function toTexts(population: Population): Readonly<Record<Contender, readonly string[]>> {
  const createUnknown = () => population.createUnknown();
  return { unknown: createUnknown(), twin: createUnknown(), control: createUnknown(), ...population.samples };
}

/**
 * Reads so much memory of its own, every line of it once. It was written to, since untouched memory is one page of zeros over
 * and over, and is read in no order that the processor could see, which keeps what is read in order out of its caches.
 */
function createForeignReader(bytes: number, uniform: () => number): () => number {
  const content = new Uint8Array(bytes).fill(1);
  const order = Array.from({ length: bytes / CACHE_LINE_BYTES }, (_, line) => line * CACHE_LINE_BYTES);
  shuffle(order, uniform);
  const starts = Uint32Array.from(order);
  return () => {
    let sum = 0;
    for (let i = 0; i < starts.length; i++) sum += content[starts[i]!]!;
    return sum;
  };
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
