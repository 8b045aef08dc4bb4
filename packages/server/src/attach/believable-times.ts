import type { UsageMessage } from './child-message.ts';

type Counted = Required<Pick<UsageMessage, 'usage' | 'lastUsed' | 'refusals'>>;

const HOUR_MS = 3_600_000;

/** A verifier reports every second; what it could not report for longer than this is not worth a row of any hour. */
const OLDEST_HOURS = 48;

/**
 * What a verifier counted, by a clock that may be wrong or lie: no time is later than now, since a later last use would
 * stand for ever, and counts of hours that are none, long gone or far off are passed over.
 */
export function toBelievableTimes({ usage, lastUsed, refusals }: Counted, nowMs: number): Counted {
  const hourMs = nowMs - (nowMs % HOUR_MS);
  return {
    usage: usage.filter(
      (each) =>
        each.hourMs % HOUR_MS === 0 &&
        each.hourMs >= hourMs - OLDEST_HOURS * HOUR_MS &&
        each.hourMs <= hourMs + HOUR_MS,
    ),
    lastUsed: lastUsed.map((each) => ({ ...each, atMs: Math.min(each.atMs, nowMs) })),
    refusals: refusals.map((each) => ({ ...each, lastAtMs: Math.min(each.lastAtMs, nowMs) })),
  };
}
