import { parseArgs } from 'node:util';
import { BASELINES, type Design, KEYHOLD, KNOWN_DEFECTS, withDefect } from './design.ts';
import { APPLICATION_FAULTS, FAULT_KINDS, type FaultKind, PROCESS_FAULTS } from './faults/fault.ts';

export interface ChaosOptions {
  readonly seconds: number;
  readonly nodes: number;
  /** Of each node. */
  readonly workers: number;
  /** Processes with the SDK, spread over the nodes. */
  readonly applications: number;
  readonly seed: number;
  readonly store: 'postgres' | 'sqlite';
  readonly faults: readonly FaultKind[];
  /** Between two faults, at the least. */
  readonly calmSeconds: number;
  /** How long a fault lasts, at the least and at the most. */
  readonly faultSeconds: readonly [number, number];
  /** Over all connections; 0: as many as there are answers. */
  readonly questionsPerSecond: number;
  /** Organizations that are changed at the same time. */
  readonly writers: number;
  /** The longest pause of a writer between two calls. */
  readonly maxPauseMs: number;
  readonly streams: number;
}

export const DEFAULT_OPTIONS: ChaosOptions = {
  seconds: 60,
  nodes: 3,
  workers: 2,
  applications: 0,
  seed: 1,
  store: 'postgres',
  faults: FAULT_KINDS,
  calmSeconds: 6,
  // From well below a lease of 3 s to well above.
  faultSeconds: [0.3, 6.5],
  questionsPerSecond: 1_000,
  writers: 4,
  maxPauseMs: 150,
  streams: 12,
};

/** What the command line may say beyond {@link ChaosOptions}. */
export interface CommandLine extends ChaosOptions {
  /** What is run, one after another. */
  readonly designs: readonly Design[];
  /** Where the figures go as JSON. */
  readonly jsonFile: string | null;
}

/** @throws {TypeError} for a flag that is not known, {@link RangeError} for a value that it cannot have. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string' },
      nodes: { type: 'string' },
      workers: { type: 'string' },
      sdk: { type: 'string' },
      seed: { type: 'string' },
      store: { type: 'string' },
      faults: { type: 'string' },
      calm: { type: 'string' },
      rate: { type: 'string' },
      writers: { type: 'string' },
      pause: { type: 'string' },
      streams: { type: 'string' },
      baseline: { type: 'string' },
      defect: { type: 'string' },
      compare: { type: 'boolean' },
      json: { type: 'string' },
    },
  });
  const store = values.store ?? DEFAULT_OPTIONS.store;
  if (store !== 'postgres' && store !== 'sqlite') {
    throw new RangeError(`--store is "${store}"; give postgres or sqlite.`);
  }
  const applications = readCount('--sdk', values.sdk, DEFAULT_OPTIONS.applications, 0);
  const count = (flag: Exclude<keyof typeof values, 'compare'>, fallback: number, least: number) =>
    readCount(`--${flag}`, values[flag], fallback, least);
  return {
    seconds: count('seconds', DEFAULT_OPTIONS.seconds, 1),
    // A file has one owner.
    nodes: store === 'sqlite' ? 1 : count('nodes', DEFAULT_OPTIONS.nodes, 1),
    workers: count('workers', DEFAULT_OPTIONS.workers, 1),
    applications,
    seed: count('seed', DEFAULT_OPTIONS.seed, 0),
    store,
    faults: readFaults(values.faults, [
      ...(store === 'sqlite' ? PROCESS_FAULTS : FAULT_KINDS),
      ...(applications > 0 ? APPLICATION_FAULTS : []),
    ]),
    calmSeconds: count('calm', DEFAULT_OPTIONS.calmSeconds, 0),
    faultSeconds: DEFAULT_OPTIONS.faultSeconds,
    questionsPerSecond: count('rate', DEFAULT_OPTIONS.questionsPerSecond, 0),
    writers: count('writers', DEFAULT_OPTIONS.writers, 1),
    maxPauseMs: count('pause', DEFAULT_OPTIONS.maxPauseMs, 0),
    streams: count('streams', DEFAULT_OPTIONS.streams, 0),
    designs: values.compare === true ? COMPARED : [readDesign(values)],
    jsonFile: values.json ?? null,
  };
}

function readCount(flag: string, text: string | undefined, fallback: number, least: number): number {
  if (text === undefined) return fallback;
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= least && count <= 1_000_000) return count;
  throw new RangeError(`${flag} is "${text}"; give a whole number from ${least} on.`);
}

/** All of them do and are asked the same. */
const COMPARED: readonly Design[] = [{ ...KEYHOLD, isPlain: true }, ...BASELINES];

function readDesign(values: {
  readonly baseline?: string | undefined;
  readonly defect?: string | undefined;
}): Design {
  if (values.baseline !== undefined) {
    return readChoice('--baseline', values.baseline, BASELINES, ({ name }) => name);
  }
  if (values.defect !== undefined)
    return withDefect(readChoice('--defect', values.defect, KNOWN_DEFECTS, String));
  return KEYHOLD;
}

function readChoice<T>(flag: string, text: string, choices: readonly T[], toName: (choice: T) => string): T {
  const choice = choices.find((known) => toName(known) === text);
  if (choice !== undefined) return choice;
  throw new RangeError(`${flag} is "${text}"; give one of: ${choices.map(toName).join(', ')}.`);
}

/** `none`, or kinds with commas between them. */
function readFaults(text: string | undefined, all: readonly FaultKind[]): readonly FaultKind[] {
  if (text === undefined) return all;
  if (text === 'none') return [];
  return text.split(',').map((name) => readChoice('--faults', name, all, String));
}
