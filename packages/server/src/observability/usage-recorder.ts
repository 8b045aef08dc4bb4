import type { VerifiedKey } from '@keyhold/coherence';
import type { Clock, KeyId } from '@keyhold/core';
import { type Store, USAGE_OUTCOMES, type UsageBatch, type UsageOutcome } from '@keyhold/store';
import type { Log } from './log.ts';

/** Counts verifications by key and hour, and remembers when each key was last used. At most a second is lost in a crash. */
export interface UsageRecorder {
  /**
   * Takes one verification to be counted later. Costs the same for every outcome and for no key at all, so that the time
   * of a denial does not tell its cause.
   */
  record(key: VerifiedKey | null, outcome: UsageOutcome): void;
  /** Writes what has been counted. Never rejects; what could not be written is kept for the next time. */
  flush(): Promise<void>;
  /** Stops the timer and flushes. */
  close(): Promise<void>;
}

export interface UsageRecorderOptions {
  readonly clock: Clock;
  readonly store: Pick<Store, 'flushUsage'>;
  /** Which process counts. */
  readonly node: string;
  readonly log: Log;
}

const FLUSH_INTERVAL_MS = 1_000;
const HOUR_MS = 3_600_000;
/** Verifications held before they are sorted into counts: small enough that sorting them is never felt (about 25 µs). */
const RING_SIZE = 256;

/** What counting reads of a key. */
type CountedKey = Pick<VerifiedKey, 'id' | 'number'> & { readonly keyspace: { readonly id: string } };

/** Counted like a key whenever there is none, and never written: sorting takes as long for an unknown key as for a known one. */
const NO_KEY: CountedKey = { id: 'key_', number: 0, keyspace: { id: '' } };

interface KeyCounts {
  readonly keyId: KeyId;
  readonly byOutcome: Record<UsageOutcome, number>;
}

export function createUsageRecorder({ clock, store, node, log }: UsageRecorderOptions): UsageRecorder {
  const keys = Array.from({ length: RING_SIZE }, () => NO_KEY);
  const outcomes = Array.from({ length: RING_SIZE }, (): UsageOutcome => 'accepted');
  const timesMs = new Float64Array(RING_SIZE);
  let held = 0;

  /** Hour → keyspace and number → counts. */
  let hours = new Map<number, Map<string, Map<number, KeyCounts>>>();
  let lastUsed = new Map<KeyId, number>();

  let flushing: Promise<void> | null = null;
  let closed = false;
  let cancelTimer = () => {};
  schedule();

  function schedule(): void {
    if (!closed) cancelTimer = clock.setTimer(FLUSH_INTERVAL_MS, onTimer);
  }

  function onTimer(): void {
    void flush().then(schedule);
  }

  function sortHeld(): void {
    for (let i = 0; i < held; i++) {
      const key = keys[i]!;
      keys[i] = NO_KEY;
      const atMs = timesMs[i]!;
      const counts = countsOf(key, atMs - (atMs % HOUR_MS));
      counts.byOutcome[outcomes[i]!]++;
      if (outcomes[i] === 'accepted')
        lastUsed.set(counts.keyId, Math.max(atMs, lastUsed.get(counts.keyId) ?? 0));
    }
    held = 0;
  }

  function countsOf(key: CountedKey, hourMs: number): KeyCounts {
    const keyspaces = getOrMake(hours, hourMs, () => new Map());
    const numbers = getOrMake(keyspaces, key.keyspace.id, () => new Map());
    return getOrMake(numbers, key.number, () => ({
      keyId: key.id,
      byOutcome: { accepted: 0, denied: 0, insufficient_scope: 0 },
    }));
  }

  function takeBatch(): UsageBatch | null {
    sortHeld();
    for (const keyspaces of hours.values()) keyspaces.delete(NO_KEY.keyspace.id);
    const usage = [...hours].flatMap(([hourMs, keyspaces]) =>
      [...keyspaces.values()].flatMap((numbers) =>
        [...numbers.values()].flatMap(({ keyId, byOutcome }) =>
          USAGE_OUTCOMES.map((outcome) => ({ keyId, hourMs, outcome, count: byOutcome[outcome] })).filter(
            ({ count }) => count > 0,
          ),
        ),
      ),
    );
    const batch = { node, usage, lastUsed: [...lastUsed].map(([keyId, atMs]) => ({ keyId, atMs })) };
    hours = new Map();
    lastUsed = new Map();
    return usage.length === 0 ? null : batch;
  }

  /** One at a time: a batch that failed goes first, as it was. */
  let unwritten: UsageBatch[] = [];

  async function writeAll(): Promise<void> {
    const batch = takeBatch();
    if (batch !== null) unwritten.push(batch);
    while (unwritten.length > 0) {
      try {
        await store.flushUsage(unwritten[0]!);
      } catch (error) {
        log.warn({ err: error }, 'usage counts could not be written; they are kept and tried again');
        unwritten = [mergeBatches(node, unwritten)];
        return;
      }
      unwritten.shift();
    }
  }

  function flush(): Promise<void> {
    flushing = (flushing ?? Promise.resolve()).then(writeAll);
    return flushing;
  }

  return {
    record(key, outcome) {
      keys[held] = key ?? NO_KEY;
      outcomes[held] = outcome;
      timesMs[held] = clock.nowMs();
      if (++held === RING_SIZE) sortHeld();
    },
    flush,
    async close() {
      closed = true;
      cancelTimer();
      await flush();
    },
  };
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Keeps what waits from growing with time: one row for each key, hour and outcome. */
function mergeBatches(node: string, batches: readonly UsageBatch[]): UsageBatch {
  const usage = new Map<string, UsageBatch['usage'][number]>();
  const lastUsed = new Map<KeyId, number>();
  for (const batch of batches) {
    for (const row of batch.usage) {
      const id = `${row.keyId} ${row.hourMs} ${row.outcome}`;
      usage.set(id, { ...row, count: row.count + (usage.get(id)?.count ?? 0) });
    }
    for (const { keyId, atMs } of batch.lastUsed)
      lastUsed.set(keyId, Math.max(atMs, lastUsed.get(keyId) ?? 0));
  }
  return {
    node,
    usage: [...usage.values()],
    lastUsed: [...lastUsed].map(([keyId, atMs]) => ({ keyId, atMs })),
  };
}
