import { setImmediate } from 'node:timers/promises';
import { createManualClock } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import {
  configuration,
  createMemoryLog,
  keys,
  keyspace,
  keyWith,
  mint,
  organization,
  START_MS,
} from '../test/_util.ts';
import type { ChildMessage, ParentChannel, ParentMessage } from './channel.ts';
import { createChildStreams } from './child-streams.ts';
import type { MembershipEvent } from './membership.ts';
import type { ChildEvent } from './protocol/children.ts';
import { createReplica } from './replica.ts';

/** A parent whose table holds changes 1 and 2, and everything that is told of it. */
async function createParent(keyspaces: ReadonlySet<string> | null = null) {
  const clock = createManualClock(START_MS);
  const replica = createReplica({ clock });
  const log = createMemoryLog(configuration(keyspace()), keys(keyWith(mint())));
  const told: ChildEvent[] = [];
  const events: MembershipEvent[] = [];
  const lineage = { now: 'one' };
  const streams = createChildStreams({
    log,
    replica,
    clock,
    lineage: () => lineage.now,
    dispatch: (event) => void told.push(event),
    onEvent: (event) => void events.push(event),
  });
  replica.seal(0);
  const apply = async (...seqs: readonly number[]) => {
    const changes = (await log.readChanges((seqs[0] ?? 1) - 1, seqs.length)).slice();
    for (const change of changes) void replica.apply(change);
    streams.relay(changes);
  };
  await apply(1, 2);

  /** A child that has connected and heard `heard`. */
  function connect() {
    const heard: ParentMessage[] = [];
    let say: (message: ChildMessage) => void = () => {};
    let hangUp: () => void = () => {};
    const held = { drained: Promise.resolve(), closed: false, onSealed: () => {} };
    const channel: ParentChannel = {
      send(message) {
        heard.push(message);
        if (message.kind === 'sealed') held.onSealed();
      },
      drained: async () => {
        await setImmediate();
        await held.drained;
      },
      onMessage(listener) {
        say = listener;
      },
      onClose(listener) {
        hangUp = listener;
      },
      close() {
        held.closed = true;
        hangUp();
      },
    };
    streams.accept(channel, keyspaces);
    return {
      heard,
      held,
      hangUp: () => hangUp(),
      say: (message: ChildMessage) => say(message),
      attach: (appliedSeq = 0, from = 'one') =>
        say({ kind: 'attach', child: 'c', name: 'child', appliedSeq, lineage: from, protocolVersion: 1 }),
      kinds: () => heard.map(({ kind }) => kind),
      /** The seqs of the changes that it was sent. */
      seqs: () =>
        heard.flatMap((message) => (message.kind === 'changes' ? message.changes.map(({ seq }) => seq) : [])),
    };
  }

  return { apply, clock, connect, events, lineage, log, replica, streams, told };
}

/** Lets everything that was started come to its end. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setImmediate();
}

const ATTACHED = { kind: 'child_attached', child: 'c' };
const SYNCED = { kind: 'child_synced', child: 'c' };

test('a child that has nothing is sent the whole table, then every change as it is applied', async () => {
  const { apply, connect, events, log, told } = await createParent();
  const child = connect();
  child.attach();
  expect(told).toEqual([ATTACHED]);
  await turns();
  expect(child.heard[0]).toEqual({ kind: 'reset', lineage: 'one' });
  expect(child.kinds().slice(1, -1)).toContain('page');
  expect(child.heard.at(-1)).toEqual({ kind: 'sealed', seq: 2 });
  expect(told).toEqual([ATTACHED, SYNCED]);
  expect(events).toEqual([{ kind: 'child_attached', id: 'c', name: 'child' }]);
  log.append(keys());
  await apply(3);
  expect(child.seqs()).toEqual([3]);
});

test('what is applied while the table is sent is a page of it, and in it when it is whole', async () => {
  const { apply, connect, log } = await createParent();
  const child = connect();
  const drained = Promise.withResolvers<void>();
  child.held.drained = drained.promise;
  child.attach();
  await turns();
  const key = keyWith(mint());
  log.append(keys(key));
  await apply(3);
  expect(child.heard.at(-1)).toEqual({ kind: 'page', page: { kind: 'keys', keys: [key] } });
  drained.resolve();
  await turns();
  expect(child.heard.at(-1)).toEqual({ kind: 'sealed', seq: 3 });
  expect(child.seqs()).toEqual([]);
});

test('every kind of change that comes meanwhile is a page, or two', async () => {
  const { connect, streams } = await createParent();
  const child = connect();
  child.held.drained = new Promise(() => {});
  child.attach();
  await turns();
  const before = child.heard.length;
  const key = keyWith(mint());
  const operator = { id: 'op_01jtb3v9x8f6s2m4n7q0r5w1yz', keyId: key.id, keyspaces: null } as const;
  streams.relay([
    { seq: 3, payload: configuration(keyspace()) },
    { seq: 4, payload: { kind: 'organization', organization: organization() } },
    { seq: 5, payload: { kind: 'operator', operator, key } },
  ]);
  expect(child.heard.slice(before)).toEqual([
    { kind: 'page', page: configuration(keyspace()) },
    { kind: 'page', page: { kind: 'organizations', organizations: [organization()] } },
    { kind: 'page', page: { kind: 'operators', operators: [operator] } },
    { kind: 'page', page: { kind: 'keys', keys: [key] } },
  ]);
});

test('what is applied right after the table was sent whole is a change', async () => {
  const { connect, log, replica, streams } = await createParent();
  const child = connect();
  const payload = keys(keyWith(mint()));
  child.held.onSealed = () =>
    queueMicrotask(() => {
      const change = { seq: log.append(payload), payload };
      void replica.apply(change);
      streams.relay([change]);
    });
  child.attach();
  await turns();
  expect(child.heard.slice(-2)).toEqual([
    { kind: 'sealed', seq: 2 },
    { kind: 'changes', changes: [{ seq: 3, payload }] },
  ]);
});

test('a child that comes back is sent what it lacks, from the log', async () => {
  const { connect, told } = await createParent();
  const child = connect();
  child.attach(1);
  await turns();
  expect(child.kinds()).toEqual(['changes']);
  expect(child.seqs()).toEqual([2]);
  expect(told).toEqual([ATTACHED, SYNCED]);
});

test('a child that lacks nothing is sent nothing', async () => {
  const { connect, told } = await createParent();
  const child = connect();
  child.attach(2);
  await turns();
  expect(child.heard).toEqual([]);
  expect(told).toEqual([ATTACHED, SYNCED]);
});

test.each([
  ['comes with another history', 1, 'two', []],
  ['stands where the log does not begin any more', 1, 'one', [2]],
] as const)('a child that %s is sent the whole table', async (_, appliedSeq, from, lost) => {
  const { connect, log } = await createParent();
  for (const seq of lost) log.lost.add(seq);
  const child = connect();
  child.attach(appliedSeq, from);
  await turns();
  expect(child.kinds()[0]).toBe('reset');
  expect(child.kinds().at(-1)).toBe('sealed');
});

test('a log that cannot be read is told, and the child is sent the table half a second later', async () => {
  const { clock, connect, events, log, told } = await createParent();
  const error = new Error('no answer');
  log.failure = error;
  const child = connect();
  child.attach(1);
  await turns();
  expect(events.at(-1)).toEqual({ kind: 'store_failed', call: 'load a child', error });
  expect(told).toEqual([ATTACHED]);
  clock.advance(499);
  await turns();
  expect(child.heard).toEqual([]);
  clock.advance(1);
  await turns();
  expect(child.kinds()[0]).toBe('reset');
  expect(told).toEqual([ATTACHED, SYNCED]);
});

test('nothing is sent to a child that is gone by then, nor tried again for it', async () => {
  const { clock, connect, events, log, told } = await createParent();
  log.failure = new Error('no answer');
  const child = connect();
  child.attach(1);
  child.hangUp();
  await turns();
  clock.advance(500);
  await turns();
  expect(child.heard).toEqual([]);
  expect(told).toEqual([ATTACHED, { kind: 'child_detached', child: 'c' }]);
  expect(events.map(({ kind }) => kind)).toEqual(['child_attached', 'child_detached', 'store_failed']);
});

test('a child that connects again replaces its own connection, and is not told of as gone', async () => {
  const { apply, connect, log, told } = await createParent();
  const before = connect();
  before.attach(2);
  await turns();
  const after = connect();
  after.attach(2);
  await turns();
  expect(before.held.closed).toBe(true);
  before.say({ kind: 'renew', nonce: 1, ackedSeq: 2, resets: 0 });
  before.hangUp();
  expect(told).toEqual([ATTACHED, SYNCED, ATTACHED, SYNCED]);
  log.append(keys());
  await apply(3);
  expect(before.seqs()).toEqual([]);
  expect(after.seqs()).toEqual([3]);
});

test('what a child says is handed on; who has not attached is not heard', async () => {
  const { connect, events, told } = await createParent();
  const child = connect();
  child.say({ kind: 'ack', ackedSeq: 1, resets: 0 });
  child.hangUp();
  expect(told).toEqual([]);
  child.attach(2);
  await turns();
  told.length = 0;
  child.say({ kind: 'renew', nonce: 3, ackedSeq: 1, resets: 0 });
  child.say({ kind: 'ack', ackedSeq: 2, resets: 0 });
  child.say({ kind: 'stopped' });
  expect(told).toEqual([
    { kind: 'child_renewed', child: 'c', nonce: 3, ackedSeq: 1 },
    { kind: 'child_acked', child: 'c', ackedSeq: 2 },
    { kind: 'child_stopped', child: 'c' },
  ]);
  expect(events.at(-1)).toEqual({ kind: 'child_detached', id: 'c', name: 'child' });
  child.hangUp();
  expect(events).toHaveLength(2);
});

test('a child whose parent’s table is being loaded waits for it, and is sent everything when it is there', async () => {
  const { connect, lineage, replica, streams } = await createParent();
  const child = connect();
  child.attach(2);
  await turns();
  replica.drop();
  streams.dropped();
  const late = connect();
  late.say({ kind: 'attach', child: 'd', name: 'late', appliedSeq: 0, lineage: '', protocolVersion: 1 });
  await turns();
  expect(child.heard).toEqual([]);
  expect(late.heard).toEqual([]);
  lineage.now = 'two';
  replica.load({ kind: 'configuration', keyspaces: [] });
  replica.seal(7);
  streams.loaded();
  await turns();
  for (const { heard } of [child, late]) {
    expect(heard[0]).toEqual({ kind: 'reset', lineage: 'two' });
    expect(heard.at(-1)).toEqual({ kind: 'sealed', seq: 7 });
  }
});

test('what a child says of a table that is gone is not handed on: not before the next is sent, nor while that is on its way', async () => {
  const { connect, replica, streams, told } = await createParent();
  const child = connect();
  child.attach();
  await turns();
  told.length = 0;
  child.say({ kind: 'renew', nonce: 1, ackedSeq: 0, resets: 1 });
  expect(told).toEqual([{ kind: 'child_renewed', child: 'c', nonce: 1, ackedSeq: 0 }]);
  replica.drop();
  streams.dropped();
  const late = () => {
    child.say({ kind: 'renew', nonce: 2, ackedSeq: 2, resets: 1 });
    child.say({ kind: 'ack', ackedSeq: 2, resets: 1 });
  };
  late();
  replica.load({ kind: 'configuration', keyspaces: [] });
  replica.seal(1);
  streams.loaded();
  await turns();
  late();
  expect(told.slice(1)).toEqual([SYNCED]);
  child.say({ kind: 'ack', ackedSeq: 1, resets: 2 });
  expect(told.slice(2)).toEqual([{ kind: 'child_acked', child: 'c', ackedSeq: 1 }]);
  // It answers no more, whatever its table was.
  child.say({ kind: 'stopped' });
  expect(told.at(-1)).toEqual({ kind: 'child_stopped', child: 'c' });
});

test('a load that the table’s own overtook sends nothing more', async () => {
  const { connect, replica, streams } = await createParent();
  const child = connect();
  const drained = Promise.withResolvers<void>();
  child.held.drained = drained.promise;
  child.attach();
  await turns();
  const before = child.heard.length;
  replica.drop();
  streams.dropped();
  drained.resolve();
  await turns();
  expect(child.heard).toHaveLength(before);
});

/** The table of a parent is loaded anew, while a child takes its time with what it is sent of it. */
async function loadAnew(
  { replica, streams }: Awaited<ReturnType<typeof createParent>>,
  { held }: { readonly held: { drained: Promise<void> } },
): Promise<() => void> {
  const drained = Promise.withResolvers<void>();
  replica.drop();
  streams.dropped();
  held.drained = drained.promise;
  replica.load({ kind: 'configuration', keyspaces: [] });
  replica.seal(2);
  streams.loaded();
  await turns();
  return drained.resolve;
}

test('a load that another overtook sends nothing more, and the other goes on', async () => {
  const parent = await createParent();
  const child = parent.connect();
  const first = Promise.withResolvers<void>();
  child.held.drained = first.promise;
  child.attach();
  await turns();
  const goOn = await loadAnew(parent, child);
  const before = child.heard.length;
  child.held.drained = first.promise;
  first.resolve();
  await turns();
  expect(child.heard).toHaveLength(before);
  const payload = keys(keyWith(mint()));
  parent.log.append(payload);
  await parent.apply(3);
  expect(child.heard.at(-1)).toEqual({ kind: 'page', page: payload });
  goOn();
  await turns();
  expect(child.heard.at(-1)).toEqual({ kind: 'sealed', seq: 3 });
  parent.log.append(payload);
  await parent.apply(4);
  expect(child.seqs()).toEqual([4]);
});

test('a load that fails after another overtook it is told, and the other goes on', async () => {
  const parent = await createParent();
  const { clock, connect, events, log } = parent;
  const child = connect();
  const answered = Promise.withResolvers<void>();
  Object.assign(log, { failure: new Error('no answer'), gate: answered.promise });
  child.attach(1);
  await turns();
  Object.assign(log, { failure: null, gate: Promise.resolve() });
  const goOn = await loadAnew(parent, child);
  answered.resolve();
  await turns();
  expect(events.at(-1)).toMatchObject({ kind: 'store_failed' });
  clock.advance(500);
  const payload = keys(keyWith(mint()));
  log.append(payload);
  await parent.apply(3);
  expect(child.heard.at(-1)).toEqual({ kind: 'page', page: payload });
  goOn();
  await turns();
  expect(child.heard.at(-1)).toEqual({ kind: 'sealed', seq: 3 });
  expect(child.kinds().filter((kind) => kind === 'reset')).toHaveLength(1);
});

test('what is applied while a child is sent what it lacks follows that', async () => {
  const { apply, connect, log } = await createParent();
  const child = connect();
  const answered = Promise.withResolvers<void>();
  log.gate = answered.promise;
  child.attach(1);
  await turns();
  log.gate = Promise.resolve();
  log.append(keys());
  await apply(3);
  answered.resolve();
  await turns();
  expect(child.seqs()).toEqual([2, 3]);
});

test('a change that a child was sent before it was applied here is not sent again', async () => {
  const { apply, connect, log } = await createParent();
  const child = connect();
  log.append(keys());
  child.attach(1);
  await turns();
  expect(child.seqs()).toEqual([2, 3]);
  log.append(keys());
  await apply(3);
  await apply(4);
  expect(child.seqs()).toEqual([2, 3, 4]);
  expect(child.kinds()).toEqual(['changes', 'changes']);
});

test('children that get the changes compare their tables with every page of this one', async () => {
  const { connect, replica, streams } = await createParent();
  const child = connect();
  child.attach(2);
  await turns();
  await streams.compare();
  expect(child.heard).toEqual([
    { kind: 'compare' },
    ...[...replica.readPages(null)].map((page) => ({ kind: 'page', page })),
    { kind: 'compared' },
  ]);
});

test('a child that is being loaded does not compare', async () => {
  const { connect, streams } = await createParent();
  const child = connect();
  child.held.drained = new Promise(() => {});
  child.attach();
  await turns();
  await streams.compare();
  expect(child.kinds()).not.toContain('compare');
});

test('a comparison that a load overtook sends nothing more', async () => {
  const parent = await createParent();
  const child = parent.connect();
  child.attach(2);
  await turns();
  const drained = Promise.withResolvers<void>();
  child.held.drained = drained.promise;
  const comparing = parent.streams.compare();
  await turns();
  await loadAnew(parent, child);
  const before = child.heard.length;
  drained.resolve();
  await comparing;
  expect(child.heard).toHaveLength(before);
});

test('a child of some keyspaces is shown no others, and its log has no hole', async () => {
  const { apply, connect, log } = await createParent(new Set(['messages']));
  const child = connect();
  child.attach(1);
  await turns();
  log.append(keys(keyWith(mint())));
  await apply(3);
  expect(child.heard).toEqual([
    { kind: 'changes', changes: [{ seq: 2, payload: { kind: 'keys', keys: [] } }] },
    { kind: 'changes', changes: [{ seq: 3, payload: { kind: 'keys', keys: [] } }] },
  ]);
});

test('grants and "stop" go to the child that they are for', async () => {
  const { connect, streams } = await createParent();
  const child = connect();
  child.attach(2);
  await turns();
  streams.grant({ child: 'c', nonce: 4, ttlMs: 900, seq: 2 }, 77);
  streams.grant({ child: 'x', nonce: 4, ttlMs: 900, seq: 2 }, 77);
  streams.stop('c');
  streams.stop('x');
  expect(child.heard).toEqual([
    { kind: 'grant', nonce: 4, ttlMs: 900, seq: 2, storeNowMs: 77 },
    { kind: 'stop' },
  ]);
});

test('how children stand: by name while they are connected, with what is left of their grants', async () => {
  const { connect, streams } = await createParent();
  connect().attach(2);
  const child = {
    connected: true,
    synced: true,
    ackedSeq: 2,
    grantUntilMs: 1_500,
    grantedSeq: 2,
    nonce: null,
  };
  expect(
    streams.status({ c: child, gone: { ...child, connected: false, grantUntilMs: 900 } }, 1_000),
  ).toEqual([
    { id: 'c', name: 'child', connected: true, ackedSeq: 2, grantForMs: 500 },
    { id: 'gone', name: '', connected: false, ackedSeq: 2, grantForMs: 0 },
  ]);
});
