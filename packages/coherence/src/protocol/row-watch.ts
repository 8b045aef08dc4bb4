import type { LeaseRow } from '../lease-rows.ts';

/** Waits for a change to hold everywhere. */
export interface Waiter {
  readonly id: number;
  readonly seq: number;
  readonly deadlineMs: number;
  /** Reads of the rows begun before it was registered prove nothing to it. */
  readonly afterRead: number;
  /** A read has shown every other node's row done. Final: rows that come later have read a head that holds the change. */
  rowsDone: boolean;
}

/** A row of another incarnation, as last read. */
export interface WatchedRow {
  readonly node: string;
  readonly round: number;
  readonly ackedSeq: number;
  readonly ttlMs: number;
  /** When a read first brought it at this round, on this process's monotonic clock. */
  readonly sinceMs: number;
  fencing: boolean;
}

/** What a writer knows of the rows it waits for. All waiters share one read at a time. */
export interface RowWatch {
  waiters: Waiter[];
  rows: { [incarnation: string]: WatchedRow };
  /** Counts the reads begun. */
  begun: number;
  /** The read whose answer stands in `rows`, and when that came. */
  shown: number;
  shownAtMs: number;
  reading: boolean;
  /** What rows are said to have acknowledged since the latest read began. Good for nothing but when to read. */
  told: { [incarnation: string]: number };
  /** Anything may have been told since the latest read began. */
  missed: boolean;
  /** When the rows are read again, if nothing hints at it earlier. */
  readAtMs: number;
}

export function createRowWatch(): RowWatch {
  return {
    waiters: [],
    rows: {},
    begun: 0,
    shown: 0,
    shownAtMs: 0,
    reading: false,
    told: {},
    missed: false,
    readAtMs: 0,
  };
}

/** A row is said to have acknowledged the changes up to `seq`. One that is not known shows that others may be gone. */
export function tellOfRow(watch: RowWatch, incarnation: string, seq: number, nowMs: number): void {
  if (watch.rows[incarnation] === undefined) watch.missed = true;
  else watch.told[incarnation] = Math.max(watch.told[incarnation] ?? 0, seq);
  readIfWorthWhile(watch, nowMs);
}

/** Rows that nobody has read since say neither who is there nor who stands still. */
export function forgetOldRows(watch: RowWatch, sinceMs: number): void {
  if (!watch.reading && watch.shownAtMs < sinceMs) watch.rows = {};
}

/** Anything may have been told: worth a read now, or as soon as somebody waits. */
export function missHints(watch: RowWatch, nowMs: number): void {
  watch.missed = true;
  readIfWorthWhile(watch, nowMs);
}

/** Has the rows read now if, by all that was told, somebody who waits would be done; while they are read already, does nothing. */
export function readIfWorthWhile(watch: RowWatch, nowMs: number): void {
  const { waiters, rows, told, missed } = watch;
  if (watch.reading) return;
  const isWorthWhile = waiters.some(({ rowsDone, seq }) => {
    if (rowsDone) return false;
    const seemsDone = ([incarnation, { ackedSeq }]: [string, WatchedRow]) =>
      Math.max(ackedSeq, told[incarnation] ?? 0) >= seq;
    return missed || Object.entries(rows).every(seemsDone);
  });
  if (isWorthWhile) watch.readAtMs = nowMs;
}

/** @param againAtMs when the next read begins, if nothing hints at it earlier. */
export function beginRead(watch: RowWatch, againAtMs: number): void {
  watch.reading = true;
  watch.told = {};
  watch.missed = false;
  watch.begun++;
  watch.readAtMs = againAtMs;
}

/** Takes in what a read brought. `own` is left out: what this process did itself it knows better. */
export function observeRows(watch: RowWatch, rows: readonly LeaseRow[], own: string, nowMs: number): void {
  const before = watch.rows;
  watch.rows = {};
  watch.shown = watch.begun;
  watch.shownAtMs = nowMs;
  for (const { incarnation, node, round, ackedSeq, ttlMs } of rows) {
    if (incarnation === own) continue;
    const known = before[incarnation];
    watch.rows[incarnation] =
      known?.round === round
        ? { ...known, ackedSeq, fencing: false }
        : { node, round, ackedSeq, ttlMs, sinceMs: nowMs, fencing: false };
  }
  markDone(watch);
  readIfWorthWhile(watch, nowMs);
}

/** A row is gone by this process's own hand. */
export function forgetRow(watch: RowWatch, incarnation: string): void {
  delete watch.rows[incarnation];
  markDone(watch);
}

function markDone(watch: RowWatch): void {
  const lowestSeq = Object.values(watch.rows).reduce(
    (lowest, { ackedSeq }) => Math.min(lowest, ackedSeq),
    Number.POSITIVE_INFINITY,
  );
  for (const waiter of watch.waiters) {
    waiter.rowsDone ||= waiter.afterRead < watch.shown && waiter.seq <= lowestSeq;
  }
}

/** The rows that hold up a waiter and have not been renewed for as long as their lease can last. */
export function findFenceable(watch: RowWatch, nowMs: number): [incarnation: string, row: WatchedRow][] {
  return blocking(watch).filter(([, row]) => !row.fencing && row.sinceMs + row.ttlMs <= nowMs);
}

/** When the next row can be fenced; Infinity: none is in the way. */
export function nextFenceAtMs(watch: RowWatch): number {
  return blocking(watch).reduce(
    (next, [, row]) => (row.fencing ? next : Math.min(next, row.sinceMs + row.ttlMs)),
    Number.POSITIVE_INFINITY,
  );
}

function blocking(watch: RowWatch): [string, WatchedRow][] {
  const wantedSeq = watch.waiters.reduce(
    (highest, { rowsDone, seq }) => (rowsDone ? highest : Math.max(highest, seq)),
    0,
  );
  return wantedSeq === 0 ? [] : Object.entries(watch.rows).filter(([, row]) => row.ackedSeq < wantedSeq);
}
