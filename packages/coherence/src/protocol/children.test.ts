import { expect, test } from 'vitest';
import {
  ackableSeq,
  type Child,
  type Children,
  giveGrants,
  handleChildEvent,
  hasLiveGrants,
  nextGrantEndMs,
  stopChildren,
  unsyncChildren,
} from './children.ts';
import { NO_DEFECTS } from './defects.ts';

const NEW: Child = {
  connected: true,
  synced: false,
  ackedSeq: 0,
  grantUntilMs: 0,
  grantedSeq: 0,
  nonce: null,
};

/** Children `a` and `b` with what a test says of them. */
function createChildren(a: Partial<Child>, b: Partial<Child> = {}): Children {
  return { a: { ...NEW, ...a }, b: { ...NEW, ...b } };
}

const FROM = { nowMs: 1_000, remainingMs: 5_000, maxTtlMs: 2_000 };

function give(child: Partial<Child>, from: Partial<typeof FROM> = {}) {
  const children: Children = { a: { ...NEW, ...child } };
  const effects = giveGrants({ children, appliedSeq: 7 }, { ...FROM, ...from }, NO_DEFECTS);
  return { effects, child: children['a'] };
}

test('a child that attaches has nothing; one that comes back keeps what may still be in force', () => {
  const children: Children = {};
  handleChildEvent(children, { kind: 'child_attached', child: 'a' });
  expect(children).toEqual({ a: NEW });
  const before = { grantUntilMs: 900, grantedSeq: 4 };
  const known = createChildren({
    ...before,
    ackedSeq: 4,
    synced: true,
    nonce: 3,
    connected: false,
  });
  handleChildEvent(known, { kind: 'child_attached', child: 'a' });
  expect(known['a']).toEqual({ ...NEW, ...before });
});

test('a child that is cut off stays, with its grant; one that stopped is gone', () => {
  const children = createChildren({ synced: true, nonce: 2, grantUntilMs: 900 });
  handleChildEvent(children, { kind: 'child_detached', child: 'a' });
  expect(children['a']).toEqual({ ...NEW, connected: false, grantUntilMs: 900 });
  handleChildEvent(children, { kind: 'child_stopped', child: 'a' });
  expect(children).toEqual({ b: NEW });
});

test('what a child says is taken in, and never lowers what it has acknowledged', () => {
  const children = createChildren({});
  handleChildEvent(children, { kind: 'child_synced', child: 'a' });
  handleChildEvent(children, { kind: 'child_renewed', child: 'a', nonce: 5, ackedSeq: 3 });
  expect(children['a']).toEqual({ ...NEW, synced: true, nonce: 5, ackedSeq: 3 });
  handleChildEvent(children, { kind: 'child_acked', child: 'a', ackedSeq: 2 });
  handleChildEvent(children, { kind: 'child_renewed', child: 'a', nonce: 6, ackedSeq: 1 });
  expect(children['a']).toMatchObject({ nonce: 6, ackedSeq: 3 });
  handleChildEvent(children, { kind: 'child_acked', child: 'a', ackedSeq: 4 });
  expect(children['a']).toMatchObject({ nonce: 6, ackedSeq: 4 });
});

test('what a child says that nobody knows changes nothing', () => {
  const children = createChildren({});
  for (const kind of ['child_synced', 'child_detached', 'child_stopped'] as const) {
    handleChildEvent(children, { kind, child: 'x' });
  }
  handleChildEvent(children, { kind: 'child_acked', child: 'x', ackedSeq: 1 });
  expect(children).toEqual(createChildren({}));
});

test('acknowledged is what everyone who may be answering has: a grant counts to its very end', () => {
  const children = createChildren({ ackedSeq: 3, grantUntilMs: 1_001 }, { ackedSeq: 1, grantUntilMs: 1_000 });
  expect(ackableSeq(children, 9, 1_000, NO_DEFECTS)).toBe(3);
  expect(ackableSeq(children, 2, 1_000, NO_DEFECTS)).toBe(2);
  expect(ackableSeq(children, 9, 999, NO_DEFECTS)).toBe(1);
  expect(ackableSeq(children, 9, 1_001, NO_DEFECTS)).toBe(9);
});

test('a child that asks is granted, once, for what is applied, and no longer than its parent may answer itself', () => {
  const asked = { synced: true, nonce: 4, ackedSeq: 7, grantUntilMs: 1_100 };
  expect(give(asked)).toEqual({
    effects: [{ kind: 'grant', grant: { child: 'a', nonce: 4, ttlMs: 2_000, seq: 7 } }],
    child: { ...NEW, ...asked, nonce: null, grantedSeq: 7, grantUntilMs: 3_000 },
  });
  expect(give(asked, { remainingMs: 300 })).toMatchObject({
    effects: [{ grant: { ttlMs: 300 } }],
    child: { grantUntilMs: 1_300 },
  });
  expect(give({ ...asked, grantUntilMs: 9_000 }).child?.grantUntilMs).toBe(9_000);
});

test('granted to is nobody who has not asked, was not sent everything, or is behind what it was granted for last', () => {
  const asked = { synced: true, nonce: 4, ackedSeq: 5, grantedSeq: 5 };
  expect(give(asked).effects).toHaveLength(1);
  expect(give({ ...asked, nonce: null }).effects).toEqual([]);
  expect(give({ ...asked, synced: false }).effects).toEqual([]);
  expect(give({ ...asked, ackedSeq: 4 }).effects).toEqual([]);
  expect(give(asked, { remainingMs: 0 }).effects).toEqual([]);
});

test('who went away is forgotten when their grant has run out, and not before', () => {
  expect(give({ connected: false, grantUntilMs: 1_001 }).child).toBeDefined();
  expect(give({ connected: false, grantUntilMs: 1_000 }).child).toBeUndefined();
  expect(give({ connected: true, grantUntilMs: 0 }).child).toBeDefined();
});

test('grants end where they end', () => {
  const children = createChildren({ grantUntilMs: 1_500 }, { grantUntilMs: 1_200 });
  expect(hasLiveGrants(children, 1_499)).toBe(true);
  expect(hasLiveGrants(children, 1_500)).toBe(false);
  expect(nextGrantEndMs(children, 1_000)).toBe(1_200);
  expect(nextGrantEndMs(children, 1_200)).toBe(1_500);
  expect(nextGrantEndMs(children, 1_500)).toBe(Number.POSITIVE_INFINITY);
});

test('all are told to stop, and none is granted to after the table was emptied', () => {
  const children = createChildren({ synced: true }, { synced: true });
  expect(stopChildren(children)).toEqual([
    { kind: 'stop_child', child: 'a' },
    { kind: 'stop_child', child: 'b' },
  ]);
  unsyncChildren(children);
  expect(children).toEqual(createChildren({}));
});

test('what a child acknowledged of a table that is gone counts no more, and it is granted to for the next one', () => {
  const children = createChildren({
    synced: true,
    ackedSeq: 7,
    grantedSeq: 7,
    grantUntilMs: 9_000,
    nonce: 1,
  });
  delete children['b'];
  unsyncChildren(children);
  expect(ackableSeq(children, 7, 1_000, NO_DEFECTS)).toBe(0);
  handleChildEvent(children, { kind: 'child_synced', child: 'a' });
  expect(giveGrants({ children, appliedSeq: 6 }, FROM, NO_DEFECTS)).toEqual([]);
  handleChildEvent(children, { kind: 'child_renewed', child: 'a', nonce: 3, ackedSeq: 6 });
  expect(ackableSeq(children, 7, 1_000, NO_DEFECTS)).toBe(6);
  expect(giveGrants({ children, appliedSeq: 6 }, FROM, NO_DEFECTS)).toMatchObject([{ grant: { nonce: 3 } }]);
});
