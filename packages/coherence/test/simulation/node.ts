import type { Hint } from '../../src/lease-rows.ts';
import { NO_DEFECTS } from '../../src/protocol/defects.ts';
import { Member } from '../../src/protocol/member.ts';
import type { MemberEffect, MemberEvent } from '../../src/protocol/member-state.ts';
import { DEADLINE_MS, NODE_TIMES, RETRY_MS, ROUND_MS, TTL_MS } from '../../src/timing.ts';
import { ChildLinks } from './children.ts';
import type { Host } from './host.ts';
import { Process } from './process.ts';
import type { SharedStore } from './shared-store.ts';
import { coreDefects, type World } from './world.ts';
import { type Write, Writes } from './writes.ts';

/** A node of a cluster, simulated around the protocol's own state machine. */
export class Node extends Process<MemberEvent, MemberEffect> {
  readonly links: ChildLinks;
  readonly #store: SharedStore;
  readonly #peers: readonly Node[];
  readonly #writes = new Writes();
  #member: Member | null = null;
  #reading = false;
  #readAgain = false;
  #lastIncarnation: string | null = null;

  constructor(world: World, host: Host, name: string, store: SharedStore, peers: readonly Node[]) {
    super(world, host, name);
    this.#store = store;
    this.#peers = peers;
    this.links = new ChildLinks(world, this);
  }

  get live(): boolean {
    return this.alive && this.#member?.mayAnswer(this.now()) === true;
  }

  protected boot(): void {
    const { world } = this;
    this.#reading = false;
    this.#readAgain = false;
    this.#member = new Member({
      node: this.name,
      protocolVersion: 1,
      ttlMs: TTL_MS,
      roundMs: () => ROUND_MS * world.random.between(0.7, 1),
      ...NODE_TIMES,
      deadlineMs: DEADLINE_MS,
      createIncarnation: () => this.#createIncarnation(),
      defects: coreDefects(world) ?? NO_DEFECTS,
    });
    this.runMachine(this.#member);
    this.#loadSnapshot();
  }

  /** The table first, without a row and without answering. */
  #loadSnapshot(): void {
    this.#store.call(
      this,
      () => this.world.history.headSeq,
      (seq) => {
        this.load(seq);
        this.dispatch({ kind: 'start', lineage: 'one', seq });
        this.advanced();
        this.links.loaded();
      },
      () => this.later(RETRY_MS, () => this.#loadSnapshot()),
    );
  }

  #createIncarnation(): string {
    const reuses = this.world.has('restart_reuses_row') && this.#lastIncarnation !== null;
    this.#lastIncarnation = reuses ? this.#lastIncarnation : this.world.createId(this.name);
    return this.#lastIncarnation ?? '';
  }

  protected relay(): void {
    this.links.relay();
  }

  protected onDeath(): void {
    this.#member = null;
    this.#writes.forget();
    this.links.died();
  }

  override drop(): void {
    this.links.dropped();
    super.drop();
  }

  /** Carries out a write of a client. The answer is lost when this process dies meanwhile. */
  write(
    { key, accepted, retries }: Write,
    answered: (seq: number, outcome: 'complete' | 'pending') => void,
  ): void {
    if (this.#member?.state.phase === 'new') return;
    const { world } = this;
    const { history } = world;
    let wasThere = false;
    const commit = () => {
      const latest = history.latest(key);
      wasThere = latest !== undefined && latest.accepted === accepted;
      if (wasThere && latest !== undefined) return latest.seq;
      const seq = history.commit(key, accepted);
      this.#hint({ kind: 'committed', seq });
      return seq;
    };
    const committed = (seq: number) => {
      world.trace(() => `${this.name} committed ${seq}: key ${key} ${accepted}`);
      if (wasThere && retries && world.has('retry_answers_at_once')) {
        answered(seq, 'complete');
        return;
      }
      if (world.has('writer_applies_own_first')) this.applyOutOfOrder(seq);
      else this.#catchUp();
      const waiter = this.#writes.add((outcome) => answered(seq, outcome));
      this.dispatch({ kind: 'wait', waiter, seq });
    };
    this.#store.call(this, commit, committed, () => {});
  }

  /** What the store tells the other nodes of something that this one did. */
  #hint(hint: Hint): void {
    for (const peer of this.#peers) {
      if (!this.world.options.hints || this.world.loses()) continue;
      peer.later(this.world.latencyMs(), () => peer.dispatch({ kind: 'hint', hint }));
    }
  }

  stop(): void {
    if (this.#member !== null) this.dispatch({ kind: 'stop' });
  }

  protected perform(effect: MemberEffect): void {
    const store = this.#store;
    switch (effect.kind) {
      case 'renew': {
        const { ticket, row } = effect;
        store.call(
          this,
          () => store.renew(row),
          (outcome) => this.dispatch({ kind: 'renewed', ticket, outcome }),
          () => this.dispatch({ kind: 'renewed', ticket, outcome: 'failed' }),
        );
        break;
      }
      case 'read_head': {
        const { ticket } = effect;
        store.call(
          this,
          () => store.readHead(),
          (head) => this.dispatch({ kind: 'head', ticket, head }),
          () => this.dispatch({ kind: 'head', ticket, head: null }),
        );
        break;
      }
      case 'catch_up':
        this.#catchUp();
        break;
      case 'reload':
        this.drop();
        this.#catchUp();
        break;
      case 'acknowledge': {
        const { incarnation, seq } = effect;
        store.call(
          this,
          () => {
            const outcome = store.acknowledge(incarnation, seq);
            this.#hint({ kind: 'acknowledged', incarnation, seq });
            return outcome;
          },
          (outcome) => this.dispatch({ kind: 'acknowledged', incarnation, seq, outcome }),
          () => this.dispatch({ kind: 'acknowledged', incarnation, seq, outcome: 'failed' }),
        );
        break;
      }
      case 'read_rows':
        store.call(
          this,
          () => [...store.rows.values()],
          (rows) => this.dispatch({ kind: 'rows', rows }),
          () => this.dispatch({ kind: 'rows', rows: null }),
        );
        break;
      case 'fence': {
        const { incarnation, round } = effect;
        store.call(
          this,
          () => store.fence(incarnation, round),
          (deleted) => this.dispatch({ kind: 'row_fenced', incarnation, deleted }),
          () => this.dispatch({ kind: 'row_fenced', incarnation, deleted: false }),
        );
        break;
      }
      case 'remove_row': {
        const { incarnation } = effect;
        const removed = () => this.dispatch({ kind: 'row_removed', incarnation });
        store.call(this, () => store.rows.delete(incarnation), removed, removed);
        break;
      }
      case 'resolve':
        this.#writes.resolve(effect.waiter, effect.outcome);
        break;
      case 'grant':
        this.links.grant(effect.grant);
        break;
      case 'stop_child':
        this.links.stop(effect.child);
        break;
      case 'left':
        this.later(0, () => this.die());
        break;
      default:
        break;
    }
  }

  /** Follows the log to its head, as the follower does: one read at a time, and one begun after the latest call. */
  #catchUp(): void {
    if (this.#reading) {
      this.#readAgain = true;
      return;
    }
    const { world } = this;
    this.#reading = true;
    const read = (then: () => void) => {
      this.#reading = false;
      then();
      if (this.#readAgain) {
        this.#readAgain = false;
        this.#catchUp();
      }
    };
    this.#store.call(
      this,
      () => world.history.headSeq,
      (seq) =>
        read(() => {
          if (this.table === null) {
            this.load(seq);
            this.advanced();
            this.links.loaded();
          } else this.apply(seq);
          this.dispatch({ kind: 'caught_up', seq: this.appliedSeq });
        }),
      () => read(() => this.dispatch({ kind: 'catch_up_failed' })),
    );
  }
}
