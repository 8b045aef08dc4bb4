import { expect, test } from 'vitest';
import { NO_DEFECTS } from './defects.ts';
import { createOwnerState, Owner, type OwnerEvent } from './owner.ts';

/** An owner and a clock that a test moves. */
function createOwner(heldUntilMs = 0) {
  const owner = new Owner(
    { lapseMs: 2_700, childTtlMs: 2_000, deadlineMs: 5_000, defects: NO_DEFECTS },
    createOwnerState(heldUntilMs),
  );
  const clock = { ms: 1_000 };
  const now = () => ({ monotonicMs: clock.ms, wallMs: 50_000 + clock.ms });
  return {
    clock,
    now,
    owner,
    handle: (event: OwnerEvent) => owner.handle(event, now()),
    wakeAtMs: () => owner.wakeAtMs(now()),
  };
}

test('nothing limits it while its table is at the head of its log; then it answers for one lapse', () => {
  const { clock, handle, now, owner } = createOwner();
  expect(owner.unlimited).toBe(true);
  expect(owner.remainingMs(now())).toBe(Number.POSITIVE_INFINITY);
  handle({ kind: 'lapse' });
  expect(owner.unlimited).toBe(false);
  expect(owner.remainingMs(now())).toBe(2_700);
  expect(owner.remainingMs({ ...now(), wallMs: now().wallMs + 700 })).toBe(2_000);
  clock.ms += 2_699;
  handle({ kind: 'lapse' });
  expect(owner.mayAnswer(now())).toBe(true);
  clock.ms += 1;
  expect(owner.mayAnswer(now())).toBe(false);
  handle({ kind: 'renew' });
  expect(owner.unlimited).toBe(true);
});

test('a write is complete when it is applied and what it ended has ended, and pending at its deadline', () => {
  const { clock, handle, wakeAtMs } = createOwner();
  expect(handle({ kind: 'wait', waiter: 1, seq: 2 })).toEqual([]);
  expect(wakeAtMs()).toBe(6_000);
  handle({ kind: 'applied', seq: 2 });
  expect(handle({ kind: 'settled', seq: 1 })).toEqual([]);
  expect(handle({ kind: 'settled', seq: 2 })).toEqual([{ kind: 'resolve', waiter: 1, outcome: 'complete' }]);
  expect(wakeAtMs()).toBe(Number.POSITIVE_INFINITY);
  handle({ kind: 'wait', waiter: 2, seq: 3 });
  clock.ms += 4_999;
  expect(handle({ kind: 'time' })).toEqual([]);
  clock.ms += 1;
  expect(handle({ kind: 'time' })).toEqual([{ kind: 'resolve', waiter: 2, outcome: 'pending' }]);
});

test('what has settled is never more than what is applied, and never goes back', () => {
  const { handle, now, owner } = createOwner();
  handle({ kind: 'applied', seq: 4 });
  handle({ kind: 'settled', seq: 9 });
  expect(owner.ackableSeq(now())).toBe(4);
  handle({ kind: 'settled', seq: 2 });
  expect(owner.ackableSeq(now())).toBe(4);
  handle({ kind: 'dropped' });
  expect(owner.state).toMatchObject({ appliedSeq: 0, settledSeq: 0 });
});

test('while grants of an earlier process may be out nothing is complete, and it wakes when they are over', () => {
  const { clock, handle, wakeAtMs } = createOwner(3_000);
  handle({ kind: 'applied', seq: 1 });
  handle({ kind: 'settled', seq: 1 });
  expect(wakeAtMs()).toBe(Number.POSITIVE_INFINITY);
  expect(handle({ kind: 'wait', waiter: 1, seq: 1 })).toEqual([]);
  expect(wakeAtMs()).toBe(3_000);
  clock.ms = 2_999;
  expect(handle({ kind: 'time' })).toEqual([]);
  clock.ms = 3_000;
  expect(wakeAtMs()).toBe(6_000);
  expect(handle({ kind: 'time' })).toEqual([{ kind: 'resolve', waiter: 1, outcome: 'complete' }]);
});

/** An owner at change 1 whose child `a` has just been granted. */
function createParent() {
  const parent = createOwner();
  const { handle } = parent;
  handle({ kind: 'applied', seq: 1 });
  handle({ kind: 'settled', seq: 1 });
  handle({ kind: 'child_attached', child: 'a' });
  handle({ kind: 'child_synced', child: 'a' });
  const granted = handle({ kind: 'child_renewed', child: 'a', nonce: 1, ackedSeq: 1 });
  return { ...parent, granted };
}

test('a write waits for a child up to the end of its grant', () => {
  const { clock, granted, handle, wakeAtMs } = createParent();
  expect(granted).toEqual([{ kind: 'grant', grant: { child: 'a', nonce: 1, ttlMs: 2_000, seq: 1 } }]);
  handle({ kind: 'applied', seq: 2 });
  handle({ kind: 'settled', seq: 2 });
  expect(handle({ kind: 'wait', waiter: 1, seq: 2 })).toEqual([]);
  expect(wakeAtMs()).toBe(3_000);
  expect(handle({ kind: 'child_acked', child: 'a', ackedSeq: 2 })).toEqual([
    { kind: 'resolve', waiter: 1, outcome: 'complete' },
  ]);
  handle({ kind: 'applied', seq: 3 });
  handle({ kind: 'settled', seq: 3 });
  handle({ kind: 'wait', waiter: 2, seq: 3 });
  clock.ms = 3_000;
  expect(handle({ kind: 'time' })).toEqual([{ kind: 'resolve', waiter: 2, outcome: 'complete' }]);
});

test('after its table was emptied, no child is granted to before it was sent the next one', () => {
  const { handle } = createParent();
  handle({ kind: 'dropped' });
  handle({ kind: 'applied', seq: 1 });
  expect(handle({ kind: 'child_renewed', child: 'a', nonce: 2, ackedSeq: 0 })).toEqual([]);
  expect(handle({ kind: 'child_synced', child: 'a' })).toMatchObject([{ kind: 'grant' }]);
});

test('it stops at once, tells its children, and ends when none of them can be answering', () => {
  const { clock, handle, now, owner, wakeAtMs } = createParent();
  expect(handle({ kind: 'stop' })).toEqual([{ kind: 'stop_child', child: 'a' }]);
  expect(owner.unlimited).toBe(false);
  expect(owner.mayAnswer(now())).toBe(false);
  expect(handle({ kind: 'stop' })).toEqual([]);
  expect(handle({ kind: 'child_renewed', child: 'a', nonce: 2, ackedSeq: 1 })).toEqual([]);
  expect(handle({ kind: 'wait', waiter: 1, seq: 9 })).toEqual([]);
  clock.ms = 2_999;
  expect(handle({ kind: 'time' })).toEqual([]);
  clock.ms = 3_000;
  expect(handle({ kind: 'time' })).toEqual([
    { kind: 'resolve', waiter: 1, outcome: 'pending' },
    { kind: 'left' },
  ]);
  expect(wakeAtMs()).toBe(Number.POSITIVE_INFINITY);
  expect(handle({ kind: 'wait', waiter: 2, seq: 1 })).toEqual([]);
});
