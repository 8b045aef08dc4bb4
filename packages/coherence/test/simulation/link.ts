import type { ChildMessage, ParentMessage } from '../../src/channel.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

/** What passes between parent and child: the protocol's messages, the table's content by its seq. */
export type DownMessage =
  | Extract<ParentMessage, { kind: 'grant' | 'stop' }>
  | { readonly kind: 'loaded' | 'changes'; readonly seq: number };

export type UpMessage =
  | { readonly kind: 'attach'; readonly child: string; readonly appliedSeq: number }
  | Extract<ChildMessage, { kind: 'renew' | 'ack' }>
  | { readonly kind: 'stopped' };

type AnyProcess = Pick<Process<never, never>, 'later' | 'name'>;

interface End<Message> {
  readonly process: AnyProcess;
  readonly receive: (message: Message) => void;
  readonly closed: () => void;
}

/** Between two messages of one direction: the sum of two times is rounded, and nobody overtakes. */
const APART_MS = 1e-6;

/** An ordered two-way stream between two processes. It breaks, and each end notices when it notices. */
export class Link {
  readonly #world: World;
  readonly #parent: End<UpMessage>;
  readonly #child: End<DownMessage>;
  #open = true;
  #lastUpMs = 0;
  #lastDownMs = 0;

  constructor(world: World, parent: End<UpMessage>, child: End<DownMessage>) {
    this.#world = world;
    this.#parent = parent;
    this.#child = child;
  }

  get open(): boolean {
    return this.#open;
  }

  up(message: UpMessage): void {
    if (!this.#open) return;
    this.#lastUpMs = this.#deliver(this.#parent, message, this.#lastUpMs);
  }

  down(message: DownMessage): void {
    if (!this.#open) return;
    this.#lastDownMs = this.#deliver(this.#child, message, this.#lastDownMs);
  }

  #deliver<Message>(end: End<Message>, message: Message, lastMs: number): number {
    const world = this.#world;
    const atMs = Math.max(lastMs + APART_MS, world.nowMs + world.latencyMs());
    end.process.later(atMs - world.nowMs, () => end.receive(message));
    return atMs;
  }

  /** What was sent before may still arrive; what is sent from now on is lost. */
  break(noticedWithinMs: number): void {
    if (!this.#open) return;
    this.#open = false;
    for (const { process, closed } of [this.#parent, this.#child]) {
      process.later(this.#world.random.between(0, noticedWithinMs), closed);
    }
  }
}
