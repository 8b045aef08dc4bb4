import type { Head, LeaseRow } from '../../src/lease-rows.ts';
import type { Host } from './host.ts';
import type { World } from './world.ts';

/** How long a call may take before it counts as failed: a third of a lease. */
const CALL_TIMEOUT_MS = 1_000;

interface Caller {
  readonly host: Host;
  /** Another one after each death: an answer to a process that died is nobody's. */
  readonly life: number;
  later(delayMs: number, work: () => void): void;
}

/** The store that the nodes share. Each call is one transaction, at one moment between its being sent and answered. */
export class SharedStore {
  readonly rows = new Map<string, LeaseRow>();
  readonly #world: World;
  /** Those that cannot reach it, and those that it cannot reach. */
  readonly unreaching = new Set<object>();
  readonly unreached = new Set<object>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Has `transaction` run for a process: it may be lost, run late, or run without the answer coming back. */
  call<T>(from: Caller, transaction: () => T, answered: (answer: T) => void, failed: () => void): void {
    const world = this.#world;
    const { random } = world;
    const { life } = from;
    let outcome: 'waiting' | 'over' = 'waiting';
    const settle = (then: () => void) => () => {
      if (outcome === 'over') return;
      outcome = 'over';
      then();
    };
    from.later(CALL_TIMEOUT_MS / from.host.rate, settle(failed));
    if (this.unreaching.has(from) || world.loses()) {
      // Cut off, it may still take effect, long after it counted as failed.
      if (random.chance(0.5))
        world.queue.add(world.nowMs + random.between(0, 8_000), () => void transaction());
      return;
    }
    world.queue.add(world.nowMs + world.latencyMs(), () => {
      const answer = transaction();
      if (world.faulty && random.chance(world.lossRate / 2)) transaction();
      if (from.life !== life || this.unreached.has(from) || world.loses()) return;
      from.later(
        world.latencyMs(),
        settle(() => answered(answer)),
      );
    });
  }

  renew(row: LeaseRow): 'renewed' | 'fenced' {
    const known = this.rows.get(row.incarnation);
    if (known === undefined && row.round > 1) return 'fenced';
    if (known !== undefined && this.#world.has('restart_reuses_row')) {
      this.rows.set(row.incarnation, { ...row, round: known.round + 1 });
      return 'renewed';
    }
    const round = Math.max(row.round, known?.round ?? 0);
    const ackedSeq = Math.max(row.ackedSeq, known?.ackedSeq ?? 0);
    this.rows.set(row.incarnation, { ...row, round, ackedSeq });
    return 'renewed';
  }

  readHead(): Head {
    return { seq: this.#world.history.headSeq, storeNowMs: this.#world.nowMs, lineage: 'one' };
  }

  acknowledge(incarnation: string, ackedSeq: number): 'acknowledged' | 'fenced' {
    const row = this.rows.get(incarnation);
    if (row === undefined) return 'fenced';
    this.rows.set(incarnation, { ...row, ackedSeq: Math.max(row.ackedSeq, ackedSeq) });
    return 'acknowledged';
  }

  fence(incarnation: string, round: number): boolean {
    return this.rows.get(incarnation)?.round === round && this.rows.delete(incarnation);
  }
}
