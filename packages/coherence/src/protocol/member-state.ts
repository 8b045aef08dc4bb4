import type { Head, Hint, LeaseRow } from '../lease-rows.ts';
import type { ChildEffect, ChildEvent, Children } from './children.ts';
import type { Defects } from './defects.ts';
import { createRowWatch, type RowWatch } from './row-watch.ts';
import { CLOSED, type Moment, type Window } from './window.ts';

/** The constants of a node. All times in ms. */
export interface MemberConfig {
  readonly node: string;
  readonly protocolVersion: number;
  readonly ttlMs: number;
  /** From one renewal to the next; called for each. */
  readonly roundMs: () => number;
  readonly childTtlMs: number;
  /** How often the rows are read while a write waits and nothing hints. */
  readonly pollMs: number;
  /** How long a node's own changes wait to be acknowledged together. */
  readonly ownAckDelayMs: number;
  /** How soon a call on the store that failed is made again. */
  readonly retryMs: number;
  /** How long a write waits. */
  readonly deadlineMs: number;
  readonly createIncarnation: () => string;
  readonly defects: Defects;
}

/** A node of a cluster, as plain data. */
export interface MemberState {
  phase: 'new' | 'loading' | 'member' | 'leaving' | 'left';
  incarnation: string;
  /** Which history the table is loaded from. */
  lineage: string;
  round: number;
  step: 'idle' | 'renewing' | 'reading_head' | 'following';
  /** Told with every call and expected in its answer: an answer to an earlier call is none. */
  ticket: number;
  /** When the round began, before anything of it was sent. */
  sentAt: Moment;
  roundHeadSeq: number;
  /** What was applied when the head was last asked for: a head that lies before it is of another history. */
  appliedAtReadSeq: number;
  roundAckedSeq: number;
  nextRoundAtMs: number;
  window: Window;
  /** Whether it was live when it last looked. Told, never asked: what answers reads the clocks. */
  live: boolean;
  trouble: string | null;
  headSeq: number;
  /** In force in the table. */
  appliedSeq: number;
  /** In force, and what it ended in flight has ended. */
  settledSeq: number;
  /** The row of this incarnation is known to be there. */
  hasRow: boolean;
  /** What the row is known to hold. */
  ackedSeq: number;
  /** On its way to the row; null: nothing is. */
  ackingSeq: number | null;
  /** Not before: the last one failed. */
  ackAtMs: number;
  /** Not before, while only changes wait to be acknowledged that no other process is known to have committed. */
  ownAckAtMs: number;
  /** What other processes are known to have committed and this row does not acknowledge: the lowest seq, and the highest. 0: nothing. */
  awaitedSeq: number;
  othersSeq: number;
  /** Rows of this process's own that nobody need wait for once no child answers under them. */
  retired: string[];
  removing: boolean;
  timesFenced: number;
  rowsFenced: number;
  children: Children;
  watch: RowWatch;
}

export type MemberEvent =
  | { readonly kind: 'time' | 'stop' }
  /** The table is loaded up to `seq`; `lineage` was read before it was. */
  | { readonly kind: 'start'; readonly lineage: string; readonly seq: number }
  | { readonly kind: 'renewed'; readonly ticket: number; readonly outcome: 'renewed' | 'fenced' | 'failed' }
  | { readonly kind: 'head'; readonly ticket: number; readonly head: Head | null }
  | {
      readonly kind: 'acknowledged';
      readonly incarnation: string;
      readonly seq: number;
      readonly outcome: 'acknowledged' | 'fenced' | 'failed';
    }
  /** The table was emptied. */
  | { readonly kind: 'dropped' }
  | { readonly kind: 'applied' | 'settled'; readonly seq: number }
  /** What `catch_up` asked for is done. */
  | { readonly kind: 'caught_up'; readonly seq: number }
  | { readonly kind: 'catch_up_failed' }
  | { readonly kind: 'hint'; readonly hint: Hint }
  | { readonly kind: 'wait'; readonly waiter: number; readonly seq: number }
  | { readonly kind: 'rows'; readonly rows: readonly LeaseRow[] | null }
  | { readonly kind: 'row_fenced'; readonly incarnation: string; readonly deleted: boolean }
  /** Removed, or given up: it then times out. */
  | { readonly kind: 'row_removed'; readonly incarnation: string }
  | ChildEvent;

export type MemberEffect =
  | { readonly kind: 'renew'; readonly ticket: number; readonly row: LeaseRow }
  | { readonly kind: 'read_head'; readonly ticket: number }
  /** Load the table if it is not loaded, and follow the log to its head. */
  | { readonly kind: 'catch_up' }
  /** What is loaded, or being loaded, is of another history: load anew. */
  | { readonly kind: 'reload' }
  | { readonly kind: 'acknowledge'; readonly incarnation: string; readonly seq: number }
  | { readonly kind: 'read_rows' }
  | { readonly kind: 'fence'; readonly incarnation: string; readonly round: number; readonly node: string }
  | { readonly kind: 'remove_row'; readonly incarnation: string }
  | { readonly kind: 'resolve'; readonly waiter: number; readonly outcome: 'complete' | 'pending' }
  | ChildEffect
  | { readonly kind: 'gained' | 'left' }
  | { readonly kind: 'lost' | 'reloading'; readonly reason: string }
  | { readonly kind: 'fenced' };

export function createMemberState(): MemberState {
  return {
    phase: 'new',
    incarnation: '',
    lineage: '',
    round: 0,
    step: 'idle',
    ticket: 0,
    sentAt: { monotonicMs: 0, wallMs: 0 },
    roundHeadSeq: 0,
    appliedAtReadSeq: 0,
    roundAckedSeq: 0,
    nextRoundAtMs: 0,
    window: CLOSED,
    live: false,
    trouble: 'starting',
    headSeq: 0,
    appliedSeq: 0,
    settledSeq: 0,
    hasRow: false,
    ackedSeq: 0,
    ackingSeq: null,
    ackAtMs: 0,
    ownAckAtMs: 0,
    awaitedSeq: 0,
    othersSeq: 0,
    retired: [],
    removing: false,
    timesFenced: 0,
    rowsFenced: 0,
    children: {},
    watch: createRowWatch(),
  };
}
