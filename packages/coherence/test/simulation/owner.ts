import { NO_DEFECTS } from '../../src/protocol/defects.ts';
import { createOwnerState, Owner, type OwnerEffect, type OwnerEvent } from '../../src/protocol/owner.ts';
import { CHILD_TTL_MS, DEADLINE_MS, TTL_MS } from '../../src/timing.ts';
import { ChildLinks } from './children.ts';
import type { Host } from './host.ts';
import { Process } from './process.ts';
import { coreDefects, type World } from './world.ts';
import { type Write, Writes } from './writes.ts';

/** The sole owner of a store in a file, simulated around the protocol's own state machine. */
export class OwnerProcess extends Process<OwnerEvent, OwnerEffect> {
  readonly links: ChildLinks;
  readonly #writes = new Writes();
  #owner: Owner | null = null;
  /** What the file remembers: grants were given, and nobody waited for their end. */
  #grantsMayBeOut = false;
  /** Until when grants of an earlier owner may be out. */
  #heldUntilMs = 0;

  constructor(world: World, host: Host, name: string) {
    super(world, host, name);
    this.links = new ChildLinks(world, this);
  }

  get live(): boolean {
    return this.alive && this.#owner?.mayAnswer(this.now()) === true;
  }

  protected boot(): void {
    const { world, clock } = this;
    this.#heldUntilMs = this.#grantsMayBeOut ? clock.monotonicMs() + CHILD_TTL_MS : 0;
    const defects = coreDefects(world) ?? NO_DEFECTS;
    this.#owner = new Owner(
      { lapseMs: 0.9 * TTL_MS, childTtlMs: CHILD_TTL_MS, deadlineMs: DEADLINE_MS, defects },
      createOwnerState(world.has('owner_restarts_at_once') ? 0 : this.#heldUntilMs),
    );
    this.#grantsMayBeOut = true;
    this.runMachine(this.#owner);
    this.#loadSnapshot();
  }

  #loadSnapshot(): void {
    this.load(this.world.history.headSeq);
    this.advanced();
    this.links.loaded();
  }

  override drop(): void {
    this.links.dropped();
    super.drop();
    // One load serves all who asked for it, as a follower's does.
    this.later(this.world.random.between(1, 300), () => {
      if (this.table === null) this.#loadSnapshot();
    });
  }

  protected relay(): void {
    this.links.relay();
  }

  protected onDeath(): void {
    this.#owner = null;
    this.#writes.forget();
    this.links.died();
  }

  /** Carries out a write of a client. Its store answers after a while, as a worker thread does. */
  write(
    { key, accepted, retries }: Write,
    answered: (seq: number, outcome: 'complete' | 'pending') => void,
  ): void {
    const { world } = this;
    const { history } = world;
    const latest = history.latest(key);
    const wasThere = latest !== undefined && latest.accepted === accepted;
    const seq = wasThere ? latest.seq : history.commit(key, accepted);
    this.later(world.random.between(0.1, 3), () => {
      if (wasThere && retries && world.has('retry_answers_at_once')) {
        answered(seq, 'complete');
        return;
      }
      if (world.has('writer_applies_own_first')) this.applyOutOfOrder(seq);
      else this.apply(seq);
      const waiter = this.#writes.add((outcome) => answered(seq, outcome));
      this.dispatch({ kind: 'wait', waiter, seq });
    });
  }

  stop(): void {
    if (this.#owner !== null) this.dispatch({ kind: 'stop' });
  }

  protected perform(effect: OwnerEffect): void {
    switch (effect.kind) {
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
        // Its own grants are over; those of an earlier owner once they have had their time.
        this.#grantsMayBeOut = this.clock.monotonicMs() <= this.#heldUntilMs;
        this.later(0, () => this.die());
        break;
      default:
        effect satisfies never;
    }
  }
}
