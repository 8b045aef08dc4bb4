import { setImmediate } from 'node:timers/promises';
import { createManualClock } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import { createChannelPair, createCluster } from '../test/_cluster.ts';
import { keys, keyspace, keyWith, mint, START_MS } from '../test/_util.ts';
import type { ChildChannel, ChildMessage, ParentChannel, ParentMessage } from './channel.ts';
import { createGrantHolder, type GrantHolder } from './grant-holder.ts';
import type { MembershipEvent } from './membership.ts';
import { createReplica } from './replica.ts';
import { createStoreTime } from './store-time.ts';

const CHILD = 'child-1';
const TTL_MS = 2_000;

/** A parent that says what a test has it say, and hears everything. */
function createParent() {
  const heard: ChildMessage[] = [];
  let listener: (message: ParentMessage) => void = () => {};
  let closed: () => void = () => {};
  let closes = 0;
  const channel: ChildChannel = {
    send: (message) => void heard.push(message),
    drained: () => Promise.resolve(),
    onMessage(given) {
      listener = given;
    },
    onClose(given) {
      closed = given;
    },
    close() {
      closes++;
      closed();
    },
  };
  return {
    channel,
    closes: () => closes,
    heard,
    say: (message: ParentMessage) => listener(message),
    hangUp: () => closed(),
  };
}

/** A child of the child, played by the test: what it hears once it has attached. */
function attachGrandchild(holder: GrantHolder, appliedSeq = 0, lineage = ''): ParentMessage[] {
  const heard: ParentMessage[] = [];
  const channel: ParentChannel = {
    send: (message) => void heard.push(message),
    drained: () => setImmediate(),
    onMessage: (listener) =>
      listener({ kind: 'attach', child: 'below', name: 'below', appliedSeq, lineage, protocolVersion: 7 }),
    onClose: () => {},
    close: () => {},
  };
  holder.accept(channel, null);
  return heard;
}

/** Lets everything that was started come to its end. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setImmediate();
}

/** A child whose parent is played by the test. */
function createChild() {
  const clock = createManualClock(START_MS);
  const storeTime = createStoreTime(clock);
  const replica = createReplica({ clock: storeTime.clock });
  const events: MembershipEvent[] = [];
  const holder = createGrantHolder({
    replica,
    storeTime,
    clock,
    name: 'worker 1',
    protocolVersion: 7,
    createIncarnation: () => CHILD,
    onEvent: (event) => void events.push(event),
  });
  const parent = createParent();
  const answering = holder.connect(parent.channel);
  return { answering, clock, events, holder, parent, replica, storeTime };
}

const FIRST = {
  kind: 'configuration',
  keyspaces: [{ definition: keyspace(), formerFormats: [] }],
} as const;

function load({ say }: ReturnType<typeof createParent>, seq = 1): void {
  say({ kind: 'reset', lineage: 'one' });
  say({ kind: 'page', page: FIRST });
  say({ kind: 'sealed', seq });
}

function nonceOf({ heard }: ReturnType<typeof createParent>): number {
  const renewal = heard.findLast(({ kind }) => kind === 'renew');
  if (renewal?.kind !== 'renew') throw new Error('It has not asked for a grant.');
  return renewal.nonce;
}

function grant(parent: ReturnType<typeof createParent>, seq = 1, storeNowMs: number | null = null): void {
  parent.say({ kind: 'grant', nonce: nonceOf(parent), ttlMs: TTL_MS, seq, storeNowMs });
}

test('it says who it is, answers from its first grant on, and tells how it stands', async () => {
  const { answering, clock, events, holder, parent } = createChild();
  expect(parent.heard[0]).toEqual({
    kind: 'attach',
    child: CHILD,
    name: 'worker 1',
    appliedSeq: 0,
    lineage: '',
    protocolVersion: 7,
  });
  expect(holder.lease.isLive()).toBe(false);
  expect(holder.status()).toMatchObject({ live: false, trouble: expect.any(String) });
  load(parent);
  expect(holder.status()).toMatchObject({ live: false, trouble: 'its parent grants nothing' });
  grant(parent);
  await answering;
  expect(holder.lease.isLive()).toBe(true);
  expect(events).toEqual([{ kind: 'lease_gained', incarnation: CHILD, round: 1 }]);
  expect(holder.status()).toEqual({
    incarnation: CHILD,
    round: 1,
    live: true,
    serveForMs: 0.9 * TTL_MS,
    trouble: null,
    appliedSeq: 1,
    ackedSeq: 1,
    headSeq: 1,
    waiting: 0,
    timesFenced: 0,
    rowsFenced: 0,
    children: [],
  });
  clock.advance(0.9 * TTL_MS);
  expect(holder.lease.isLive()).toBe(false);
  expect(events.at(-1)).toEqual({ kind: 'lease_lost', reason: expect.stringMatching(/\w/) });
});

test('decides on expiry by the store’s time, as its parent bounds it', () => {
  const { parent, storeTime } = createChild();
  load(parent);
  grant(parent, 1, START_MS + 60_000);
  expect(storeTime.clock.nowMs()).toBe(START_MS + 60_000);
});

test('acknowledges a change when it is applied, and tells whoever waits for it', async () => {
  const { holder, parent, replica } = createChild();
  load(parent);
  grant(parent);
  const inTime = holder.reached(2, 1_000);
  parent.say({ kind: 'changes', changes: [{ seq: 2, payload: keys(keyWith(mint())) }] });
  await expect(inTime).resolves.toBe(true);
  expect(replica.appliedSeq).toBe(2);
  expect(parent.heard.at(-1)).toMatchObject({ kind: 'ack', ackedSeq: 2 });
});

test('after a hole in what it is sent it answers nothing, hears nothing but "stop", and attaches anew for everything', () => {
  const { clock, events, holder, parent, replica } = createChild();
  load(parent);
  grant(parent);
  parent.say({ kind: 'changes', changes: [{ seq: 3, payload: keys(keyWith(mint())) }] });
  expect(holder.lease.isLive()).toBe(false);
  expect(replica.ready).toBe(false);
  expect(events.at(-1)).toEqual({ kind: 'reloading', reason: expect.stringMatching(/\d/) });
  load(parent);
  expect(replica.ready).toBe(false);
  const before = parent.heard.length;
  clock.advance(249);
  expect(parent.heard.slice(before).filter(({ kind }) => kind === 'attach')).toEqual([]);
  clock.advance(1);
  expect(parent.heard.slice(before).filter(({ kind }) => kind === 'attach')).toEqual([
    { kind: 'attach', child: CHILD, name: 'worker 1', appliedSeq: 0, lineage: 'one', protocolVersion: 7 },
  ]);
  load(parent);
  grant(parent);
  expect(holder.lease.isLive()).toBe(true);
});

test('a table that is loaded anew is answered from under the next grant, and holds nothing of the one before', () => {
  const { holder, parent, replica } = createChild();
  load(parent);
  grant(parent);
  parent.say({ kind: 'changes', changes: [{ seq: 2, payload: keys(keyWith(mint())) }] });
  expect(holder.lease.isLive()).toBe(true);
  parent.say({ kind: 'reset', lineage: 'two' });
  expect(holder.lease.isLive()).toBe(false);
  parent.say({ kind: 'page', page: FIRST });
  parent.say({ kind: 'sealed', seq: 1 });
  expect(replica.keyCount).toBe(0);
  expect(holder.lease.isLive()).toBe(false);
  grant(parent);
  expect(holder.lease.isLive()).toBe(true);
});

test('what it says names the table that it is of: how many of them have come over this connection', () => {
  const { holder, parent } = createChild();
  const saidTo = ({ heard }: ReturnType<typeof createParent>) =>
    heard.flatMap((message) => ('resets' in message ? [`${message.kind} ${message.resets}`] : []));
  load(parent);
  expect(saidTo(parent)).toEqual(['renew 1', 'ack 1']);
  load(parent);
  expect(saidTo(parent).slice(2)).toEqual(['renew 2', 'ack 2']);
  const next = createParent();
  void holder.connect(next.channel);
  expect(saidTo(next)).toEqual(['renew 0']);
});

test('told to stop while it waits to attach anew, it says that it stopped', () => {
  const { parent } = createChild();
  load(parent);
  grant(parent);
  parent.say({ kind: 'changes', changes: [{ seq: 3, payload: keys() }] });
  parent.say({ kind: 'stop' });
  expect(parent.heard.at(-1)).toEqual({ kind: 'stopped' });
});

test('what is left of a comparison after the table was dropped finds nothing, and no fault', () => {
  const { clock, events, parent } = createChild();
  load(parent);
  grant(parent);
  parent.say({ kind: 'compare' });
  parent.say({ kind: 'changes', changes: [{ seq: 3, payload: keys() }] });
  clock.advance(250);
  const before = events.length;
  parent.say({ kind: 'page', page: FIRST });
  parent.say({ kind: 'compared' });
  expect(events.slice(before)).toEqual([]);
});

test('a kind of message that it does not know is treated as a hole', () => {
  const { events, holder, parent } = createChild();
  load(parent);
  grant(parent);
  parent.say({ kind: 'page', page: { kind: 'unheard-of' } } as unknown as ParentMessage);
  expect(holder.lease.isLive()).toBe(false);
  expect(events.at(-1)).toMatchObject({ kind: 'reloading' });
});

test('goes on from where it stands under another parent, and hears the one before no more', () => {
  const { clock, holder, parent, replica } = createChild();
  load(parent, 5);
  grant(parent, 5);
  const next = createParent();
  void holder.connect(next.channel);
  expect(next.heard[0]).toMatchObject({ kind: 'attach', child: CHILD, appliedSeq: 5, lineage: 'one' });
  parent.say({ kind: 'reset', lineage: 'two' });
  parent.hangUp();
  expect(replica.ready).toBe(true);
  expect(holder.lease.isLive()).toBe(true);
  clock.advance(TTL_MS);
  expect(holder.lease.isLive()).toBe(false);
  grant(next, 5);
  expect(holder.lease.isLive()).toBe(true);
});

test('a connection that broke is not attached to again after a hole', () => {
  const { clock, parent } = createChild();
  load(parent);
  parent.say({ kind: 'changes', changes: [{ seq: 9, payload: keys() }] });
  parent.hangUp();
  const before = parent.heard.length;
  clock.advance(10_000);
  expect(parent.heard.slice(before)).toEqual([]);
});

test('cut off from its parent it answers until its grant has run out, and then says why it does not', () => {
  const { clock, holder, parent } = createChild();
  load(parent);
  grant(parent);
  parent.hangUp();
  clock.advance(0.9 * TTL_MS - 1);
  expect(holder.lease.isLive()).toBe(true);
  clock.advance(1);
  expect(holder.status()).toMatchObject({ live: false, trouble: 'it is cut off from its parent' });
});

test('closes the connection it has when it is given another', () => {
  const { holder, parent } = createChild();
  let closed = 0;
  const second = createParent();
  void holder.connect({ ...second.channel, close: () => void closed++ });
  expect(closed).toBe(0);
  void holder.connect(createParent().channel);
  expect(closed).toBe(1);
  expect(parent.heard.filter(({ kind }) => kind === 'attach')).toHaveLength(1);
});

test('told to stop it stops answering, says so, and hangs up; "close" leaves the connection to whoever made it', async () => {
  for (const end of ['told', 'closed'] as const) {
    const { holder, parent } = createChild();
    load(parent);
    grant(parent);
    const ended = end === 'closed' ? holder.close() : parent.say({ kind: 'stop' });
    expect(holder.lease.isLive()).toBe(false);
    expect(parent.heard.at(-1)).toEqual({ kind: 'stopped' });
    expect(parent.closes()).toBe(end === 'closed' ? 0 : 1);
    await ended;
  }
});

test('one that never connected ends at once', async () => {
  const { clock, replica, storeTime } = createChild();
  const holder = createGrantHolder({
    replica,
    storeTime,
    clock,
    name: 'worker 2',
    protocolVersion: 7,
    createIncarnation: () => 'child-2',
  });
  await expect(holder.close()).resolves.toBeUndefined();
});

test('a child of its own waits for its table, and is loaded anew with it', async () => {
  const { holder, parent } = createChild();
  const heard = attachGrandchild(holder);
  await turns();
  expect(heard).toEqual([]);
  load(parent, 5);
  await turns();
  expect(heard[0]).toEqual({ kind: 'reset', lineage: 'one' });
  expect(heard.at(-1)).toEqual({ kind: 'sealed', seq: 5 });
  const before = heard.length;
  load(parent, 9);
  await turns();
  expect(heard[before]).toEqual({ kind: 'reset', lineage: 'one' });
  expect(heard.at(-1)).toEqual({ kind: 'sealed', seq: 9 });
});

test('a child of its own goes on from a table of the same history alone', async () => {
  const { holder, parent } = createChild();
  load(parent, 5);
  const same = attachGrandchild(holder, 5, 'one');
  await turns();
  expect(same).toEqual([]);
  const other = attachGrandchild(holder, 5, 'two');
  await turns();
  expect(other[0]).toEqual({ kind: 'reset', lineage: 'one' });
});

test('without a log it says so when a child of its own comes back, and sends it the whole table', async () => {
  const { clock, events, holder, parent } = createChild();
  load(parent, 5);
  const heard = attachGrandchild(holder, 4, 'one');
  await turns();
  expect(events.at(-1)).toEqual({
    kind: 'store_failed',
    call: 'load a child',
    error: expect.objectContaining({ message: expect.stringContaining('no log') }),
  });
  clock.advance(500);
  await turns();
  expect(heard.at(-1)).toEqual({ kind: 'sealed', seq: 5 });
});

test('a child of a child is fed what its parent has, granted no more than that has itself, and told to stop first', async () => {
  const { log, startChild, startNode } = createCluster();
  const node = await startNode('a');
  const [above, below] = createChannelPair();
  const child = startChild(log);
  node.membership.accept(above, null);
  await child.holder.connect(below);
  const grandchild = startChild();
  const [childEnd, grandchildEnd] = createChannelPair();
  child.holder.accept(childEnd, null);
  await grandchild.holder.connect(grandchildEnd);
  expect(grandchild.holder.status().serveForMs).toBeLessThanOrEqual(child.holder.status().serveForMs);
  const { seq } = await node.commit();
  expect(grandchild.replica.appliedSeq).toBe(seq);
  expect(child.holder.status().children).toEqual([
    { id: expect.any(String), name: 'child', connected: true, ackedSeq: seq, grantForMs: expect.any(Number) },
  ]);
  await child.holder.close();
  expect(grandchild.holder.lease.isLive()).toBe(false);
});
