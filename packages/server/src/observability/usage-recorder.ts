import { type AskedFrom, createUsageCounts, type Verdict, type VerifyQuestion } from '@keyhold/coherence';
import { type Clock, isKeyholdError } from '@keyhold/core';
import type { Store, UsageBatch } from '@keyhold/store';
import type { Log } from './log.ts';
import { mergeBatches } from './merge-batches.ts';
import type { VerifyingFace } from './metrics.ts';
import { createRecentVerdicts } from './recent-verdicts.ts';

/** Writes what verifications count every second. At most a second is lost in a crash. */
export interface UsageRecorder {
  /**
   * Takes one verification to be counted later. Costs the same for every outcome and for no key at all, so that the time
   * of a denial does not tell its cause.
   */
  record(verdict: Verdict, question: VerifyQuestion, face: VerifyingFace, from?: AskedFrom): void;
  /** Somebody looks on: tell of verdicts, until the store says that nobody does any more. */
  watch(): void;
  /** Writes what has been counted. Never rejects; what could not be written is kept for the next time, unless the store refused it. */
  flush(): Promise<void>;
  /** Stops the timer and flushes. */
  close(): Promise<void>;
}

export interface UsageRecorderOptions {
  readonly clock: Clock;
  readonly store: Pick<Store, 'flushUsage' | 'areVerdictsWatched'>;
  /** Which process counts. */
  readonly node: string;
  readonly log: Log;
}

const FLUSH_INTERVAL_MS = 1_000;
/** A process that has nothing to write asks whether somebody looks on, so many flushes apart, whatever it was asked itself. */
const FLUSHES_PER_QUESTION = 2;

export function createUsageRecorder({ clock, store, node, log }: UsageRecorderOptions): UsageRecorder {
  const counts = createUsageCounts();
  const recent = createRecentVerdicts();

  /** Flushes since the store last said whether somebody looks on. */
  let untold = 0;
  let flushing: Promise<void> | null = null;
  let closed = false;
  let cancelTimer = () => {};
  schedule();

  function schedule(): void {
    if (!closed) cancelTimer = clock.setTimer(FLUSH_INTERVAL_MS, onTimer);
  }

  function onTimer(): void {
    flushing = flush().then(askIfUntold);
    void flushing.then(schedule);
  }

  function takeBatch(): UsageBatch | null {
    const counted = counts.take();
    const verdicts = recent.take();
    if (counted.usage.length === 0 && verdicts.length === 0) return null;
    return { node, ...counted, verdicts };
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
        untold = 0;
      } catch (error) {
        if (isKeyholdError(error) && error.code === 'internal') {
          // Whatever the store made of it, it would again, and everything counted after it would wait for ever.
          giveUp(unwritten[0]!, error);
          unwritten.shift();
          continue;
        }
        log.warn({ err: error }, 'usage counts could not be written; they are kept and tried again');
        unwritten = [mergeBatches(node, unwritten)];
        return;
      }
      unwritten.shift();
    }
  }

  function giveUp({ usage }: UsageBatch, error: unknown): void {
    const lost = usage.reduce((sum, { count }) => sum + count, 0);
    log.error({ err: error, lost }, 'usage counts were refused by the store and are lost');
  }

  async function askIfUntold(): Promise<void> {
    if (++untold < FLUSHES_PER_QUESTION) return;
    untold = 0;
    try {
      recent.watched = await store.areVerdictsWatched();
    } catch {
      // The next answer tells; a store that is away is complained of by whoever has to write.
    }
  }

  function flush(): Promise<void> {
    flushing = (flushing ?? Promise.resolve()).then(writeAll);
    return flushing;
  }

  return {
    record(verdict, question, face, from) {
      const atMs = clock.nowMs();
      counts.note(verdict, question, atMs, from);
      // Operators' own calls are not what they look on at.
      if (recent.watched && face !== 'management') {
        recent.note(verdict, question, from ?? (() => question.address), face, atMs);
      }
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
