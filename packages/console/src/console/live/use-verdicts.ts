import type { VerdictListBody } from '@keyhold/api';
import { useEffect, useState } from 'react';
import { useConsoleClient } from '../session/console-session.ts';
import type { LiveSearch } from './live-search.ts';

export interface SeenVerdict {
  /** Counts up, in the order in which they were seen. */
  readonly id: number;
  readonly verdict: VerdictListBody['data'][number];
}

export interface Watched {
  /** Newest first, the last {@link MOST_SHOWN}. */
  readonly verdicts: readonly SeenVerdict[];
  /** What the last answers brought, oldest first. */
  readonly answers: readonly CountedAnswer[];
  /** There are more than are told of. */
  readonly isSampled: boolean;
  /** The last attempt to ask failed; it is made again. */
  readonly isFailing: boolean;
}

interface CountedAnswer {
  /** When it came, in ms; of any clock that goes on evenly. */
  readonly atMs: number;
  readonly accepted: number;
  readonly denied: number;
}

export const MOST_SHOWN = 200;
const POLL_MS = 1_000;
/** So many answers, about as many seconds, are what the rate is told by. */
const RATE_ANSWERS = 10;

export const NOTHING: Watched = { verdicts: [], answers: [], isSampled: false, isFailing: false };

/** Asks each second for what was decided since. Nobody is asked while it is paused, or while nobody sees the page. */
export function useVerdicts(search: LiveSearch, isPaused: boolean): Watched {
  const client = useConsoleClient();
  const [watched, setWatched] = useState(NOTHING);
  const { keyspace, organization, key, outcome } = search;

  // biome-ignore lint/correctness/useExhaustiveDependencies: what was seen through another filter is shown no more
  useEffect(() => setWatched(NOTHING), [keyspace, organization, key, outcome]);
  useEffect(() => {
    if (isPaused) return;
    const abort = new AbortController();
    let after: string | undefined;
    async function ask() {
      const query = { keyspace, organization, key, outcome, after };
      try {
        const answer = await client.call('GET /v1/verdicts', { query, signal: abort.signal });
        const isFirst = after === undefined;
        after = answer.next_after;
        setWatched((before) => addVerdicts(before, answer, { isFirst, nowMs: performance.now() }));
      } catch {
        if (!abort.signal.aborted) setWatched((before) => ({ ...before, isFailing: true }));
      }
    }
    let timer: ReturnType<typeof setTimeout>;
    async function go() {
      if (!document.hidden) await ask();
      if (!abort.signal.aborted) timer = setTimeout(() => void go(), POLL_MS);
    }
    void go();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [client, isPaused, keyspace, organization, key, outcome]);
  return watched;
}

/**
 * What is known once an answer has come.
 *
 * @param isFirst the answer tells of the last minute, which was seen before where there was a pause, and is no rate.
 */
export function addVerdicts(
  before: Watched,
  answer: VerdictListBody,
  { isFirst, nowMs }: { readonly isFirst: boolean; readonly nowMs: number },
): Watched {
  const lastId = before.verdicts[0]?.id ?? 0;
  const seen = answer.data.map((verdict, index) => ({ id: lastId + index + 1, verdict }));
  const accepted = answer.data.filter(({ outcome }) => outcome === 'accepted').length;
  const counted = { atMs: nowMs, accepted, denied: answer.data.length - accepted };
  return {
    verdicts: [...seen.toReversed(), ...(isFirst ? [] : before.verdicts)].slice(0, MOST_SHOWN),
    answers: [...(isFirst ? [] : before.answers), counted].slice(-1 - RATE_ANSWERS),
    isSampled: answer.sampled,
    isFailing: false,
  };
}

/** Verdicts a second, since the first of the answers that are counted; null: not known yet. */
export function toRate({ answers }: Watched): { readonly accepted: number; readonly denied: number } | null {
  const [first, ...rest] = answers;
  const last = rest.at(-1);
  if (first === undefined || last === undefined || last.atMs <= first.atMs) return null;
  const seconds = (last.atMs - first.atMs) / 1_000;
  const sum = (outcome: 'accepted' | 'denied') =>
    rest.reduce((total, counted) => total + counted[outcome], 0);
  return { accepted: sum('accepted') / seconds, denied: sum('denied') / seconds };
}
