import { type CountedUsage, createUsageCounts, type Verifier } from '@keyhold/coherence';
import type { Clock } from '@keyhold/core';

/** What was counted, as a node takes it. */
export interface UsageMessage {
  readonly kind: 'usage';
  readonly usage: CountedUsage['usage'];
  readonly lastUsed: readonly (Omit<CountedUsage['lastUsed'][number], 'address'> & {
    readonly address?: string | null;
  })[];
  readonly refusals?: CountedUsage['refusals'];
}

/** Counts verdicts by key and hour, and remembers when each key was last used, and last refused for each reason. */
export interface UsageCounter {
  /** The same verifier, with every verdict counted. */
  counted(verifier: Verifier): Verifier;
  /**
   * What was counted since the last time; null when there was nothing.
   *
   * @param refusals whether the node takes refusals, and addresses; one that does not would let go of this process.
   */
  take(refusals: boolean): UsageMessage | null;
}

/** Told of at a time; what is beyond is in the counts alone. A node takes as many in a second. */
const MOST_REFUSALS = 1_000;

export function createUsageCounter(clock: Clock): UsageCounter {
  const counts = createUsageCounts();
  return {
    counted: (verifier) => ({
      keyspace: (id) => verifier.keyspace(id),
      mayAnswer: () => verifier.mayAnswer(),
      verify(presentedKey, question) {
        const verdict = verifier.verify(presentedKey, question);
        counts.note(verdict, question, clock.nowMs());
        return verdict;
      },
      admit: (subject, flight) => verifier.admit(subject, flight),
    }),
    take(withRefusals) {
      const { usage, lastUsed, refusals } = counts.take();
      if (usage.length === 0) return null;
      if (withRefusals) return { kind: 'usage', usage, lastUsed, refusals: refusals.slice(0, MOST_REFUSALS) };
      return { kind: 'usage', usage, lastUsed: lastUsed.map(({ keyId, atMs }) => ({ keyId, atMs })) };
    },
  };
}
