/** 9999-12-31T23:59:59.999Z, the last instant that RFC 3339 can write. */
export const MAX_INSTANT_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Reads an instant as RFC 3339 §5.6 writes it, zone included. A date that does not exist, a leap second and an hour of
 * 24 are refused; digits past the millisecond are dropped, so that an expiry is never later than asked.
 *
 * @returns ms since the epoch, or null.
 */
export function parseInstantMs(text: string): number | null {
  const match =
    /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i.exec(text);
  if (match === null) return null;
  const [, date, time, fraction = '', sign, hours = '0', minutes = '0'] = match;
  const local = `${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
  const localMs = Date.parse(local);
  // Date.parse carries 30 February over into March; only a text that comes back as it went in names a real date.
  if (Number.isNaN(localMs) || new Date(localMs).toISOString() !== local) return null;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === '-' ? localMs + offsetMs : localMs - offsetMs;
}

/** Writes an instant in UTC, with milliseconds only when they are not zero: `2026-05-02T10:00:00Z`. */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** Writes an instant in UTC in whole seconds, rounded down: `2026-05-02T10:00:00Z`. */
export function formatInstantSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
