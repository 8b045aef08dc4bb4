import { type Clock, firstReason, type ReasonBits } from '@keyhold/core';
import type { Endings } from './endings.ts';
import type { Examiner } from './examiner.ts';
import type { AdmittedFlight, Flight, Subject, VerifyQuestion } from './verification.ts';

/**
 * Longest sleep of the timer while something in flight has an end ahead: how late a wall clock that was stepped forward
 * is noticed.
 */
const MAX_SLEEP_MS = 1_000;

/** One request in flight, in the list of its key's. */
interface Entry extends AdmittedFlight {
  readonly question: VerifyQuestion;
  readonly flight: Flight;
  secret: number;
  key: number;
  previous: Entry | null;
  next: Entry | null;
  /** Done, or being ended. */
  over: boolean;
}

/**
 * The requests in flight, by key, so that a change of one key looks at that key's only. Each is judged again, with the
 * question it was admitted for, after every change that may concern it and when its key or its secret comes to its end.
 */
export class Flights {
  readonly #currentExaminer: () => Examiner;
  readonly #clock: Clock;
  readonly #endings: Endings;
  /** The first flight of each key that has one. */
  readonly #firsts = new Map<number, Entry>();
  /** Those with an end ahead. The timer is armed while there is one. */
  readonly #mortal = new Set<Entry>();
  /** No end comes before it. */
  #nextEndMs = Number.POSITIVE_INFINITY;
  #cancelTimer = noTimer;
  /** While there is no table: the flights, each with the digest of its secret. */
  #detached: (readonly [Entry, string])[] = [];

  /** @param currentExaminer the replica's: another one after every reload. */
  constructor(currentExaminer: () => Examiner, clock: Clock, endings: Endings) {
    this.#currentExaminer = currentExaminer;
    this.#clock = clock;
    this.#endings = endings;
  }

  get #examiner(): Examiner {
    return this.#currentExaminer();
  }

  admit({ secretIndex, question }: Subject, flight: Flight): AdmittedFlight {
    const entry: Entry = {
      question,
      flight,
      secret: secretIndex,
      key: 0,
      previous: null,
      next: null,
      over: false,
      done: () => this.#remove(entry),
    };
    this.#link(entry);
    // Asked once more, because a caller that let a turn pass after its verdict may have missed a change.
    const against = this.#examiner.examine(entry.secret, question);
    if (against === 0) this.#watch(entry);
    else this.#end(entry, against, Promise.resolve());
    return entry;
  }

  judgeKeys(keys: readonly number[]): void {
    if (this.#firsts.size === 0) return;
    this.#judge(keys.flatMap((key) => this.#flightsOf(key)));
  }

  judgeOrganization(organization: number): void {
    const { secrets } = this.#examiner.table;
    this.#judge(this.#all().filter(({ secret }) => secrets.read(secret).organization === organization));
  }

  judgeAll(): void {
    this.#judge(this.#all());
  }

  /** The table is about to go: nothing is judged until `attach`. */
  detach(): void {
    const { secrets } = this.#examiner.table;
    for (const entry of this.#all()) {
      this.#detached.push([entry, secrets.digest(entry.secret)]);
      this.#unwatch(entry);
      entry.previous = null;
      entry.next = null;
    }
    this.#firsts.clear();
  }

  /** Finds every flight's secret in the new table, and judges it there. */
  attach(): void {
    const { secrets } = this.#examiner.table;
    for (const [entry, digest] of this.#detached) {
      if (entry.over) continue;
      entry.secret = secrets.find(digest);
      this.#link(entry);
    }
    this.#detached = [];
    this.judgeAll();
  }

  #flightsOf(key: number): readonly Entry[] {
    const entries: Entry[] = [];
    for (let entry = this.#firsts.get(key) ?? null; entry !== null; entry = entry.next) entries.push(entry);
    return entries;
  }

  #all(): readonly Entry[] {
    return [...this.#firsts.keys()].flatMap((key) => this.#flightsOf(key));
  }

  #judge(entries: readonly Entry[]): void {
    for (const entry of entries) {
      // The end of one may have been the end of others.
      if (entry.over) continue;
      const against = this.#examiner.examine(entry.secret, entry.question);
      if (against === 0) this.#watch(entry);
      else this.#end(entry, against);
    }
  }

  #end(entry: Entry, against: ReasonBits, after?: Promise<void>): void {
    this.#remove(entry);
    const reason = firstReason(against)!;
    const openingScopes =
      reason === 'insufficient_scope' ? this.#examiner.openingScopes(entry.secret, entry.question) : [];
    const end = () => entry.flight.end(reason, openingScopes);
    this.#endings.begin(after === undefined ? end : () => after.then(end));
  }

  #link(entry: Entry): void {
    entry.key = this.#examiner.table.secrets.read(entry.secret).key;
    entry.next = this.#firsts.get(entry.key) ?? null;
    if (entry.next !== null) entry.next.previous = entry;
    this.#firsts.set(entry.key, entry);
  }

  #remove(entry: Entry): void {
    if (entry.over) return;
    entry.over = true;
    if (entry.previous !== null) entry.previous.next = entry.next;
    else if (entry.next !== null) this.#firsts.set(entry.key, entry.next);
    else this.#firsts.delete(entry.key);
    if (entry.next !== null) entry.next.previous = entry.previous;
    this.#unwatch(entry);
  }

  #watch(entry: Entry): void {
    const endsAtMs = this.#examiner.endsAtMs(entry.secret);
    if (endsAtMs === Number.POSITIVE_INFINITY) {
      this.#unwatch(entry);
      return;
    }
    this.#mortal.add(entry);
    if (endsAtMs >= this.#nextEndMs) return;
    this.#nextEndMs = endsAtMs;
    this.#arm();
  }

  #unwatch(entry: Entry): void {
    if (!this.#mortal.delete(entry) || this.#mortal.size > 0) return;
    this.#nextEndMs = Number.POSITIVE_INFINITY;
    this.#cancelTimer();
  }

  #arm(): void {
    this.#cancelTimer();
    const sleepMs = Math.min(this.#nextEndMs - this.#clock.nowMs(), MAX_SLEEP_MS);
    this.#cancelTimer = this.#clock.setTimer(sleepMs, () => this.#wake());
  }

  /** An end is a moment of the wall clock and a timer counts the monotonic one, so it may wake too early. */
  #wake(): void {
    if (this.#clock.nowMs() < this.#nextEndMs) {
      this.#arm();
      return;
    }
    // Judging those that stay finds the next end.
    this.#nextEndMs = Number.POSITIVE_INFINITY;
    this.#judge([...this.#mortal]);
  }
}

function noTimer(): void {}
