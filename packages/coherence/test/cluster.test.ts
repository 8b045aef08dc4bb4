import { setImmediate } from 'node:timers/promises';
import { KeyholdError } from '@keyhold/core';
import { createManualClock, type ManualClock, passTimeUntil } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import { createAuthority } from '../src/authority.ts';
import type { Channel, ChildMessage, ParentMessage } from '../src/channel.ts';
import { createClusterMember } from '../src/cluster-member.ts';
import { createGrantHolder } from '../src/grant-holder.ts';
import type { Hint, LeaseRow, LeaseRows } from '../src/lease-rows.ts';
import { createReplica } from '../src/replica.ts';
import { createStoreTime } from '../src/store-time.ts';
import { configuration, createMemoryLog, keys, keyspace, keyWith, mint, START_MS } from './_util.ts';

/** The rows of a store in memory, and one node's way to them, which can be cut. */
function createRows(log: { size(): number }, clock: ManualClock) {
  const rows = new Map<string, LeaseRow>();
  const listeners = new Set<(hint: Hint) => void>();
  return () => {
    const way = { cut: false };
    const transaction = async <T>(run: () => T): Promise<T> => {
      await setImmediate();
      if (way.cut) throw new KeyholdError('store_unavailable', 'The node is cut off.');
      return run();
    };
    const port: LeaseRows = {
      renew: (row) =>
        transaction(() => {
          if (row.round > 1 && !rows.has(row.incarnation)) return 'fenced';
          rows.set(row.incarnation, row);
          return 'renewed';
        }),
      readHead: () => transaction(() => ({ seq: log.size(), storeNowMs: clock.nowMs(), lineage: 'one' })),
      acknowledge: (incarnation, ackedSeq) =>
        transaction(() => {
          const row = rows.get(incarnation);
          if (row === undefined) return 'fenced';
          rows.set(incarnation, { ...row, ackedSeq });
          return 'acknowledged';
        }),
      readRows: () => transaction(() => [...rows.values()]),
      fence: (incarnation, round) =>
        transaction(() => rows.get(incarnation)?.round === round && rows.delete(incarnation)),
      remove: (incarnation) => transaction(() => void rows.delete(incarnation)),
      notify(hint) {
        if (!way.cut) for (const listener of listeners) listener(hint);
      },
      onNotify(listener) {
        const reached = (hint: Hint) => void (way.cut || listener(hint));
        listeners.add(reached);
        return () => void listeners.delete(reached);
      },
    };
    return { port, rows, way };
  };
}

function createSharedLog() {
  const log = createMemoryLog(configuration(keyspace()));
  let size = 1;
  return Object.assign(log, {
    size: () => size,
    append: ((append) => (payload: Parameters<typeof append>[0]) => {
      size = append(payload);
      return size;
    })(log.append),
  });
}

/** Nodes that share a store in memory and a clock. */
function createCluster() {
  const clock = createManualClock(START_MS);
  const log = createSharedLog();
  const connect = createRows(log, clock);
  let ids = 0;
  return {
    clock,
    log,
    async startNode(node: string) {
      const { port, rows, way } = connect();
      const storeTime = createStoreTime(clock);
      const replica = createReplica({ clock: storeTime.clock });
      const membership = createClusterMember({
        rows: port,
        log: {
          readChanges: async (afterSeq, limit) => {
            if (way.cut) throw new KeyholdError('store_unavailable', 'The node is cut off.');
            return log.readChanges(afterSeq, limit);
          },
          readSnapshot: (receive) => log.readSnapshot(receive),
        },
        replica,
        storeTime,
        clock,
        node,
        protocolVersion: 1,
        createIncarnation: () => `${node}-${++ids}`,
        random: () => 1,
      });
      await membership.start();
      const authority = createAuthority({ membership, clock });
      const commit = () => authority.commit(async () => ({ seq: log.append(keys(keyWith(mint()))) }));
      return { authority, commit, membership, replica, rows, way };
    },
    startChild() {
      const storeTime = createStoreTime(clock);
      const replica = createReplica({ clock: storeTime.clock });
      const holder = createGrantHolder({
        replica,
        storeTime,
        clock,
        name: 'child',
        protocolVersion: 1,
        createIncarnation: () => `child-${++ids}`,
      });
      return { holder, replica };
    },
  };
}

/** Both ends of a stream in memory. */
function createChannelPair(): [Channel<ParentMessage, ChildMessage>, Channel<ChildMessage, ParentMessage>] {
  const closers: (() => void)[] = [];
  const receivers: ((message: never) => void)[] = [];
  let open = true;
  const end = (own: 0 | 1) => ({
    send(message: unknown) {
      if (open) void setImmediate().then(() => receivers[1 - own]?.(structuredClone(message) as never));
    },
    onMessage(listener: (message: never) => void) {
      receivers[own] = listener;
    },
    onClose: (listener: () => void) => void closers.push(listener),
    close() {
      if (!open) return;
      open = false;
      for (const closer of closers) void setImmediate().then(closer);
    },
  });
  return [end(0), end(1)];
}

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
