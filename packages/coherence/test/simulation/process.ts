import type { Clock } from '@keyhold/core';
import { type Machine, type MachineRun, runMachine } from '../../src/protocol/machine.ts';
import type { Moment } from '../../src/protocol/window.ts';
import type { Host } from './host.ts';
import { KEYS, type World } from './world.ts';

/** A request that goes on after it was accepted. */
interface Flight {
  readonly key: number;
  /** Told to end: nothing of it passes any more. */
  over: boolean;
  endedAtMs: number;
}

export interface Answering {
  mayAnswer(now: Moment): boolean;
}

type TableEvent =
  | { readonly kind: 'dropped' }
  | { readonly kind: 'applied' | 'settled'; readonly seq: number };

/** One process: what runs on it, its table, and what is in flight. It can stand still, die, and come back. */
export abstract class Process<Event, Effect> {
  readonly name: string;
  readonly world: World;
  readonly host: Host;
  alive = false;
  paused = false;
  /** Null while it is not loaded. */
  table: boolean[] | null = null;
  appliedSeq = 0;
  machine: (Machine<Event, Effect> & Answering) | null = null;
  #run: MachineRun<Event | TableEvent> | null = null;
  #life = 0;
  #load = 0;
  #backlog: (() => void)[] = [];
  #flights: Flight[] = [];

  constructor(world: World, host: Host, name: string) {
    this.world = world;
    this.host = host;
    this.name = name;
  }

  /** What it does once it is up. */
  protected abstract boot(): void;
  protected abstract perform(effect: Effect): void;
  /** The table moved on by these changes. */
  protected abstract relay(fromSeq: number): void;
  protected abstract onDeath(): void;

  get life(): number {
    return this.#life;
  }

  get standsStill(): boolean {
    return this.paused || this.host.asleep;
  }

  get clock(): Clock {
    const { world, host } = this;
    return {
      nowMs: () => host.wallMs(world.nowMs),
      monotonicMs: () => host.monotonicMs(world.nowMs),
      setTimer: (delayMs, run) => {
        let cancelled = false;
        // A little late, as timers are, and never so little that no time passes in the arithmetic.
        this.later(Math.max(0, delayMs) / host.rate + 0.01, () => cancelled || run());
        return () => {
          cancelled = true;
        };
      },
    };
  }

  now(): Moment {
    const { clock } = this;
    return { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
  }

  start(): void {
    if (this.alive) return;
    this.world.trace(() => `${this.name} starts`);
    this.alive = true;
    this.boot();
  }

  /** Puts a new state machine in place. */
  protected runMachine(machine: Machine<Event, Effect> & Answering): void {
    this.machine = machine;
    this.#run = runMachine<Event | TableEvent, Effect>(machine, this.clock, (effect) => {
      this.world.trace(() => `${this.name} ${JSON.stringify(effect)}`);
      this.perform(effect);
    });
  }

  die(): void {
    if (!this.alive) return;
    this.world.trace(() => `${this.name} dies`);
    this.alive = false;
    this.paused = false;
    this.#life++;
    this.#load++;
    this.#backlog = [];
    this.#flights = [];
    this.table = null;
    this.appliedSeq = 0;
    this.machine = null;
    this.#run = null;
    this.onDeath();
  }

  /** Lets it go on after it stood still. The first thing it does is answer. */
  resume(): void {
    if (!this.alive || this.standsStill) return;
    this.check();
    const backlog = this.#backlog;
    this.#backlog = [];
    const life = this.#life;
    for (const work of backlog) {
      if (this.#life !== life) return;
      work();
      this.check();
    }
  }

  /** Runs work of this process after a while: later when it stands still then, never when it died before. */
  later(delayMs: number, work: () => void): void {
    const { world } = this;
    const life = this.#life;
    world.queue.add(world.nowMs + delayMs, () => {
      if (this.#life !== life) return;
      if (this.standsStill) {
        this.#backlog.push(work);
        return;
      }
      work();
      this.check();
    });
  }

  dispatch(event: Event | TableEvent): void {
    this.#run?.dispatch(event);
  }

  /** Takes over a whole table as of `seq`. */
  load(seq: number): void {
    this.table = Array.from({ length: KEYS }, () => false);
    for (const entry of this.world.history.log.slice(0, seq)) this.table[entry.key] = entry.accepted;
    this.appliedSeq = seq;
    for (const flight of this.#flights) this.#judge(flight);
  }

  /** Applies the log up to `seq`, in order. */
  apply(seq: number): void {
    if (this.table === null || seq <= this.appliedSeq) return;
    const fromSeq = this.appliedSeq;
    for (let next = fromSeq; next < seq; next++) this.#put(next + 1);
    this.appliedSeq = seq;
    this.relay(fromSeq);
    this.advanced();
  }

  /** Applies one change and counts those before it as applied, too. */
  applyOutOfOrder(seq: number): void {
    if (this.table === null || seq <= this.appliedSeq) return;
    this.#put(seq);
    this.appliedSeq = seq;
    this.advanced();
  }

  advanced(): void {
    const { world, appliedSeq: seq } = this;
    this.dispatch({ kind: 'applied', seq });
    const load = this.#load;
    const lastEndMs = this.#flights.reduce((last, flight) => Math.max(last, flight.endedAtMs), 0);
    const settle = () => {
      this.#flights = this.#flights.filter(({ over, endedAtMs }) => !over || endedAtMs > world.nowMs);
      if (load === this.#load) this.dispatch({ kind: 'settled', seq });
    };
    if (lastEndMs > world.nowMs) this.later(lastEndMs - world.nowMs, settle);
    else settle();
  }

  /** The table is not to be relied on any more. */
  drop(): void {
    this.#load++;
    this.table = null;
    this.appliedSeq = 0;
    this.dispatch({ kind: 'dropped' });
  }

  /** A request with this key comes in, and goes on if it is accepted. */
  request(key: number): void {
    if (!this.alive || this.standsStill || !this.#answers() || this.table?.[key] !== true) return;
    this.#flights.push({ key, over: false, endedAtMs: 0 });
  }

  /** Looks at every answer that it could give now, and at every byte that could pass. */
  check(): void {
    const { world, table } = this;
    if (!this.alive || this.standsStill) return;
    const answers = this.#answers();
    if (answers && table !== null) {
      for (let key = 0; key < KEYS; key++) {
        const accepted = table[key] === true;
        if (world.history.allows(key, accepted)) continue;
        world.violate(
          `${this.name} ${accepted ? 'accepts' : 'refuses'} key ${key} at change ${this.appliedSeq}, confirmed is ${world.history.confirmedSeq}`,
        );
      }
    }
    if (!answers && !world.has('streams_outlive_lease')) return;
    for (const { key, over } of this.#flights) {
      if (!over && !world.history.allows(key, true))
        world.violate(`${this.name} forwards a byte of key ${key}`);
    }
  }

  #answers(): boolean {
    return this.table !== null && this.machine?.mayAnswer(this.now()) === true;
  }

  #put(seq: number): void {
    const entry = this.world.history.log[seq - 1];
    if (entry === undefined || this.table === null) throw new RangeError(`There is no change ${seq}.`);
    this.table[entry.key] = entry.accepted;
    if (!entry.accepted) for (const flight of this.#flights) this.#judge(flight);
  }

  #judge(flight: Flight): void {
    if (flight.over || this.table?.[flight.key] === true) return;
    const { random, nowMs } = this.world;
    flight.over = true;
    flight.endedAtMs = nowMs + (random.chance(0.2) ? random.between(0, 800) : 0);
  }
}
