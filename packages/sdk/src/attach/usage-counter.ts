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
   * What was counted since the last time, in messages of {@link MOST_ENTRIES} entries in a list at the most; none when
   * there was nothing.
   *
   * @param refusals whether the node takes refusals, and addresses; one that does not would let go of this process.
   */
  take(refusals: boolean): readonly UsageMessage[];
}

/** Of each list in a message: a node takes no message that is very long, nor should it be held up by one. */
const MOST_ENTRIES = 1_000;

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
      const told = refusals.slice(0, MOST_REFUSALS);
      // Every key that was used is in the usage as well, and refusals fill one message at the most.
      return Array.from({ length: Math.ceil(usage.length / MOST_ENTRIES) }, (_, index) => {
        const slice = <T>(list: readonly T[]) => list.slice(index * MOST_ENTRIES, (index + 1) * MOST_ENTRIES);
        const message = { kind: 'usage', usage: slice(usage) } as const;
        if (withRefusals) return { ...message, lastUsed: slice(lastUsed), refusals: slice(told) };
        return { ...message, lastUsed: slice(lastUsed).map(({ keyId, atMs }) => ({ keyId, atMs })) };
      });
    },
  };
}
