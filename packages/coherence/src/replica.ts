import type { Change, SnapshotPage } from './change.ts';

/** The in-memory copy of the key table that one process verifies from. */
export interface Replica {
  /** The highest change applied; 0 before the first load. */
  readonly appliedSeq: number;
  readonly keyCount: number;
  /** Fills an empty replica; `seal` makes it ready as of `seq`. */
  load(page: SnapshotPage): void;
  seal(seq: number): void;
  /**
   * Applies the next change and ends what is in flight for keys it denies.
   *
   * @returns a promise when something in flight has to end first; the change itself is in force when the call returns.
   * @throws {KeyholdError} `lease_lost` when `change.seq` is not `appliedSeq + 1`, or its kind is not known: a hole is a
   *   bug, so the caller drops everything and loads again.
   */
  apply(change: Change): void | Promise<void>;
}
