const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

const UNITS_MS: { readonly [unit: string]: number } = {
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: WEEK_MS,
};

/**
 * Reads a duration: a whole number with one of `s m h d w` (`15m`, `90d`), or ISO 8601 in weeks, days, hours, minutes
 * and seconds (`P90D`, `PT1H30M`). Years and months are refused because they have no fixed length.
 *
 * @returns milliseconds, or null when the text is no duration or beyond 2^53 ms.
 */
export function parseDurationMs(text: string): number | null {
  const [, count, unit = ''] = /^(\d{1,15})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) return toSafe(Number(count) * (UNITS_MS[unit] ?? Number.NaN));
  const iso =
    /^P(?=.)(?:(\d{1,15})W|(?:(\d{1,15})D)?(?:T(?=.)(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15})S)?)?)$/.exec(
      text,
    );
  if (iso === null) return null;
  const [, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = iso;
  return toSafe(
    Number(weeks) * WEEK_MS +
      Number(days) * DAY_MS +
      Number(hours) * HOUR_MS +
      Number(minutes) * MINUTE_MS +
      Number(seconds) * SECOND_MS,
  );
}

function toSafe(ms: number): number | null {
  return Number.isSafeInteger(ms) ? ms : null;
}
