/** How long a node's lease can last from the moment a renewal is sent: what a write waits for a node that died. */
export const TTL_MS = 3_000;

/** The longest time from one renewal to the next; the shortest is 0.7 of it, so that nodes do not fall into step. */
export const ROUND_MS = 1_000;

/** The longest grant to a child. */
export const CHILD_TTL_MS = 2_000;

/**
 * How long a write waits: a lease and two rounds, so that it outlasts a node that died and one that is slow. The same
 * with one process as with many.
 */
export const DEADLINE_MS = TTL_MS + 2 * ROUND_MS;

/** How soon a call on the store that failed is made again: what an outage costs beyond its end. */
export const RETRY_MS = 250;

/** The times of a node that are the same however long its lease lasts. */
export const NODE_TIMES = {
  childTtlMs: CHILD_TTL_MS,
  /** How often a waiting write looks at the rows while no hint comes. */
  pollMs: 50,
  /**
   * How long a node's own changes wait to be acknowledged together, where nobody is known to wait for them: a repetition of
   * the same write, asked of another node, waits for them, no longer than for a hint that was lost.
   */
  ownAckDelayMs: 50,
  retryMs: RETRY_MS,
} as const;
