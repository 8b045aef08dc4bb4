/** Says instants and spans in the reader's language. */
export interface TimeText {
  /** "3 minutes ago", "in 5 days": the nearest count; "now" within half a minute. */
  relative(instant: string, nowMs: number): string;
  /** "21 Nov 2026". */
  date(instant: string): string;
  /** "21 Nov 2026, 11:04:09 UTC+1", for whoever wants to know exactly. */
  exact(instant: string): string;
  /** "24 hours". */
  duration(seconds: number): string;
}

/** How the distance of an instant is said: the unit, its seconds, and how many of it make the next. */
const STEPS = [
  { unit: 'minute', size: 60, next: 60 },
  { unit: 'hour', size: 3_600, next: 24 },
  { unit: 'day', size: 86_400, next: 30 },
  { unit: 'month', size: 30 * 86_400, next: 12 },
  { unit: 'year', size: 365 * 86_400, next: Number.POSITIVE_INFINITY },
] as const;

const UNITS = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const;

export function createTimeText(locale: string): TimeText {
  // In numbers: "next month" may be this one, thirty days on.
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });
  const now = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second');
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
      const countOf = (size: number) => Math.round(Math.abs(seconds) / size);
      const step = STEPS.find(({ size, next }) => countOf(size) < next);
      if (step === undefined || countOf(step.size) === 0) return now;
      return relative.format(Math.sign(seconds) * countOf(step.size), step.unit);
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
