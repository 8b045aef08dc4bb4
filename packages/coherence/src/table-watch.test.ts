import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createBench, keys, keyWith, mint } from '../test/_util.ts';
import { createTableWatch, type TableEvent } from './table-watch.ts';

/** A watch over a replica that has applied two changes, and what it told. */
function createWatch() {
  const bench = createBench();
  const told: TableEvent[] = [];
  const table = createTableWatch({
    replica: bench.replica,
    clock: bench.countedClock,
    tell: (event) => void told.push(event),
  });
  return { ...bench, table, told };
}

test('who waits for a change that is applied already is told at once', async () => {
  const { pendingTimers, table } = createWatch();
  await expect(table.reached(2, 1_000)).resolves.toBe(true);
  await expect(table.reached(1, 1_000)).resolves.toBe(true);
  expect(pendingTimers()).toBe(0);
});

test('who waits is told when the change itself is applied, and leaves no timer', async () => {
  const { apply, clock, pendingTimers, table } = createWatch();
  const [third, fourth] = [table.reached(3, 1_000), table.reached(4, 1_000)];
  void apply(keys());
  table.advanced();
  await expect(third).resolves.toBe(true);
  expect(pendingTimers()).toBe(1);
  clock.advance(1_000);
  await expect(fourth).resolves.toBe(false);
});

test('a table that was dropped has not reached anything', async () => {
  const { clock, replica, table } = createWatch();
  replica.drop();
  const waiting = table.reached(0, 1_000);
  clock.advance(1_000);
  await expect(waiting).resolves.toBe(false);
});

test('what a change ends is settled when it has ended, unless the table was dropped since', async () => {
  for (const dropped of [false, true]) {
    const { apply, questionFor, replica, table, told } = createWatch();
    const key = keyWith(mint());
    void apply(keys(key));
    const ending = Promise.withResolvers<void>();
    const secretIndex = replica.examiner.table.secrets.find(key.secrets[0]?.digest ?? '');
    replica.admit({ secretIndex, question: questionFor('default') }, { end: () => ending.promise });
    void apply(keys({ ...key, revoked: true }));
    table.advanced();
    expect(told).toEqual([{ kind: 'applied', seq: 4 }]);
    if (dropped) table.dropped();
    ending.resolve();
    await setImmediate();
    expect(told.slice(1)).toEqual([dropped ? { kind: 'dropped' } : { kind: 'settled', seq: 4 }]);
  }
});
