import type { ParentChannel } from './channel.ts';
import type { Follower } from './follower.ts';
import type { Barrier, Lease } from './lease.ts';
import type { Difference } from './table/table-comparison.ts';

/** How a process takes part in the protocol, whatever its place: sole owner, node of a cluster, or child of either. */
export interface Membership {
  readonly lease: Lease;
  /**
   * Takes on a child: from now on it is fed the changes, may be granted to, and is waited for.
   *
   * @param keyspaces whose keys it is shown, and no operators; null: everything.
   */
  accept(channel: ParentChannel, keyspaces: ReadonlySet<string> | null): void;
  /** Resolves true once the table has applied `seq`, false when `withinMs` passed first. */
  reached(seq: number, withinMs: number): Promise<boolean>;
  status(): MembershipStatus;
  /**
   * Stops answering and granting at once, and resolves when every child confirmed that it stopped or its grant ran out,
   * and nobody need wait for this process any more. Let requests under way come to their end before: without a lease
   * they stand still.
   */
  close(): Promise<void>;
}

/** The membership of a process that writes: what an authority is made of. */
export interface WritingMembership extends Membership {
  readonly barrier: Barrier;
  readonly follower: Follower;
  /**
   * Loads the table, and resolves when it answers. Call once.
   *
   * @throws {KeyholdError} `store_unavailable`, `store_corrupt`, `store_newer`, `configuration_invalid`.
   */
  start(): Promise<void>;
  /** The table may lack what the store holds, and nobody knows for how long: the lease ends if that lasts. */
  fallBehind(): void;
  /** It was at the head of the log again. */
  catchUp(): void;
  /**
   * Compares the table with what the store holds, while it is answered from, then has each child compare its own with this
   * one. A table that differs is loaded anew, and answers nothing until it is.
   *
   * @returns what differed here; null: the table was dropped meanwhile, or the log is trimmed already.
   * @throws {KeyholdError} `store_unavailable` and what loading throws; calling again begins anew.
   */
  compareTables(): Promise<readonly Difference[] | null>;
}

/** How it stands, for metrics, logs and people. */
export interface MembershipStatus {
  /** Empty for a sole owner. */
  readonly incarnation: string;
  /** Renewals so far of this incarnation: of its row, or of its grant. */
  readonly round: number;
  readonly live: boolean;
  /** Until when it may answer, less now, on whichever clock ends first; 0 or less when not live. Infinity: while it runs. */
  readonly serveForMs: number;
  /** Why it does not answer; null while it does. */
  readonly trouble: string | null;
  readonly appliedSeq: number;
  /** What it has told those who wait for it. */
  readonly ackedSeq: number;
  /** The newest change it knows to be committed. */
  readonly headSeq: number;
  /** Writes waiting for their barrier. */
  readonly waiting: number;
  /** How often it lost its row to a writer that could not wait, and how many rows of others it took. */
  readonly timesFenced: number;
  readonly rowsFenced: number;
  readonly children: readonly ChildStatus[];
}

export interface ChildStatus {
  readonly id: string;
  readonly name: string;
  readonly connected: boolean;
  readonly ackedSeq: number;
  /** What is left of its grant; 0 when it has none. */
  readonly grantForMs: number;
}

/** What is worth a line in the log. */
export type MembershipEvent =
  /** It answers (again). */
  | { readonly kind: 'lease_gained'; readonly incarnation: string; readonly round: number }
  /** It answers no more, and why. */
  | { readonly kind: 'lease_lost'; readonly reason: string }
  /** A writer took its row; it goes on as `incarnation`. */
  | { readonly kind: 'fenced'; readonly incarnation: string }
  /** It took the row of a node that had not renewed it. */
  | { readonly kind: 'row_fenced'; readonly node: string; readonly incarnation: string }
  /** The table is loaded anew. */
  | { readonly kind: 'reloading'; readonly reason: string }
  | { readonly kind: 'child_attached' | 'child_detached'; readonly id: string; readonly name: string }
  /** Its table was compared with the one it is loaded from; where there are differences, it is loaded anew. */
  | { readonly kind: 'compared'; readonly differences: readonly Difference[] }
  /** A call on the store failed; it is made again. */
  | { readonly kind: 'store_failed'; readonly call: string; readonly error: unknown };
