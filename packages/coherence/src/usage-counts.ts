import { formatClientAddress, type KeyId, type Reason } from '@keyhold/core';
import { type AskedFrom, toOperationText } from './asked-question.ts';
import type { Verdict, VerifiedKey, VerifyQuestion } from './verification.ts';

const OUTCOMES = ['accepted', 'denied', 'insufficient_scope'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** What was counted since the last time. */
export interface CountedUsage {
  readonly usage: readonly {
    readonly keyId: KeyId;
    readonly hourMs: number;
    readonly outcome: Outcome;
    readonly count: number;
  }[];
  /** Of each key that was accepted the last time, and where that came from; null: not said. */
  readonly lastUsed: readonly {
    readonly keyId: KeyId;
    readonly atMs: number;
    readonly address: string | null;
  }[];
  /** One for each key and reason. */
  readonly refusals: readonly CountedRefusal[];
}

export interface CountedRefusal {
  readonly keyId: KeyId;
  readonly reason: Reason;
  readonly count: number;
  /** The last of them. */
  readonly lastAtMs: number;
  /** Where that came from; null: not said. */
  readonly address: string | null;
  /** What it attempted, `METHOD /path`; null: not said. */
  readonly operation: string | null;
}

/**
 * Counts verifications by key and hour, and remembers of each key when and from where it was last accepted, and last refused
 * for each reason. Of what is no key nothing is remembered.
 */
export interface UsageCounts {
  /**
   * Takes one verification to be counted later. Costs the same for every outcome and for no key at all, so that the time
   * of a denial does not tell its cause.
   *
   * @param from where the request came from, when that is not the question's address.
   */
  note(verdict: Verdict, question: VerifyQuestion, atMs: number, from?: AskedFrom): void;
  /** What was counted since the last time. */
  take(): CountedUsage;
}

const HOUR_MS = 3_600_000;
/** Verifications held before they are sorted into counts: small enough that sorting them is never felt (about 25 µs). */
const RING_SIZE = 256;

/** What counting reads of a key. */
type CountedKey = Pick<VerifiedKey, 'id' | 'number'> & { readonly keyspace: { readonly id: string } };
type CountedQuestion = Pick<VerifyQuestion, 'operation' | 'address'>;

/** Counted like a key whenever there is none, and never told of: sorting takes as long for an unknown key as for a known one. */
const NO_KEY: CountedKey = { id: 'key_', number: 0, keyspace: { id: '' } };

const NO_QUESTION: CountedQuestion = { operation: null, address: null };

interface KeyCounts {
  readonly keyId: KeyId;
  readonly byOutcome: Record<Outcome, number>;
}

/** One verification, as it waits to be sorted. */
interface Held {
  key: CountedKey;
  /** Null: accepted. */
  reason: Reason | null;
  question: CountedQuestion;
  from: AskedFrom | null;
  atMs: number;
}

const NOTHING_HELD: Held = { key: NO_KEY, reason: null, question: NO_QUESTION, from: null, atMs: 0 };

/** The last of its kind, before anybody needs its words. */
interface LastSeen extends Pick<Held, 'question' | 'from' | 'atMs'> {
  readonly keyId: KeyId;
  count: number;
}

/** Keyspace → number of the key; a key's id is text that has to be made first. */
type ByKey<Value> = Map<string, Map<number, Value>>;

export function createUsageCounts(): UsageCounts {
  const ring = Array.from({ length: RING_SIZE }, (): Held => ({ ...NOTHING_HELD }));
  let held = 0;
  let hours = new Map<number, ByKey<KeyCounts>>();
  /** Null for accepted, and each reason. */
  let lastSeen = new Map<Reason | null, ByKey<LastSeen>>();

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
    const last = ofKey(
      getOrMake(lastSeen, reason, () => new Map()),
      key,
      () => ({
        keyId: key.id,
        count: 0,
        question,
        from,
        atMs,
      }),
    );
    last.count++;
    if (atMs < last.atMs) return;
    last.question = question;
    last.from = from;
    last.atMs = atMs;
  }

  function countsOf(key: CountedKey, hourMs: number): KeyCounts {
    return ofKey(
      getOrMake(hours, hourMs, () => new Map()),
      key,
      () => ({
        keyId: key.id,
        byOutcome: { accepted: 0, denied: 0, insufficient_scope: 0 },
      }),
    );
  }

  return {
    note(verdict, question, atMs, from) {
      const each = ring[held]!;
      each.key = verdict.key ?? NO_KEY;
      each.reason = verdict.accepted ? null : verdict.reason;
      each.question = question;
      each.from = from ?? null;
      each.atMs = atMs;
      if (++held === RING_SIZE) sortHeld();
    },
    take() {
      sortHeld();
      for (const keyspaces of [...hours.values(), ...lastSeen.values()]) keyspaces.delete(NO_KEY.keyspace.id);
      const usage = [...hours].flatMap(([hourMs, keyspaces]) =>
        valuesOf(keyspaces).flatMap(({ keyId, byOutcome }) =>
          OUTCOMES.map((outcome) => ({ keyId, hourMs, outcome, count: byOutcome[outcome] })).filter(
            ({ count }) => count > 0,
          ),
        ),
      );
      const lastUsed: CountedUsage['lastUsed'][number][] = [];
      const refusals: CountedRefusal[] = [];
      for (const [reason, keyspaces] of lastSeen) {
        for (const last of valuesOf(keyspaces)) {
          const { keyId, count, atMs } = last;
          const address = toAddressText(last);
          if (reason === null) lastUsed.push({ keyId, atMs, address });
          else {
            const operation = toOperationText(last.question);
            refusals.push({ keyId, reason, count, lastAtMs: atMs, address, operation });
          }
        }
      }
      hours = new Map();
      lastSeen = new Map();
      return { usage, lastUsed, refusals };
    },
  };
}

function toOutcome(reason: Reason | null): Outcome {
  if (reason === null) return 'accepted';
  return reason === 'insufficient_scope' ? 'insufficient_scope' : 'denied';
}

function toAddressText({ question, from }: LastSeen): string | null {
  const address = from === null ? question.address : from();
  return address === null ? null : formatClientAddress(address);
}

function ofKey<Value>(keyspaces: ByKey<Value>, { keyspace, number }: CountedKey, make: () => Value): Value {
  return getOrMake(
    getOrMake(keyspaces, keyspace.id, () => new Map<number, Value>()),
    number,
    make,
  );
}

function valuesOf<Value>(keyspaces: ByKey<Value>): Value[] {
  return [...keyspaces.values()].flatMap((numbers) => [...numbers.values()]);
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
