import { NO_DEFECTS } from '../../src/protocol/defects.ts';
import { Holder, type HolderEffect, type HolderEvent } from '../../src/protocol/holder.ts';
import { CHILD_TTL_MS } from '../../src/timing.ts';
import { ChildLinks } from './children.ts';
import type { Host } from './host.ts';
import type { DownMessage, Link } from './link.ts';
import { Process } from './process.ts';
import { coreDefects, type World } from './world.ts';

/** What a child can attach to. */
export interface Parent {
  readonly alive: boolean;
  readonly links: ChildLinks;
}

/** A worker or an SDK, simulated around the protocol's own state machine. It may be a parent itself. */
export class Child extends Process<HolderEvent, HolderEffect> {
  readonly links: ChildLinks;
  readonly #parents: readonly Parent[];
  #holder: Holder | null = null;
  #link: Link | null = null;
  /** How often it was loaded over this link. */
  #resets = 0;
  #id = '';

  constructor(world: World, host: Host, name: string, parents: readonly Parent[]) {
    super(world, host, name);
    this.#parents = parents;
    this.links = new ChildLinks(world, this);
  }

  get live(): boolean {
    return this.alive && this.#holder?.mayAnswer(this.now()) === true;
  }

  protected boot(): void {
    this.#holder = new Holder({
      childTtlMs: CHILD_TTL_MS,
      defects: coreDefects(this.world) ?? NO_DEFECTS,
    });
    this.#id = this.world.createId(this.name);
    this.runMachine(this.#holder);
    this.#connect();
  }

  protected relay(): void {
    this.links.relay();
  }

  protected onDeath(): void {
    this.#holder = null;
    this.#link?.break(50);
    this.#link = null;
    this.links.died();
  }

  override drop(): void {
    this.#empty();
    this.#link?.break(0);
  }

  #empty(): void {
    this.links.dropped();
    super.drop();
  }

  stop(): void {
    this.dispatch({ kind: 'stop' });
  }

  #connect(): void {
    const { random } = this.world;
    const parents = this.#parents.filter(({ alive }) => alive);
    if (parents.length === 0) {
      this.later(random.between(50, 500), () => this.#connect());
      return;
    }
    const link: Link = random.pick(parents).links.connect(
      this,
      (message) => {
        if (this.#link === link) this.#take(message);
      },
      () => {
        if (this.#link !== link) return;
        this.#link = null;
        this.dispatch({ kind: 'disconnected' });
        this.later(random.between(10, 1_000), () => this.#connect());
      },
    );
    this.#link = link;
    this.#resets = 0;
    const appliedSeq = this.table === null ? 0 : this.appliedSeq;
    link.up({ kind: 'attach', child: this.#id, appliedSeq });
    this.dispatch({ kind: 'connected' });
  }

  #take(message: DownMessage): void {
    switch (message.kind) {
      case 'loaded':
        this.#resets++;
        if (this.table !== null) this.#empty();
        this.load(message.seq);
        this.dispatch({ kind: 'loaded', seq: message.seq });
        this.advanced();
        this.links.loaded();
        break;
      case 'changes':
        this.apply(message.seq);
        break;
      case 'grant':
        this.dispatch({ ...message, kind: 'granted' });
        break;
      case 'stop':
        this.dispatch({ kind: 'dismissed' });
        break;
      default:
        message satisfies never;
    }
  }

  protected perform(effect: HolderEffect): void {
    switch (effect.kind) {
      case 'renew':
      case 'ack':
        this.#link?.up({ ...effect, resets: this.#resets });
        break;
      case 'grant':
        this.links.grant(effect.grant);
        break;
      case 'stop_child':
        this.links.stop(effect.child);
        break;
      case 'stopped':
        this.#link?.up({ kind: 'stopped' });
        this.#link?.break(20);
        break;
      case 'left':
        this.later(20, () => this.die());
        break;
      default:
        break;
    }
  }
}
