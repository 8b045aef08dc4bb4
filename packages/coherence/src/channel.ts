import type { Change } from './change.ts';
import type { TablePage } from './snapshot/table-pages.ts';

/**
 * One end of an ordered two-way stream of messages between a process that grants (the parent) and one that answers under
 * its grants (the child): the IPC of a worker, or an SDK's connection. Messages survive `structuredClone` and, but for the
 * bytes of a page of keys, JSON.
 */
export interface Channel<Out, In> {
  /** Sends in order, or not at all once the channel is closed; never throws. */
  send(message: Out): void;
  /**
   * Resolves in a later turn of the event loop, once what was sent has been handed on for the most part or the channel is
   * closed: await it between messages of which there are many.
   */
  drained(): Promise<void>;
  /**
   * Called for each message, in the order sent, from the next turn of the event loop on. Set once. The bytes of a page are to
   * be read before it returns.
   */
  onMessage(listener: (message: In) => void): void;
  /** Called once, when either end closed or the connection broke. Set once. */
  onClose(listener: () => void): void;
  close(): void;
}

export type ParentChannel = Channel<ParentMessage, ChildMessage>;
export type ChildChannel = Channel<ChildMessage, ParentMessage>;

/** Every change up to `ackedSeq` is applied, and what it ends in flight has ended, in the table of the last `reset`. */
export interface Acknowledgement {
  readonly ackedSeq: number;
  /** How many `reset`s have come since `attach`. */
  readonly resets: number;
}

/** What a child sends. */
export type ChildMessage =
  /**
   * First, and once. `child` is a UUID of this process: the one thing that tells a child that came back from a new one.
   * `appliedSeq` and `lineage` say what its table holds; 0 and '' for nothing.
   */
  | {
      readonly kind: 'attach';
      readonly child: string;
      readonly name: string;
      readonly appliedSeq: number;
      readonly lineage: string;
      readonly protocolVersion: number;
    }
  /** Asks for a grant. The next one is asked for when this was answered or has become worthless. */
  | ({ readonly kind: 'renew'; readonly nonce: number } & Acknowledgement)
  | ({ readonly kind: 'ack' } & Acknowledgement)
  /** It answers no more and will not again: no grant of it need be waited for. */
  | { readonly kind: 'stopped' };

/** What a parent sends, in stream order. */
export type ParentMessage =
  /**
   * The table is to be loaded anew: pages follow, then `sealed`. What changes meanwhile is a page too, and a later page
   * holds over an earlier one.
   */
  | { readonly kind: 'reset'; readonly lineage: string }
  | { readonly kind: 'page'; readonly page: TablePage }
  | { readonly kind: 'sealed'; readonly seq: number }
  | { readonly kind: 'changes'; readonly changes: readonly Change[] }
  /**
   * The table is to be compared with the parent's: the pages between these two, each as the parent's is after what was sent
   * before it, are not put into it. A child whose table differs asks to be loaded anew.
   */
  | { readonly kind: 'compare' | 'compared' }
  /**
   * The right to answer for `ttlMs` from the moment `renew` with this nonce was sent, for a table that has applied `seq`.
   * `storeNowMs`: the store's time is not later than this when the grant is sent; null: the wall clock is the store's.
   */
  | {
      readonly kind: 'grant';
      readonly nonce: number;
      readonly ttlMs: number;
      readonly seq: number;
      readonly storeNowMs: number | null;
    }
  /** The parent ends: answer no more, and say `stopped`. */
  | { readonly kind: 'stop' };
