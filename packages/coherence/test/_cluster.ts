import { setImmediate } from 'node:timers/promises';
import { KeyholdError } from '@keyhold/core';
import { createManualClock, type ManualClock, passTimeUntil } from '@keyhold/core/testing';
import { createAuthority } from '../src/authority.ts';
import type { ChangeLog } from '../src/change.ts';
import type { Channel, ChildMessage, ParentMessage } from '../src/channel.ts';
import { createClusterMember } from '../src/cluster-member.ts';
import { createGrantHolder } from '../src/grant-holder.ts';
import type { Hint, LeaseRow, LeaseRows } from '../src/lease-rows.ts';
import type { MembershipEvent } from '../src/membership.ts';
import { createReplica } from '../src/replica.ts';
import { createStoreTime } from '../src/store-time.ts';
import { configuration, createMemoryLog, keys, keyspace, keyWith, mint, START_MS } from './_util.ts';

/** One node's way to the rows, which can be cut as a whole, or for some of its calls. */
export interface Way {
  cut: boolean;
  readonly broken: Set<keyof LeaseRows>;
  /** Called right before a call takes effect. */
  before: (call: keyof LeaseRows) => void;
}

/** The rows of a store in memory. */
function createRows(log: ReturnType<typeof createSharedLog>, clock: ManualClock) {
  const rows = new Map<string, LeaseRow>();
  const listeners = new Map<(hint: Hint) => void, Way>();
  const tell = (hint: Hint, from: Way | null = null) => {
    for (const [listener, way] of listeners) if (way !== from) listener(hint);
  };
  log.onAppend(() => tell({ kind: 'committed', seq: log.size() }));
  return () => {
    const way: Way = { cut: false, broken: new Set(), before: () => {} };
    const transaction = async <T>(call: keyof LeaseRows, run: () => T): Promise<T> => {
      await setImmediate();
      if (way.cut || way.broken.has(call)) {
        throw new KeyholdError('store_unavailable', `"${call}" does not reach the store.`);
      }
      way.before(call);
      return run();
    };
    const port: LeaseRows = {
      renew: (row) =>
        transaction('renew', () => {
          if (row.round > 1 && !rows.has(row.incarnation)) return 'fenced';
          rows.set(row.incarnation, row);
          return 'renewed';
        }),
      readHead: () =>
        transaction('readHead', () => ({ seq: log.size(), storeNowMs: clock.nowMs(), lineage: log.lineage })),
      acknowledge: (incarnation, ackedSeq) =>
        transaction('acknowledge', () => {
          const row = rows.get(incarnation);
          if (row === undefined) return 'fenced';
          rows.set(incarnation, { ...row, ackedSeq });
          tell({ kind: 'acknowledged', incarnation, seq: ackedSeq }, way);
          return 'acknowledged';
        }),
      readRows: () => transaction('readRows', () => [...rows.values()]),
      fence: (incarnation, round) =>
        transaction('fence', () => rows.get(incarnation)?.round === round && rows.delete(incarnation)),
      remove: (incarnation) => transaction('remove', () => void rows.delete(incarnation)),
      onHint(listener) {
        const reached = (hint: Hint) => void (way.cut || listener(hint));
        listeners.set(reached, way);
        return () => void listeners.delete(reached);
      },
    };
    return { port, rows, way, listening: () => listeners.size };
  };
}

function createSharedLog() {
  const log = createMemoryLog(configuration(keyspace()));
  let size = 1;
  const listeners = new Set<() => void>();
  return Object.assign(log, {
    lineage: 'one',
    size: () => size,
    /** Called after each append. */
    onAppend(listener: () => void) {
      listeners.add(listener);
    },
    append: ((append) => (payload: Parameters<typeof append>[0]) => {
      size = append(payload);
      for (const listener of listeners) listener();
      return size;
    })(log.append),
  });
}

/** Nodes that share a store in memory and a clock, and children for them. */
export function createCluster() {
  const clock = createManualClock(START_MS);
  const log = createSharedLog();
  const connect = createRows(log, clock);
  let ids = 0;
  return {
    clock,
    log,
    async startNode(node: string, options: { readonly ttlMs?: number; readonly random?: () => number } = {}) {
      const { port, rows, way, listening } = connect();
      const storeTime = createStoreTime(clock);
      const replica = createReplica({ clock: storeTime.clock });
      const events: MembershipEvent[] = [];
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
        onEvent: (event) => void events.push(event),
        ...options,
      });
      await membership.start();
      const authority = createAuthority({ membership, clock });
      const commit = () => authority.commit(async () => ({ seq: log.append(keys(keyWith(mint()))) }));
      return { authority, commit, events, listening, membership, replica, rows, way };
    },
    /** @param log what children of its own are loaded from; null: it has none. */
    startChild(childrenFrom: ChangeLog | null = null) {
      const storeTime = createStoreTime(clock);
      const replica = createReplica({ clock: storeTime.clock });
      const events: MembershipEvent[] = [];
      const holder = createGrantHolder({
        replica,
        storeTime,
        clock,
        name: 'child',
        protocolVersion: 1,
        createIncarnation: () => `child-${++ids}`,
        onEvent: (event) => void events.push(event),
        ...(childrenFrom !== null && { log: childrenFrom }),
      });
      return { events, holder, replica };
    },
  };
}

/** Both ends of a stream in memory. */
export function createChannelPair(): [
  Channel<ParentMessage, ChildMessage>,
  Channel<ChildMessage, ParentMessage>,
] {
  const closers: (() => void)[] = [];
  const receivers: ((message: never) => void)[] = [];
  let open = true;
  const end = (own: 0 | 1) => ({
    send(message: unknown) {
      if (open) void setImmediate().then(() => receivers[1 - own]?.(structuredClone(message) as never));
    },
    drained: () => setImmediate(),
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

/** Resolves on a turn of the event loop after which `holds` does; never, if that takes many. */
export async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000; turn++) {
    if (holds()) return;
    await setImmediate();
  }
  await new Promise(() => {});
}

/** More turns of the event loop than anything in memory takes. */
const MAX_TURNS = 20_000;

/** Lets time pass until something in memory has come to its end. @throws when it never does. */
export function passTime<T>(promise: Promise<T>, clock: ManualClock, stepMs: number): Promise<T> {
  let turns = 0;
  return passTimeUntil(promise, clock, stepMs, async () => {
    if (++turns > MAX_TURNS) throw new Error(`Nothing came of it within ${MAX_TURNS * stepMs} ms.`);
    await setImmediate();
  });
}
