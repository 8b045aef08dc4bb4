import { setImmediate } from 'node:timers/promises';
import { passTimeUntil } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import { createChannelPair, createCluster } from './_cluster.ts';

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
  await passTimeUntil(a.commit(), clock, 50);
  expect(clock.monotonicMs() - beganMs).toBeGreaterThanOrEqual(3_000);
  expect(b.membership.status()).toMatchObject({ live: false, trouble: 'its lease cannot be renewed' });
  expect(a.membership.status().rowsFenced).toBe(1);
  b.way.cut = false;
  while (!b.membership.lease.isLive()) {
    clock.advance(50);
    await setImmediate();
  }
  expect(b.replica.appliedSeq).toBe(a.replica.appliedSeq);
  expect(b.membership.status().timesFenced).toBe(1);
});

test('a child is loaded, answers under its grant, is waited for by a write on another node, and ends with its parent', async () => {
  const { clock, startChild, startNode } = createCluster();
  const [a, b] = [await startNode('a'), await startNode('b')];
  const child = startChild();
  const [parentEnd, childEnd] = createChannelPair();
  b.membership.accept(parentEnd);
  await child.holder.connect(childEnd);
  expect(child.holder.lease.isLive()).toBe(true);
  const { seq } = await a.commit();
  expect(child.replica.appliedSeq).toBe(seq);
  expect(b.membership.status().children).toMatchObject([{ name: 'child', connected: true, ackedSeq: seq }]);
  await passTimeUntil(b.authority.close(), clock, 50);
  expect(child.holder.lease.isLive()).toBe(false);
  expect([...a.rows.values()].map(({ node }) => node)).toEqual(['a']);
});
