import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createChannelPair, createCluster, passTime, until } from './_cluster.ts';
import { keys } from './_util.ts';

test('a write on one node is in force on every other when it returns, without any time passing', async () => {
  const { startNode } = createCluster();
  const [a, b] = [await startNode('a'), await startNode('b')];
  const { seq } = await a.commit();
  expect(b.replica.appliedSeq).toBe(seq);
  expect(b.membership.status()).toMatchObject({ live: true, trouble: null, ackedSeq: seq, appliedSeq: seq });
});

test('a node that is cut off answers until its lease ends, is fenced by a write, and comes back by itself', async () => {
  const { clock, startNode } = createCluster();
  const [a, b] = [await startNode('a'), await startNode('b')];
  b.way.cut = true;
  const beganMs = clock.monotonicMs();
  await passTime(a.commit(), clock, 50);
  expect(clock.monotonicMs() - beganMs).toBeGreaterThanOrEqual(3_000);
  expect(b.membership.status()).toMatchObject({ live: false, trouble: 'its lease cannot be renewed' });
  expect(a.membership.status().rowsFenced).toBe(1);
  b.way.cut = false;
  await passTime(
    until(() => b.membership.lease.isLive()),
    clock,
    50,
  );
  expect(b.replica.appliedSeq).toBe(a.replica.appliedSeq);
  expect(b.membership.status().timesFenced).toBe(1);
});

test('a child is loaded, answers under its grant, is waited for by a write on another node, and ends with its parent', async () => {
  const { startChild, startNode } = createCluster();
  const [a, b] = [await startNode('a'), await startNode('b')];
  const child = startChild();
  const [parentEnd, childEnd] = createChannelPair();
  b.membership.accept(parentEnd, null);
  await child.holder.connect(childEnd);
  expect(child.holder.lease.isLive()).toBe(true);
  const { seq } = await a.commit();
  expect(child.replica.appliedSeq).toBe(seq);
  expect(b.membership.status().children).toMatchObject([{ name: 'child', connected: true, ackedSeq: seq }]);
  // Told to stop, it is not waited for.
  await b.authority.close();
  expect(child.holder.lease.isLive()).toBe(false);
  expect([...a.rows.values()].map(({ node }) => node)).toEqual(['a']);
});

test('a node tells how it stands, and when it answers and no more', async () => {
  const { clock, startNode } = createCluster();
  const a = await startNode('a');
  expect(a.events).toEqual([{ kind: 'lease_gained', incarnation: 'a-1', round: 1 }]);
  const { seq } = await a.commit();
  clock.advance(1_000);
  await turns();
  expect(a.membership.status()).toEqual({
    incarnation: 'a-1',
    round: 2,
    live: true,
    serveForMs: 2_700,
    trouble: null,
    appliedSeq: seq,
    ackedSeq: seq,
    headSeq: seq,
    waiting: 0,
    timesFenced: 0,
    rowsFenced: 0,
    children: [],
  });
  a.way.cut = true;
  await passTime(
    until(() => !a.membership.lease.isLive()),
    clock,
    50,
  );
  expect(a.events.filter(({ kind }) => kind === 'lease_lost')).toEqual([
    { kind: 'lease_lost', reason: 'its lease cannot be renewed' },
  ]);
  expect(a.membership.status()).toMatchObject({ live: false, trouble: 'its lease cannot be renewed' });
});

test('a lease of another length is renewed and waited for in proportion', async () => {
  const { clock, startNode } = createCluster();
  const [a, b] = [await startNode('a', { ttlMs: 300 }), await startNode('b', { ttlMs: 300 })];
  expect(a.membership.status().serveForMs).toBe(270);
  clock.advance(99);
  await turns();
  expect(a.membership.status().round).toBe(1);
  clock.advance(1);
  await turns();
  expect(a.membership.status().round).toBe(2);
  b.way.cut = true;
  const beganMs = clock.monotonicMs();
  await passTime(a.commit(), clock, 5);
  expect(clock.monotonicMs() - beganMs).toBeLessThan(500);
  const neverMs = clock.monotonicMs();
  await expect(passTime(a.membership.barrier.waitFor(99), clock, 5)).resolves.toBe('pending');
  expect(clock.monotonicMs() - neverMs).toBe(500);
});

test.each([
  [0, 700],
  [0.5, 850],
])('rounds are spread by chance: drawn %d, the next one begins after %d ms', async (drawn, afterMs) => {
  const { clock, startNode } = createCluster();
  const a = await startNode('a', { random: () => drawn });
  clock.advance(afterMs - 1);
  await turns();
  expect(a.membership.status().round).toBe(1);
  clock.advance(1);
  await turns();
  expect(a.membership.status().round).toBe(2);
});

test.each(['renew', 'readHead', 'acknowledge', 'readRows', 'fence'] as const)(
  'a call on the store that fails (%s) is told, and made again until it succeeds',
  async (call) => {
    const { clock, startNode } = createCluster();
    const [a, b] = [await startNode('a'), await startNode('b')];
    const nodes = { renew: b, readHead: b, acknowledge: b, readRows: a, fence: a };
    const failing = nodes[call];
    if (call === 'fence') b.way.cut = true;
    failing.way.broken.add(call);
    const committed = a.commit();
    await passTime(
      until(() => failing.events.some(({ kind }) => kind === 'store_failed')),
      clock,
      50,
    );
    expect(failing.events.find(({ kind }) => kind === 'store_failed')).toEqual({
      kind: 'store_failed',
      call,
      error: expect.objectContaining({ code: 'store_unavailable' }),
    });
    failing.way.broken.clear();
    await passTime(committed, clock, 50);
    if (call === 'fence') expect([...a.rows.values()].map(({ node }) => node)).toEqual(['a']);
    else expect(b.replica.appliedSeq).toBe(a.replica.appliedSeq);
  },
);

test('after an acknowledgement that failed, the same node acknowledges the next change as soon as ever', async () => {
  const { clock, startNode } = createCluster();
  const [a, b] = [await startNode('a'), await startNode('b')];
  b.way.broken.add('acknowledge');
  await passTime(a.commit(), clock, 50);
  b.way.broken.clear();
  clock.advance(250);
  await turns();
  const { seq } = await a.commit();
  expect(b.membership.status()).toMatchObject({ incarnation: 'b-2', ackedSeq: seq, timesFenced: 0 });
});

test('a row that is renewed before it can be taken stays, and the write is not confirmed', async () => {
  const { clock, startNode } = createCluster();
  const [a, b] = [await startNode('a'), await startNode('b')];
  b.way.cut = true;
  a.way.before = (call) => {
    const row = a.rows.get('b-2');
    if (call === 'fence' && row !== undefined) a.rows.set('b-2', { ...row, round: row.round + 1 });
  };
  await expect(passTime(a.commit(), clock, 50)).rejects.toMatchObject({ code: 'revocation_pending' });
  expect(a.rows.has('b-2')).toBe(true);
  expect(a.membership.status().rowsFenced).toBe(0);
  expect(a.events.map(({ kind }) => kind)).not.toContain('row_fenced');
});

test('a log that cannot be read is told, and the node goes on from where it stood', async () => {
  const { clock, log, startNode } = createCluster();
  const [a, b] = [await startNode('a'), await startNode('b')];
  log.failure = new Error('no answer');
  const committed = a.commit().catch(() => null);
  await passTime(
    until(() => b.events.some(({ kind }) => kind === 'store_failed')),
    clock,
    50,
  );
  expect(b.events.find(({ kind }) => kind === 'store_failed')).toMatchObject({ call: 'read the log' });
  log.failure = null;
  await passTime(
    until(() => b.replica.appliedSeq === log.size() && b.membership.lease.isLive()),
    clock,
    50,
  );
  await passTime(committed, clock, 50);
});

test('a log that could not be read for longer than a lease is read again by itself', async () => {
  const { clock, log, startNode } = createCluster();
  const b = await startNode('b');
  log.failure = new Error('no answer');
  log.append(keys());
  await turns();
  await passTime(
    until(() => !b.membership.lease.isLive()),
    clock,
    50,
  );
  expect(b.membership.status().trouble).toBe('the change log cannot be read');
  log.failure = null;
  await passTime(
    until(() => b.membership.lease.isLive()),
    clock,
    50,
  );
  expect(b.replica.appliedSeq).toBe(log.size());
});

test('whose row was taken says so, and under which name it goes on; who took it says whose it was', async () => {
  const { clock, startNode } = createCluster();
  const [a, b] = [await startNode('a'), await startNode('b')];
  b.way.cut = true;
  await passTime(a.commit(), clock, 50);
  expect(a.events).toContainEqual({ kind: 'row_fenced', node: 'b', incarnation: 'b-2' });
  b.way.cut = false;
  await passTime(
    until(() => b.membership.lease.isLive()),
    clock,
    50,
  );
  expect(b.events).toContainEqual({ kind: 'fenced', incarnation: 'b-3' });
  expect(b.events.at(-1)).toEqual({ kind: 'lease_gained', incarnation: 'b-3', round: 1 });
});

test('another history of the store is loaded as a whole, and nothing is answered meanwhile', async () => {
  const { clock, log, startNode } = createCluster();
  const a = await startNode('a');
  const loads = () => log.reads.filter((read) => read === 'snapshot').length;
  const before = loads();
  log.lineage = 'two';
  await passTime(
    until(() => loads() > before),
    clock,
    50,
  );
  expect(a.events).toContainEqual({ kind: 'reloading', reason: expect.stringMatching(/\w/) });
  await passTime(
    until(() => a.membership.lease.isLive()),
    clock,
    50,
  );
});

/** A child that has the table of its node, which it would have another examiner for if it were loaded again. */
async function startNodeWithChild() {
  const { clock, log, startChild, startNode } = createCluster();
  const a = await startNode('a');
  const child = startChild();
  const [parentEnd, childEnd] = createChannelPair();
  a.membership.accept(parentEnd, null);
  await child.holder.connect(childEnd);
  const { examiner } = child.replica;
  return { a, child, clock, examiner, log, parentEnd };
}

test.each([
  ['goes on from where its table stands', 'one'],
  ['is loaded anew when the store goes on from another history', 'two'],
] as const)('a child that comes back to a node %s', async (_, lineage) => {
  const { a, child, clock, examiner, log, parentEnd } = await startNodeWithChild();
  parentEnd.close();
  await turns();
  log.lineage = lineage;
  await passTime(a.commit(), clock, 50);
  await passTime(
    until(
      () =>
        a.membership.lease.isLive() &&
        a.events.some(({ kind }) => kind === 'reloading') === (lineage === 'two'),
    ),
    clock,
    50,
  );
  const [nextParentEnd, nextChildEnd] = createChannelPair();
  a.membership.accept(nextParentEnd, null);
  void child.holder.connect(nextChildEnd);
  await passTime(
    until(() => child.holder.lease.isLive()),
    clock,
    50,
  );
  expect(child.replica.appliedSeq).toBe(log.size());
  expect(child.replica.examiner === examiner).toBe(lineage === 'one');
});

test('a node whose table is loaded anew has its children load theirs', async () => {
  const { a, child, clock, examiner } = await startNodeWithChild();
  await passTime(a.membership.follower.reload(), clock, 50);
  await passTime(
    until(() => child.replica.examiner !== examiner && child.holder.lease.isLive()),
    clock,
    50,
  );
});

test('a node that ends takes its row away, and ends also when that fails', async () => {
  for (const broken of [false, true]) {
    const { clock, startNode } = createCluster();
    const a = await startNode('a');
    if (broken) a.way.broken.add('remove');
    await passTime(a.membership.close(), clock, 50);
    expect(a.membership.lease.isLive()).toBe(false);
    expect(a.rows.size).toBe(broken ? 1 : 0);
    expect(a.listening()).toBe(0);
    expect(a.events.some((event) => event.kind === 'store_failed' && event.call === 'remove')).toBe(broken);
  }
});

test('whoever waits for a change on a node is told when it is applied, or that it was not in time', async () => {
  const { clock, startNode } = createCluster();
  const [a, b] = [await startNode('a'), await startNode('b')];
  const inTime = b.membership.reached(2, 60_000);
  await a.commit();
  await expect(inTime).resolves.toBe(true);
  const late = b.membership.reached(9, 100);
  clock.advance(100);
  await expect(late).resolves.toBe(false);
});

/** Lets what was started without a timer come to its end. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setImmediate();
}
