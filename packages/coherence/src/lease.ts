/**
 * A process's right to answer from its replica. Read last in every verification, after the verdict: `isLive` reads the
 * clocks itself, since a flag set by a timer is stale after a pause (`coherence.md`, rule 7).
 */
export interface Lease {
  isLive(): boolean;
}

/**
 * Tells a writer when a change holds everywhere.
 */
export interface Barrier {
  /**
   * Resolves when no process answers from a state before `seq`: each has applied it and ended what it had in flight, or
   * its lease has run out.
   *
   * @returns `pending` when the deadline passed first; waiting again completes it.
   */
  waitFor(seq: number): Promise<'complete' | 'pending'>;
}
