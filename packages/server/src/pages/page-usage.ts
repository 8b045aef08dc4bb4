import type { KeysPageUsage } from '@keyhold/api';
import type { DailyUsageRecord } from '@keyhold/store';

const DAY_MS = 86_400_000;

/** Days that a key's chart shows. */
const USAGE_DAYS = 30;

/** The days of the chart, the last one being today (UTC): the first, and the one after the last. */
export function toUsageRange(nowMs: number): { readonly fromDay: number; readonly toDay: number } {
  const toDay = Math.floor(nowMs / DAY_MS) + 1;
  return { fromDay: toDay - USAGE_DAYS, toDay };
}

/** Every key that was asked for, with zeros for the days on which nothing was counted. */
export function toPageUsage(
  numbers: readonly number[],
  records: readonly DailyUsageRecord[],
  { fromDay, toDay }: { readonly fromDay: number; readonly toDay: number },
): KeysPageUsage {
  const empty = () => Array.from({ length: toDay - fromDay }, () => 0);
  const keys = new Map(numbers.map((number) => [number, { accepted: empty(), refused: empty() }]));
  for (const { number, day, outcome, count } of records) {
    const counts = keys.get(number)?.[outcome === 'accepted' ? 'accepted' : 'refused'];
    if (counts !== undefined) counts[day - fromDay] = (counts[day - fromDay] ?? 0) + count;
  }
  const last_day = new Date((toDay - 1) * DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length);
  return { last_day, keys: Object.fromEntries(keys) };
}
