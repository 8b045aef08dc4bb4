import type { Verdict, VerifiedKey, Verifier } from '@keyhold/coherence';
import type { Clock, KeyId } from '@keyhold/core';

type Outcome = 'accepted' | 'denied' | 'insufficient_scope';

/** What was counted, as a node takes it. */
export interface UsageMessage {
  readonly kind: 'usage';
  readonly usage: readonly {
    readonly keyId: KeyId;
    readonly hourMs: number;
    readonly outcome: Outcome;
    readonly count: number;
  }[];
  readonly lastUsed: readonly { readonly keyId: KeyId; readonly atMs: number }[];
}

/** Counts verdicts by key and hour, and remembers when each key was last used. */
export interface UsageCounter {
  /** The same verifier, with every verdict counted. */
  counted(verifier: Verifier): Verifier;
  /** What was counted since the last time; null when there was nothing. */
  take(): UsageMessage | null;
}

const HOUR_MS = 3_600_000;
/** Held before they are sorted into counts, so that a verification itself costs no look-up. */
const HELD = 256;

export function createUsageCounter(clock: Clock): UsageCounter {
  let held: { readonly key: VerifiedKey; readonly outcome: Outcome; readonly atMs: number }[] = [];
  let counts = new Map<string, { keyId: KeyId; hourMs: number; outcome: Outcome; count: number }>();
  let lastUsed = new Map<KeyId, number>();

  function sortHeld(): void {
    for (const { key, outcome, atMs } of held) {
      const { id: keyId } = key;
      const hourMs = atMs - (atMs % HOUR_MS);
      const name = `${keyId} ${hourMs} ${outcome}`;
      const known = counts.get(name);
      if (known === undefined) counts.set(name, { keyId, hourMs, outcome, count: 1 });
      else known.count++;
      if (outcome === 'accepted') lastUsed.set(keyId, Math.max(atMs, lastUsed.get(keyId) ?? 0));
    }
    held = [];
  }

  function count(verdict: Verdict): void {
    if (verdict.key === null) return;
    held.push({ key: verdict.key, outcome: toOutcome(verdict), atMs: Math.floor(clock.nowMs()) });
    if (held.length === HELD) sortHeld();
  }

  return {
    counted: (verifier) => ({
      keyspace: (id) => verifier.keyspace(id),
      mayAnswer: () => verifier.mayAnswer(),
      verify(presentedKey, question) {
        const verdict = verifier.verify(presentedKey, question);
        count(verdict);
        return verdict;
      },
      admit: (subject, flight) => verifier.admit(subject, flight),
    }),
    take() {
      sortHeld();
      if (counts.size === 0) return null;
      const taken: UsageMessage = {
        kind: 'usage',
        usage: [...counts.values()],
        lastUsed: [...lastUsed].map(([keyId, atMs]) => ({ keyId, atMs })),
      };
      counts = new Map();
      lastUsed = new Map();
      return taken;
    },
  };
}

function toOutcome(verdict: Verdict): Outcome {
  if (verdict.accepted) return 'accepted';
  return verdict.reason === 'insufficient_scope' ? 'insufficient_scope' : 'denied';
}
