import { DEFECTS, type Defect, type Defects } from '../../src/protocol/defects.ts';
import { EventQueue } from './event-queue.ts';
import { History } from './history.ts';
import { Random } from './random.ts';

/** Known bugs of what surrounds the protocol's state machines: here the simulator's stand-in for it. */
export const SURROUNDING_DEFECTS = [
  'retry_answers_at_once',
  'restart_reuses_row',
  'streams_outlive_lease',
  'writer_applies_own_first',
  'owner_restarts_at_once',
] as const;

export type SimulationDefect = Defect | (typeof SURROUNDING_DEFECTS)[number];

export const KEYS = 3;

export interface WorldOptions {
  readonly seed: number;
  readonly defect: SimulationDefect | null;
  /** Whether hints arrive at all. */
  readonly hints: boolean;
  readonly traces: boolean;
}

/** What everything simulated shares. */
export class World {
  readonly random: Random;
  readonly queue = new EventQueue();
  readonly history = new History(KEYS);
  readonly options: WorldOptions;
  readonly traced: string[] = [];
  violation: string | null = null;
  /** Whether anything goes wrong at the moment. */
  faulty = false;
  /** How often a call on the store goes wrong then. */
  readonly lossRate: number;
  #ids = 0;

  constructor(options: WorldOptions) {
    this.options = options;
    this.random = new Random(options.seed);
    this.lossRate = this.random.chance(0.5) ? this.random.between(0, 0.15) : 0;
  }

  get nowMs(): number {
    return this.queue.nowMs;
  }

  has(defect: SimulationDefect): boolean {
    return this.options.defect === defect;
  }

  createId(prefix: string): string {
    return `${prefix}-${++this.#ids}`;
  }

  latencyMs(): number {
    const { random } = this;
    return this.faulty && random.chance(0.05) ? random.between(0, 1_500) : random.between(0.2, 5);
  }

  loses(): boolean {
    return this.faulty && this.random.chance(this.lossRate);
  }

  trace(line: () => string): void {
    if (this.options.traces) this.traced.push(`${this.nowMs.toFixed(1).padStart(9)}  ${line()}`);
  }

  violate(what: string): void {
    this.trace(() => `VIOLATION ${what}`);
    this.violation ??= what;
  }
}

/** The defect as the protocol's state machines take it; null: it is not one of theirs. */
export function coreDefects({ options }: World): Defects | null {
  const defect = DEFECTS.find((known) => known === options.defect);
  return defect === undefined ? null : new Set([defect]);
}
