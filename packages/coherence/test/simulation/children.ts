import type { ChildEvent, Grant } from '../../src/protocol/children.ts';
import { type DownMessage, Link, type UpMessage } from './link.ts';
import type { World } from './world.ts';

/** A process as a parent: what its links need of it. */
export interface ParentProcess {
  readonly name: string;
  readonly table: boolean[] | null;
  readonly appliedSeq: number;
  later(delayMs: number, work: () => void): void;
  dispatch(event: ChildEvent): void;
}

export interface ChildProcess {
  readonly name: string;
  later(delayMs: number, work: () => void): void;
}

interface Attached {
  readonly link: Link;
  /** It came with a table: it is sent what it lacks, not everything. */
  resumes: boolean;
  /** How often it was sent the whole table over this link. */
  resets: number;
  /** The table is gone that it was sent, and it was not sent the next one. */
  isOutdated: boolean;
  /** Gets each change as it is applied. */
  live: boolean;
}

/** The links to the children of a process. */
export class ChildLinks {
  readonly #world: World;
  readonly #parent: ParentProcess;
  readonly #attached = new Map<string, Attached>();
  readonly #links = new Set<Link>();

  constructor(world: World, parent: ParentProcess) {
    this.#world = world;
    this.#parent = parent;
  }

  connect(child: ChildProcess, receive: (message: DownMessage) => void, closed: () => void): Link {
    const parent = this.#parent;
    let id: string | null = null;
    const isCurrent = () => id !== null && this.#attached.get(id)?.link === link;
    const link = new Link(
      this.#world,
      {
        process: parent,
        receive: (message) => {
          if (message.kind === 'attach') {
            id = message.child;
            this.#attach(id, link, message.appliedSeq > 0);
          } else if (id !== null && isCurrent()) this.#take(id, message);
        },
        closed: () => {
          this.#links.delete(link);
          if (id === null || !isCurrent()) return;
          this.#attached.delete(id);
          parent.dispatch({ kind: 'child_detached', child: id });
        },
      },
      { process: child, receive, closed },
    );
    this.#links.add(link);
    return link;
  }

  relay(): void {
    for (const { link, live } of this.#attached.values()) {
      if (live) link.down({ kind: 'changes', seq: this.#parent.appliedSeq });
    }
  }

  dropped(): void {
    for (const attached of this.#attached.values())
      Object.assign(attached, { live: false, resumes: false, isOutdated: true });
  }

  loaded(): void {
    for (const id of this.#attached.keys()) this.#sync(id);
  }

  grant({ child, nonce, ttlMs, seq }: Grant): void {
    this.#attached.get(child)?.link.down({ kind: 'grant', nonce, ttlMs, seq, storeNowMs: null });
  }

  stop(child: string): void {
    this.#attached.get(child)?.link.down({ kind: 'stop' });
  }

  /** Breaks one of them, or all. */
  break(noticedWithinMs: number, which: (links: readonly Link[]) => readonly Link[] = (all) => all): void {
    for (const link of which([...this.#links])) link.break(noticedWithinMs);
  }

  died(): void {
    this.break(50);
    this.#attached.clear();
    this.#links.clear();
  }

  #attach(id: string, link: Link, resumes: boolean): void {
    const before = this.#attached.get(id);
    this.#attached.set(id, { link, resumes, resets: 0, isOutdated: false, live: false });
    if (before !== undefined && before.link !== link) before.link.break(50);
    this.#parent.dispatch({ kind: 'child_attached', child: id });
    this.#sync(id);
  }

  #sync(id: string): void {
    const attached = this.#attached.get(id);
    if (attached === undefined || attached.live || this.#parent.table === null) return;
    if (!attached.resumes) attached.resets++;
    attached.isOutdated = false;
    attached.link.down({ kind: attached.resumes ? 'changes' : 'loaded', seq: this.#parent.appliedSeq });
    attached.live = true;
    this.#parent.dispatch({ kind: 'child_synced', child: id });
  }

  #take(child: string, message: Exclude<UpMessage, { kind: 'attach' }>): void {
    const parent = this.#parent;
    const attached = this.#attached.get(child);
    if (message.kind !== 'stopped' && (attached?.isOutdated || message.resets !== attached?.resets)) return;
    if (message.kind === 'renew') {
      parent.dispatch({ kind: 'child_renewed', child, nonce: message.nonce, ackedSeq: message.ackedSeq });
    } else if (message.kind === 'ack') {
      parent.dispatch({ kind: 'child_acked', child, ackedSeq: message.ackedSeq });
    } else {
      this.#attached.delete(child);
      parent.dispatch({ kind: 'child_stopped', child });
    }
  }
}
