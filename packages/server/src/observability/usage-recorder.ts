import type { Verdict, VerifiedKey, VerifyQuestion } from '@keyhold/coherence';
import { type Clock, formatClientAddress, type KeyId, type Reason } from '@keyhold/core';
import {
  type RefusalCount,
  type Store,
  USAGE_OUTCOMES,
  type UsageBatch,
  type UsageOutcome,
} from '@keyhold/store';
import { type AskedFrom, type AskedQuestion, toOperationText } from './asked-question.ts';
import type { Log } from './log.ts';
import { mergeBatches } from './merge-batches.ts';
import type { VerifyingFace } from './metrics.ts';
import { createRecentVerdicts } from './recent-verdicts.ts';

/**
 * Counts verifications by key and hour, and remembers of each key when and from where it was last used, and last refused for
 * each reason. At most a second is lost in a crash.
 */
export interface UsageRecorder {
  /**
   * Takes one verification to be counted later. Costs the same for every outcome and for no key at all, so that the time
   * of a denial does not tell its cause.
   */
  record(verdict: Verdict, question: VerifyQuestion, face: VerifyingFace, from?: AskedFrom): void;
  /** Somebody looks on: tell of verdicts, until the store says that nobody does any more. */
  watch(): void;
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

const NO_QUESTION: AskedQuestion = { keyspace: null, operation: null };

interface KeyCounts {
  readonly keyId: KeyId;
  readonly byOutcome: Record<UsageOutcome, number>;
}

/** One verification, as it waits to be sorted. */
interface Held {
  key: CountedKey;
  /** Null: accepted. */
  reason: Reason | null;
  question: AskedQuestion;
  from: AskedFrom;
  atMs: number;
}

const NOTHING_HELD: Held = { key: NO_KEY, reason: null, question: NO_QUESTION, from: () => null, atMs: 0 };

/** The last of its kind, before anybody needs its words. */
interface LastSeen extends Pick<Held, 'question' | 'from' | 'atMs'> {
  readonly keyId: KeyId;
  count: number;
}

export function createUsageRecorder({ clock, store, node, log }: UsageRecorderOptions): UsageRecorder {
  const ring = Array.from({ length: RING_SIZE }, (): Held => ({ ...NOTHING_HELD }));
  let held = 0;

  /** Hour → keyspace and number → counts. */
  let hours = new Map<number, Map<string, Map<number, KeyCounts>>>();
  /** Null for accepted, and each reason → keyspace and number → the last one. */
  let lastSeen = new Map<Reason | null, Map<string, Map<number, LastSeen>>>();
  const recent = createRecentVerdicts();

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
      const each = ring[i]!;
      const { key, reason, atMs } = each;
      countsOf(key, atMs - (atMs % HOUR_MS)).byOutcome[toOutcome(reason)]++;
      noteLast(each);
      Object.assign(each, NOTHING_HELD);
    }
    held = 0;
  }

  function noteLast({ key, reason, question, from, atMs }: Held): void {
    const keyspaces = getOrMake(lastSeen, reason, () => new Map());
    const numbers = getOrMake(keyspaces, key.keyspace.id, () => new Map());
    const last = getOrMake(numbers, key.number, () => ({ keyId: key.id, count: 0, question, from, atMs }));
    last.count++;
    if (atMs < last.atMs) return;
    last.question = question;
    last.from = from;
    last.atMs = atMs;
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
    for (const keyspaces of [...hours.values(), ...lastSeen.values()]) keyspaces.delete(NO_KEY.keyspace.id);
    const usage = [...hours].flatMap(([hourMs, keyspaces]) =>
      [...keyspaces.values()].flatMap((numbers) =>
        [...numbers.values()].flatMap(({ keyId, byOutcome }) =>
          USAGE_OUTCOMES.map((outcome) => ({ keyId, hourMs, outcome, count: byOutcome[outcome] })).filter(
            ({ count }) => count > 0,
          ),
        ),
      ),
    );
    const refusals: RefusalCount[] = [];
    const lastUsed: UsageBatch['lastUsed'][number][] = [];
    for (const [reason, keyspaces] of lastSeen) {
      for (const last of [...keyspaces.values()].flatMap((numbers) => [...numbers.values()])) {
        const { keyId, atMs, count, question } = last;
        const address = toAddressText(last.from);
        if (reason === null) lastUsed.push({ keyId, atMs, address });
        else {
          const operation = toOperationText(question);
          refusals.push({ keyId, reason, count, lastAtMs: atMs, address, operation });
        }
      }
    }
    hours = new Map();
    lastSeen = new Map();
    const verdicts = recent.take();
    if (usage.length === 0 && verdicts.length === 0) return null;
    return { node, usage, lastUsed, refusals, verdicts };
  }

  /** One at a time: a batch that failed goes first, as it was. */
  let unwritten: UsageBatch[] = [];

  async function writeAll(): Promise<void> {
    const batch = takeBatch();
    if (batch !== null) unwritten.push(batch);
    while (unwritten.length > 0) {
      try {
        const { watched } = await store.flushUsage(unwritten[0]!);
        recent.watched = watched;
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
    record(verdict, question, face, from) {
      const each = ring[held]!;
      each.key = verdict.key ?? NO_KEY;
      each.reason = verdict.accepted ? null : verdict.reason;
      each.question = question;
      each.from = from ?? (() => question.address);
      each.atMs = clock.nowMs();
      // Operators' own calls are not what they look on at.
      if (recent.watched && face !== 'management') recent.note(verdict, question, each.from, face, each.atMs);
      if (++held === RING_SIZE) sortHeld();
    },
    watch() {
      recent.watched = true;
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

function toOutcome(reason: Reason | null): UsageOutcome {
  if (reason === null) return 'accepted';
  return reason === 'insufficient_scope' ? 'insufficient_scope' : 'denied';
}

function toAddressText(from: AskedFrom): string | null {
  const address = from();
  return address === null ? null : formatClientAddress(address);
}
