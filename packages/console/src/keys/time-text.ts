/** Says instants and spans in the reader's language. */
export interface TimeText {
  /** "3 minutes ago", "in 5 days". */
  relative(instant: string, nowMs: number): string;
  /** "21 Nov 2026". */
  date(instant: string): string;
  /** "21 Nov 2026, 11:04:09 UTC+1", for whoever wants to know exactly. */
  exact(instant: string): string;
  /** "24 hours". */
  duration(seconds: number): string;
}

const UNITS = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

export function createTimeText(locale: string): TimeText {
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const exact = new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  });
  return {
    relative(instant, nowMs) {
      const seconds = (Date.parse(instant) - nowMs) / 1_000;
      const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
      return relative.format(unit === 'second' ? 0 : Math.trunc(seconds / size), unit);
    },
    date: (instant) => date.format(Date.parse(instant)),
    exact: (instant) => exact.format(Date.parse(instant)),
    duration(seconds) {
      const [unit, size] = UNITS.find(([, size]) => seconds >= size && seconds % size === 0) ?? ['second', 1];
      return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(
        seconds / size,
      );
    },
  };
}
