import { expect, test } from 'vitest';
import { NO_DEFECTS } from './defects.ts';
import { Holder, type HolderEvent } from './holder.ts';

/** A child and clocks that a test moves. */
function createHolder() {
  const holder = new Holder({ childTtlMs: 2_000, defects: NO_DEFECTS });
  const clock = { ms: 1_000 };
  const now = () => ({ monotonicMs: clock.ms, wallMs: 50_000 + clock.ms });
  return {
    clock,
    holder,
    now,
    handle: (event: HolderEvent) => holder.handle(event, now()),
    wakeAtMs: () => holder.wakeAtMs(now()),
    trouble: () => holder.trouble(now()),
    grant: (nonce: number, change: Partial<Extract<HolderEvent, { kind: 'granted' }>> = {}) =>
      holder.handle({ kind: 'granted', nonce, ttlMs: 2_000, seq: 3, storeNowMs: null, ...change }, now()),
  };
}

/** One that is connected, loaded up to change 3, and has asked for its first grant at 1,000 ms. */
function createLoaded() {
  const child = createHolder();
  child.handle({ kind: 'connected' });
  child.handle({ kind: 'loaded', seq: 3 });
  return child;
}

function createLive() {
  const child = createLoaded();
  child.handle({ kind: 'settled', seq: 3 });
  child.grant(1);
  return child;
}

test('it asks for a grant when it is connected and its table is whole, not before, and once', () => {
  const { handle, trouble, wakeAtMs } = createHolder();
  expect(trouble()).toBe('it is cut off from its parent');
  expect(handle({ kind: 'connected' })).toEqual([]);
  expect(wakeAtMs()).toBe(Number.POSITIVE_INFINITY);
  expect(trouble()).toBe('its table is being loaded');
  expect(handle({ kind: 'loaded', seq: 3 })).toEqual([{ kind: 'renew', nonce: 1, ackedSeq: 0 }]);
  expect(trouble()).toBe('its parent grants nothing');
  expect(handle({ kind: 'time' })).toEqual([]);
  expect(wakeAtMs()).toBe(3_000);
});

test('one that was loaded before it was connected asks when it is', () => {
  const { clock, handle } = createHolder();
  expect(handle({ kind: 'loaded', seq: 3 })).toEqual([]);
  clock.ms = 1_500;
  expect(handle({ kind: 'connected' })).toEqual([{ kind: 'renew', nonce: 1, ackedSeq: 0 }]);
});

test('a grant counts from the moment it was asked for, and is asked for again after a third of it', () => {
  const { clock, grant, handle, holder, now, trouble, wakeAtMs } = createLoaded();
  clock.ms = 1_400;
  expect(grant(1)).toEqual([{ kind: 'gained' }]);
  expect(holder.state.round).toBe(1);
  expect(trouble()).toBeNull();
  expect(holder.remainingMs(now())).toBe(1_400);
  expect(wakeAtMs()).toBeCloseTo(1_000 + 2_000 / 3);
  clock.ms = 1_700;
  expect(handle({ kind: 'time' })).toMatchObject([{ kind: 'renew', nonce: 2 }]);
  expect(wakeAtMs()).toBe(2_800);
  clock.ms = 2_800;
  expect(holder.mayAnswer(now())).toBe(false);
  expect(handle({ kind: 'time' })).toEqual([{ kind: 'lost', reason: 'its parent grants nothing' }]);
});

test('a short grant is not asked for again at once', () => {
  const { grant, wakeAtMs } = createLoaded();
  grant(1, { ttlMs: 30 });
  expect(wakeAtMs()).toBe(1_020);
});

test('one that stood still past the end of its grant says so', () => {
  const { clock, handle, holder, now } = createLive();
  clock.ms = 9_000;
  expect(holder.trouble(now())).toBe('it stood still past the end of its grant');
  expect(handle({ kind: 'time' })[0]).toEqual({
    kind: 'lost',
    reason: 'it stood still past the end of its grant',
  });
});

test('an unanswered renewal is sent again when it has become worthless', () => {
  const { clock, handle } = createLoaded();
  clock.ms = 2_999;
  expect(handle({ kind: 'time' })).toEqual([]);
  clock.ms = 3_000;
  expect(handle({ kind: 'time' })).toEqual([{ kind: 'renew', nonce: 2, ackedSeq: 0 }]);
});

test.each([
  ['an answer to an earlier renewal', () => createLoaded().grant(0)],
  ['one for changes that it has not', () => createLoaded().grant(1, { seq: 4 })],
  ['one that it has taken already', () => createLive().grant(1)],
  [
    'one after its connection broke',
    () => {
      const { grant, handle } = createLoaded();
      handle({ kind: 'disconnected' });
      return grant(1);
    },
  ],
  [
    'one after its table was emptied',
    () => {
      const { grant, handle } = createLoaded();
      handle({ kind: 'dropped' });
      return grant(1);
    },
  ],
  [
    'one after its parent said that it ends',
    () => {
      const { grant, handle, holder } = createLoaded();
      holder.state.children['c'] = {
        connected: true,
        synced: true,
        ackedSeq: 3,
        grantUntilMs: 9_000,
        grantedSeq: 3,
        nonce: null,
      };
      handle({ kind: 'dismissed' });
      return grant(1);
    },
  ],
])('no grant is %s', (_, effectsOfGrant) => {
  expect(effectsOfGrant()).toEqual([]);
});

test('the store’s time comes with a grant, as of when it was asked for', () => {
  const { clock, grant } = createLoaded();
  clock.ms = 1_200;
  expect(grant(1, { storeNowMs: 77 })).toEqual([
    { kind: 'sample_store_time', storeNowMs: 77, sentAt: { monotonicMs: 1_000, wallMs: 51_000 } },
    { kind: 'gained' },
  ]);
});

test('it acknowledges what has settled, once, and never more than is applied', () => {
  const { handle, holder, now } = createLive();
  expect(handle({ kind: 'applied', seq: 4 })).toEqual([]);
  expect(handle({ kind: 'settled', seq: 9 })).toEqual([{ kind: 'ack', ackedSeq: 4 }]);
  expect(handle({ kind: 'settled', seq: 2 })).toEqual([]);
  expect(holder.ackableSeq(now())).toBe(4);
});

test('over a new connection everything is said again, and nothing over none', () => {
  const { clock, handle, holder, now } = createLive();
  handle({ kind: 'disconnected' });
  expect(holder.mayAnswer(now())).toBe(true);
  handle({ kind: 'applied', seq: 4 });
  expect(handle({ kind: 'settled', seq: 4 })).toEqual([]);
  clock.ms = 9_000;
  expect(handle({ kind: 'time' })).toEqual([{ kind: 'lost', reason: 'it is cut off from its parent' }]);
  expect(handle({ kind: 'connected' })).toEqual([{ kind: 'renew', nonce: 2, ackedSeq: 4 }]);
});

test('with its table emptied it answers nothing, whatever is left of its grant', () => {
  const { handle, holder, now } = createLive();
  expect(handle({ kind: 'dropped' })).toEqual([{ kind: 'lost', reason: 'its table is being loaded' }]);
  expect(holder.mayAnswer(now())).toBe(false);
  expect(holder.state).toMatchObject({ ready: false, appliedSeq: 0, settledSeq: 0 });
});

/** A live one whose own child `c` has just been granted. */
function createParent() {
  const parent = createLive();
  parent.handle({ kind: 'child_attached', child: 'c' });
  parent.handle({ kind: 'child_synced', child: 'c' });
  const granted = parent.handle({ kind: 'child_renewed', child: 'c', nonce: 8, ackedSeq: 3 });
  return { ...parent, granted };
}

test('its own child gets no more than is left of its grant, and is waited for', () => {
  const { granted, handle, wakeAtMs } = createParent();
  expect(granted).toEqual([{ kind: 'grant', grant: { child: 'c', nonce: 8, ttlMs: 1_800, seq: 3 } }]);
  handle({ kind: 'applied', seq: 4 });
  expect(handle({ kind: 'settled', seq: 4 })).toEqual([]);
  expect(handle({ kind: 'child_acked', child: 'c', ackedSeq: 4 })).toEqual([{ kind: 'ack', ackedSeq: 4 }]);
  handle({ kind: 'disconnected' });
  expect(wakeAtMs()).toBe(2_800);
});

test('after its table was emptied its child is granted nothing before it was sent the next one', () => {
  const { grant, handle } = createParent();
  handle({ kind: 'dropped' });
  handle({ kind: 'loaded', seq: 3 });
  grant(2);
  expect(handle({ kind: 'child_renewed', child: 'c', nonce: 9, ackedSeq: 0 })).toEqual([]);
  expect(handle({ kind: 'child_synced', child: 'c' })).toMatchObject([{ kind: 'grant' }]);
});

test('told that its parent ends, it stops, tells its children, and says so when none of them can be answering', () => {
  const { clock, handle, holder, now, trouble, wakeAtMs } = createParent();
  expect(handle({ kind: 'dismissed' })).toEqual([
    { kind: 'stop_child', child: 'c' },
    { kind: 'lost', reason: 'its parent ends' },
  ]);
  expect(trouble()).toBe('its parent ends');
  expect(wakeAtMs()).toBe(2_800);
  clock.ms = 2_800;
  expect(handle({ kind: 'time' })).toEqual([{ kind: 'stopped' }]);
  expect(holder.state).toMatchObject({ phase: 'open', connected: false, dismissed: false });
  expect(holder.mayAnswer(now())).toBe(false);
  expect(handle({ kind: 'connected' })).toMatchObject([{ kind: 'renew' }]);
});

test('it stops once, and leaves when none of its children can be answering', () => {
  const { clock, handle, trouble, wakeAtMs } = createParent();
  expect(handle({ kind: 'stop' })).toEqual([
    { kind: 'stop_child', child: 'c' },
    { kind: 'lost', reason: 'stopping' },
  ]);
  expect(handle({ kind: 'stop' })).toEqual([]);
  expect(trouble()).toBe('stopping');
  clock.ms = 2_800;
  expect(handle({ kind: 'time' })).toEqual([{ kind: 'stopped' }, { kind: 'left' }]);
  expect(wakeAtMs()).toBe(Number.POSITIVE_INFINITY);
  expect(handle({ kind: 'connected' })).toEqual([]);
});
