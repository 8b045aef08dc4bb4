import type { Verdict, VerifiedKey, Verifier } from '@keyhold/coherence';
import type { Clock, KeyId } from '@keyhold/core';

const OUTCOMES = ['accepted', 'denied', 'insufficient_scope'] as const;
type Outcome = (typeof OUTCOMES)[number];

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

/** What one key did in one hour. */
interface KeyCounts {
  readonly keyId: KeyId;
  readonly byOutcome: Record<Outcome, number>;
  /** 0: it was not accepted. */
  lastUsedMs: number;
}

export function createUsageCounter(clock: Clock): UsageCounter {
  let held: { readonly key: VerifiedKey; readonly outcome: Outcome; readonly atMs: number }[] = [];
  /** Hour → keyspace → number of the key; a key's id is text that has to be made first. */
  let hours = new Map<number, Map<string, Map<number, KeyCounts>>>();

  function sortHeld(): void {
    for (const { key, outcome, atMs } of held) {
      const counts = countsOf(key, atMs - (atMs % HOUR_MS));
      counts.byOutcome[outcome]++;
      if (outcome === 'accepted') counts.lastUsedMs = Math.max(atMs, counts.lastUsedMs);
    }
    held = [];
  }

  function countsOf(key: VerifiedKey, hourMs: number): KeyCounts {
    const keyspaces = getOrMake(hours, hourMs, () => new Map<string, Map<number, KeyCounts>>());
    const numbers = getOrMake(keyspaces, key.keyspace.id, () => new Map<number, KeyCounts>());
    return getOrMake(numbers, key.number, () => ({
      keyId: key.id,
      byOutcome: { accepted: 0, denied: 0, insufficient_scope: 0 },
      lastUsedMs: 0,
    }));
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
      if (hours.size === 0) return null;
      const usage: UsageMessage['usage'][number][] = [];
      const lastUsed = new Map<KeyId, number>();
      for (const [hourMs, keyspaces] of hours) {
        for (const { keyId, byOutcome, lastUsedMs } of [...keyspaces.values()].flatMap((numbers) => [
          ...numbers.values(),
        ])) {
          for (const outcome of OUTCOMES) {
            if (byOutcome[outcome] > 0) usage.push({ keyId, hourMs, outcome, count: byOutcome[outcome] });
          }
          if (lastUsedMs > 0) lastUsed.set(keyId, Math.max(lastUsedMs, lastUsed.get(keyId) ?? 0));
        }
      }
      hours = new Map();
      return { kind: 'usage', usage, lastUsed: [...lastUsed].map(([keyId, atMs]) => ({ keyId, atMs })) };
    },
  };
}

function toOutcome(verdict: Verdict): Outcome {
  if (verdict.accepted) return 'accepted';
  return verdict.reason === 'insufficient_scope' ? 'insufficient_scope' : 'denied';
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
