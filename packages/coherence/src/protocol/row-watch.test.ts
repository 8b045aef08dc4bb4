import { expect, test } from 'vitest';
import type { LeaseRow } from '../lease-rows.ts';
import { createRowWatch, findFenceable, forgetRow, nextFenceAtMs, observeRows } from './row-watch.ts';

const row = (incarnation: string, ackedSeq: number, round = 1): LeaseRow => ({
  incarnation,
  node: `node of ${incarnation}`,
  round,
  ackedSeq,
  ttlMs: 300,
  protocolVersion: 1,
});

/** What a writer knows that waits for these, all registered before the read that is shown next. */
function createWatch(...seqs: readonly number[]) {
  const watch = createRowWatch();
  watch.waiters = seqs.map((seq, id) => ({ id, seq, deadlineMs: 0, afterRead: 0, rowsDone: false }));
  watch.begun = 1;
  return watch;
}

const done = ({ waiters }: ReturnType<typeof createWatch>) => waiters.map(({ rowsDone }) => rowsDone);

test('a change is done when every row but its writer’s own has acknowledged it', () => {
  const watch = createWatch(4, 5);
  observeRows(watch, [row('own', 0), row('b', 4), row('c', 9)], 'own', 100);
  expect(Object.keys(watch.rows)).toEqual(['b', 'c']);
  expect(done(watch)).toEqual([true, false]);
  observeRows(watch, [row('b', 5)], 'own', 200);
  expect(done(watch)).toEqual([true, true]);
});

test('with nobody else there it is done, and what is done stays so', () => {
  const watch = createWatch(4);
  observeRows(watch, [], 'own', 100);
  expect(done(watch)).toEqual([true]);
  observeRows(watch, [row('late', 0)], 'own', 200);
  expect(done(watch)).toEqual([true]);
  expect(nextFenceAtMs(watch)).toBe(Number.POSITIVE_INFINITY);
});

test('a read that was begun before the wait proves nothing to it', () => {
  const watch = createWatch(4);
  watch.waiters = watch.waiters.map((waiter) => ({ ...waiter, afterRead: 1 }));
  observeRows(watch, [], 'own', 100);
  expect(done(watch)).toEqual([false]);
  watch.begun = 2;
  observeRows(watch, [], 'own', 200);
  expect(done(watch)).toEqual([true]);
});

test('a row can be fenced once it was seen at one round for as long as its lease can last', () => {
  const watch = createWatch(4);
  observeRows(watch, [row('b', 3), row('c', 4)], 'own', 100);
  expect(nextFenceAtMs(watch)).toBe(400);
  expect(findFenceable(watch, 399)).toEqual([]);
  observeRows(watch, [row('b', 2)], 'own', 300);
  expect(findFenceable(watch, 400)).toEqual([
    ['b', { node: 'node of b', round: 1, ackedSeq: 2, ttlMs: 300, sinceMs: 100, fencing: false }],
  ]);
  observeRows(watch, [row('b', 3, 2)], 'own', 400);
  expect(nextFenceAtMs(watch)).toBe(700);
});

test('a row is fenced once at a time, and again after a read that still brings it', () => {
  const watch = createWatch(4);
  observeRows(watch, [row('b', 3), row('c', 3)], 'own', 100);
  const [found] = findFenceable(watch, 400);
  found![1].fencing = true;
  expect(findFenceable(watch, 400).map(([incarnation]) => incarnation)).toEqual(['c']);
  expect(nextFenceAtMs(watch)).toBe(400);
  observeRows(watch, [row('b', 3)], 'own', 500);
  expect(findFenceable(watch, 500)).toHaveLength(1);
});

test('nothing is fenced for nobody, nor what nobody waits for', () => {
  const idle = createWatch();
  observeRows(idle, [row('b', 0)], 'own', 100);
  expect(findFenceable(idle, 9_999)).toEqual([]);
  const waiting = createWatch(4);
  observeRows(waiting, [row('b', 4), row('c', 0)], 'own', 100);
  expect(findFenceable(waiting, 9_999).map(([incarnation]) => incarnation)).toEqual(['c']);
});

test('a row that was taken away holds nothing up', () => {
  const watch = createWatch(4, 6);
  observeRows(watch, [row('b', 1), row('c', 5)], 'own', 100);
  forgetRow(watch, 'b');
  expect(done(watch)).toEqual([true, false]);
});
