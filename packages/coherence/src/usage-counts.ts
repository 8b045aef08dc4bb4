import { type ClientAddress, formatClientAddress, type KeyId, type Reason } from '@keyhold/core';
import { type AskedFrom, toOperationText } from './asked-question.ts';
import type { Verdict, VerifiedKey, VerifyQuestion } from './verification.ts';

type Outcome = 'accepted' | 'denied' | 'insufficient_scope';

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

/** What one key met with for one reason: how often in each hour, and the last time, before anybody needs its words. */
interface Tally extends Pick<Held, 'question' | 'from' | 'atMs'> {
  readonly keyId: KeyId;
  readonly hours: { readonly hourMs: number; count: number }[];
}

/** Keyspace → number of the key; a key's id is text that has to be made first. */
type ByKey<Value> = Map<string, Map<number, Value>>;

export function createUsageCounts(): UsageCounts {
  const ring = Array.from({ length: RING_SIZE }, (): Held => ({ ...NOTHING_HELD }));
  let held = 0;
  /** Null for accepted, and each reason: one look-up for a verification, since those of many keys are what counting costs. */
  let tallies = new Map<Reason | null, ByKey<Tally>>();

  function sortHeld(): void {
    for (let i = 0; i < held; i++) {
      const each = ring[i]!;
      count(each);
      Object.assign(each, NOTHING_HELD);
    }
    held = 0;
  }

  function count({ key, reason, question, from, atMs }: Held): void {
    const keyspaces = getOrMake(tallies, reason, () => new Map());
    const tally = ofKey(keyspaces, key, () => ({ keyId: key.id, hours: [], question, from, atMs }));
    countIn(tally.hours, atMs - (atMs % HOUR_MS));
    if (atMs < tally.atMs) return;
    tally.question = question;
    tally.from = from;
    tally.atMs = atMs;
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
      const counted = toCountedUsage(tallies);
      tallies = new Map();
      return counted;
    },
  };
}

function toCountedUsage(tallies: ReadonlyMap<Reason | null, ByKey<Tally>>): CountedUsage {
  const usage: CountedUsage['usage'][number][] = [];
  /** By key and hour: one may have been denied for several reasons. */
  const denied = new Map<string, CountedUsage['usage'][number] & { count: number }>();
  const lastUsed: CountedUsage['lastUsed'][number][] = [];
  const refusals: CountedRefusal[] = [];
  for (const [reason, keyspaces] of tallies) {
    const outcome = toOutcome(reason);
    keyspaces.delete(NO_KEY.keyspace.id);
    for (const { keyId, hours, question, from, atMs } of valuesOf(keyspaces)) {
      for (const { hourMs, count } of hours) {
        if (outcome !== 'denied') usage.push({ keyId, hourMs, outcome, count });
        else {
          const makeEntry = () => ({ keyId, hourMs, outcome, count: 0 });
          getOrMake(denied, `${keyId} ${hourMs}`, makeEntry).count += count;
        }
      }
      const address = toAddressText(from === null ? question.address : from());
      if (reason === null) lastUsed.push({ keyId, atMs, address });
      else {
        const count = hours.reduce((sum, each) => sum + each.count, 0);
        const operation = toOperationText(question);
        refusals.push({ keyId, reason, count, lastAtMs: atMs, address, operation });
      }
    }
  }
  return { usage: [...usage, ...denied.values()], lastUsed, refusals };
}

function countIn(hours: Tally['hours'], hourMs: number): void {
  for (const each of hours) {
    if (each.hourMs !== hourMs) continue;
    each.count++;
    return;
  }
  hours.push({ hourMs, count: 1 });
}

function toOutcome(reason: Reason | null): Outcome {
  if (reason === null) return 'accepted';
  return reason === 'insufficient_scope' ? 'insufficient_scope' : 'denied';
}

function toAddressText(address: ClientAddress | null): string | null {
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
