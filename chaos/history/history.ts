/**
 * What happened in a run. Instants are nanoseconds of `process.hrtime`, which is one clock for every process of a Linux
 * machine, counted from the start of the run so that they stay exact as numbers.
 *
 * A subject is one question whose answer changes over time: "may this secret do this operation?"
 */

/** A call that turned a subject's answer into yes (`open`) or no (`closed`). */
export interface Change {
  readonly subject: number;
  readonly to: 'open' | 'closed';
  readonly invokedNs: number;
  /** When the caller knew that it holds; Infinity: nobody was told, so it may take hold at any later time. */
  readonly completedNs: number;
}

/** What a client was told. `unavailable` is a 503, `broken` no answer at all: neither says anything about the key. */
export type Outcome = 'accepted' | 'refused' | 'unavailable' | 'broken';

/** One call that asked about a subject, or one piece of a stream that was let through. */
export interface Observation {
  readonly subject: number;
  /** Index of the node that was asked, or of the application, behind the nodes. */
  readonly node: number;
  readonly face: Face;
  readonly outcome: Outcome;
  readonly invokedNs: number;
  readonly answeredNs: number;
}

export const FACES = ['verify', 'authorize', 'gateway', 'application', 'stream'] as const;
export type Face = (typeof FACES)[number];

/** A clock that counts from the start of the run, in whichever thread. */
export function createRunClock(epochNs: bigint = process.hrtime.bigint()): {
  readonly epochNs: bigint;
  nowNs(): number;
} {
  return { epochNs, nowNs: () => Number(process.hrtime.bigint() - epochNs) };
}
