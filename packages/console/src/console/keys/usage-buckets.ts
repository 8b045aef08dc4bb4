/** One hour of a key's calls, as the server has it. */
export interface UsageHour {
  /** Start of the hour. */
  readonly hour: string;
  readonly accepted: number;
  readonly denied: number;
  readonly insufficient_scope: number;
}

/** The calls of a span of hours. */
export interface UsageBucket {
  readonly startMs: number;
  readonly accepted: number;
  readonly denied: number;
  readonly outOfScope: number;
}

const HOUR_MS = 3_600_000;

/** Hours put together in buckets that end with the hour of `nowMs`; what had no call is there with zeros. */
export function toBuckets(
  hours: readonly UsageHour[],
  range: { readonly hours: number; readonly hoursInBucket: number },
  nowMs: number,
): readonly UsageBucket[] {
  const startMs = rangeStartMs(range.hours, nowMs);
  const sizeMs = range.hoursInBucket * HOUR_MS;
  const buckets = Array.from({ length: range.hours / range.hoursInBucket }, (_, index) => ({
    startMs: startMs + index * sizeMs,
    accepted: 0,
    denied: 0,
    outOfScope: 0,
  }));
  for (const { hour, accepted, denied, insufficient_scope: outOfScope } of hours) {
    const bucket = buckets[Math.floor((Date.parse(hour) - startMs) / sizeMs)];
    if (bucket === undefined) continue;
    bucket.accepted += accepted;
    bucket.denied += denied;
    bucket.outOfScope += outOfScope;
  }
  return buckets;
}

/** Start of the first of so many hours, the present one included. */
export function rangeStartMs(hours: number, nowMs: number): number {
  return (Math.floor(nowMs / HOUR_MS) + 1 - hours) * HOUR_MS;
}
