import { expect, test } from 'vitest';
import type { LeaseRow } from '../lease-rows.ts';
import { NO_DEFECTS } from './defects.ts';
import { Member } from './member.ts';
import type { MemberEffect, MemberEvent } from './member-state.ts';

const ROUND_MS = 1_000;
const RETRY_MS = 250;
const POLL_MS = 50;
const DEADLINE_MS = 5_000;
const TTL_MS = 3_000;

/** A node and clocks that a test moves. */
function createMember(options: { readonly ownAckDelayMs?: number } = {}) {
  let ids = 0;
  const member = new Member({
    node: 'a',
    protocolVersion: 7,
    ttlMs: TTL_MS,
    roundMs: () => ROUND_MS,
    childTtlMs: 2_000,
    pollMs: POLL_MS,
    ownAckDelayMs: 0,
    retryMs: RETRY_MS,
    deadlineMs: DEADLINE_MS,
    createIncarnation: () => `a-${++ids}`,
    defects: NO_DEFECTS,
    ...options,
  });
  const clock = { ms: 1_000 };
  const now = () => ({ monotonicMs: clock.ms, wallMs: 50_000 + clock.ms });
  const handle = (event: MemberEvent) => member.handle(event, now());
  return {
    clock,
    handle,
    member,
    now,
    wakeAtMs: () => member.wakeAtMs(now()),
    answers: () => member.mayAnswer(now()),
    /** The answer that a call of the node was sent for. */
    renewed: (outcome: 'renewed' | 'fenced' | 'failed', ticket = member.state.ticket) =>
      handle({ kind: 'renewed', ticket, outcome }),
    head: (seq: number, lineage = 'one', ticket = member.state.ticket) =>
      handle({ kind: 'head', ticket, head: { seq, storeNowMs: 0, lineage } }),
    acknowledged: (seq: number, outcome: 'acknowledged' | 'fenced' | 'failed' = 'acknowledged') =>
      handle({ kind: 'acknowledged', incarnation: member.state.incarnation, seq, outcome }),
  };
}

/** One that is loaded up to change 3, settled, and holds its first lease, asked for at 1,000 ms. */
function createLive(options: { readonly ownAckDelayMs?: number } = {}) {
  const node = createMember(options);
  node.handle({ kind: 'start', lineage: 'one', seq: 3 });
  node.handle({ kind: 'settled', seq: 3 });
  node.renewed('renewed');
  node.head(3);
  node.acknowledged(3);
  return node;
}

const committed = (seq: number): MemberEvent => ({ kind: 'hint', hint: { kind: 'committed', seq } });
const COMMITTED = committed(4);
const MISSED: MemberEvent = { kind: 'hint', hint: { kind: 'missed' } };

const acknowledgedBy = (incarnation: string, seq: number): MemberEvent => ({
  kind: 'hint',
  hint: { kind: 'acknowledged', incarnation, seq },
});

const row = (ackedSeq: number, change: Partial<LeaseRow> = {}): LeaseRow => ({
  incarnation: 'b-1',
  node: 'b',
  round: 1,
  ackedSeq,
  ttlMs: TTL_MS,
  protocolVersion: 7,
  ...change,
});

const ofKind = (effects: readonly MemberEffect[], kind: MemberEffect['kind']) =>
  effects.filter((effect) => effect.kind === kind);

test('a round is the row, then the head, then the table: only then there is a lease, from when the row was sent', () => {
  const { answers, clock, handle, head, member, now, renewed, wakeAtMs } = createMember();
  expect(member.trouble()).toBe('starting');
  expect(wakeAtMs()).toBe(Number.POSITIVE_INFINITY);
  expect(handle({ kind: 'start', lineage: 'one', seq: 3 })).toEqual([
    {
      kind: 'renew',
      ticket: 2,
      row: { incarnation: 'a-1', node: 'a', round: 1, ackedSeq: 0, ttlMs: TTL_MS, protocolVersion: 7 },
    },
  ]);
  handle({ kind: 'settled', seq: 3 });
  clock.ms = 1_100;
  expect(renewed('renewed')).toEqual([
    { kind: 'read_head', ticket: 3 },
    { kind: 'acknowledge', incarnation: 'a-1', seq: 3 },
  ]);
  expect(answers()).toBe(false);
  clock.ms = 1_200;
  expect(head(4)).toEqual([{ kind: 'catch_up' }]);
  expect(answers()).toBe(false);
  clock.ms = 1_300;
  expect(handle({ kind: 'applied', seq: 4 })).toEqual([{ kind: 'gained' }]);
  expect(member.remainingMs(now())).toBe(1_000 + 0.9 * TTL_MS - 1_300);
  expect(wakeAtMs()).toBe(2_000);
  clock.ms = 2_000;
  expect(handle({ kind: 'time' })).toMatchObject([{ kind: 'renew', row: { round: 2 } }]);
});

test('a head that is in the table already needs no reading', () => {
  const { head, handle, renewed } = createMember();
  handle({ kind: 'start', lineage: 'one', seq: 3 });
  renewed('renewed');
  expect(head(3)).toEqual([{ kind: 'gained' }]);
});

test('an answer to another call than the last is none', () => {
  const { handle, head, member, renewed } = createMember();
  handle({ kind: 'start', lineage: 'one', seq: 3 });
  expect(renewed('renewed', 1)).toEqual([]);
  expect(head(3)).toEqual([]);
  renewed('renewed');
  expect(renewed('renewed')).toEqual([]);
  expect(head(3, 'one', 1)).toEqual([]);
  expect(member.state.step).toBe('reading_head');
});

test.each([
  ['renewing', 'its lease cannot be renewed'],
  ['reading_head', 'the head of the change log cannot be read'],
  ['following', 'the change log cannot be read'],
] as const)('a call that fails while %s ends the round, and the next one begins soon', (step, trouble) => {
  const { clock, handle, head, member, renewed, wakeAtMs } = createMember();
  handle({ kind: 'start', lineage: 'one', seq: 3 });
  if (step !== 'renewing') renewed('renewed');
  if (step === 'following') head(4);
  expect(member.state.step).toBe(step);
  clock.ms = 1_500;
  if (step === 'renewing') renewed('failed');
  else if (step === 'reading_head') handle({ kind: 'head', ticket: member.state.ticket, head: null });
  else handle({ kind: 'catch_up_failed' });
  expect(member.trouble()).toBe(trouble);
  expect(wakeAtMs()).toBe(1_500 + RETRY_MS);
  expect(handle({ kind: 'time' })).toEqual([]);
  clock.ms = 1_500 + RETRY_MS;
  expect(handle({ kind: 'time' })).toMatchObject([{ kind: 'renew', row: { round: 2 } }]);
});

test('a lease that ends because something takes too long says what', () => {
  for (const [step, trouble] of [
    ['idle', 'it stood still past the end of its lease'],
    ['renewing', 'the store does not answer'],
    ['reading_head', 'the store does not answer'],
    ['following', 'the change log is not read in time'],
  ] as const) {
    const { clock, handle, head, member, renewed } = createLive();
    if (step !== 'idle') {
      clock.ms = 2_000;
      handle({ kind: 'time' });
    }
    if (step === 'reading_head' || step === 'following') renewed('renewed');
    if (step === 'following') head(4);
    expect(member.state.step).toBe(step);
    clock.ms = 3_700;
    expect(ofKind(handle({ kind: 'time' }), 'lost')).toEqual([{ kind: 'lost', reason: trouble }]);
  }
});

test('a lease that is over on the wall clock is over', () => {
  const { member, now } = createLive();
  const wallMs = now().wallMs + 0.9 * TTL_MS;
  expect(member.mayAnswer({ ...now(), wallMs: wallMs - 1 })).toBe(true);
  expect(member.mayAnswer({ ...now(), wallMs })).toBe(false);
});

test('whose row was taken answers nothing, and begins anew under another name with the table it has', () => {
  const { answers, clock, handle, head, member, renewed } = createLive();
  clock.ms = 2_000;
  handle({ kind: 'time' });
  const effects = renewed('fenced');
  expect(answers()).toBe(false);
  expect(effects).toEqual([
    { kind: 'fenced' },
    { kind: 'lost', reason: 'its row was taken by a writer that had waited for it' },
    {
      kind: 'renew',
      ticket: member.state.ticket,
      row: { incarnation: 'a-2', node: 'a', round: 1, ackedSeq: 3, ttlMs: TTL_MS, protocolVersion: 7 },
    },
  ]);
  expect(member.state).toMatchObject({ timesFenced: 1, hasRow: false, ackedSeq: 0 });
  renewed('renewed');
  expect(ofKind(head(3), 'gained')).toHaveLength(1);
});

test('it learns that its row was taken from an acknowledgement too', () => {
  const { acknowledged, answers, handle, member } = createLive();
  handle({ kind: 'applied', seq: 4 });
  handle({ kind: 'settled', seq: 4 });
  expect(acknowledged(4, 'fenced')).toContainEqual({ kind: 'fenced' });
  expect(answers()).toBe(false);
  expect(member.state.incarnation).toBe('a-2');
});

test('it acknowledges what has settled, one at a time, and again soon after a failure', () => {
  const { acknowledged, clock, handle, wakeAtMs } = createLive();
  handle({ kind: 'applied', seq: 5 });
  expect(handle({ kind: 'settled', seq: 4 })).toEqual([{ kind: 'acknowledge', incarnation: 'a-1', seq: 4 }]);
  expect(handle({ kind: 'settled', seq: 9 })).toEqual([]);
  clock.ms = 1_100;
  expect(acknowledged(4)).toEqual([{ kind: 'acknowledge', incarnation: 'a-1', seq: 5 }]);
  expect(acknowledged(5, 'failed')).toEqual([]);
  expect(wakeAtMs()).toBe(1_100 + RETRY_MS);
  expect(handle({ kind: 'time' })).toEqual([]);
  clock.ms = 1_100 + RETRY_MS;
  expect(handle({ kind: 'time' })).toEqual([{ kind: 'acknowledge', incarnation: 'a-1', seq: 5 }]);
  expect(handle({ kind: 'acknowledged', incarnation: 'a-0', seq: 9, outcome: 'acknowledged' })).toEqual([]);
  expect(acknowledged(5)).toEqual([]);
  expect(handle({ kind: 'settled', seq: 2 })).toEqual([]);
});

test('a renewal acknowledges too', () => {
  const { clock, handle, member, renewed } = createLive();
  clock.ms = 2_000;
  expect(handle({ kind: 'time' })).toMatchObject([{ kind: 'renew', row: { ackedSeq: 3 } }]);
  renewed('renewed');
  expect(member.state.ackedSeq).toBe(3);
});

test.each([
  ['of another history', 9, 'two'],
  ['that lies before what was applied when it was asked for', 2, 'one'],
])(
  'a head %s: everything is loaded anew, under another name, and nothing answered meanwhile',
  (_, seq, lineage) => {
    const { answers, clock, handle, head, member, renewed } = createLive();
    clock.ms = 2_000;
    handle({ kind: 'time' });
    renewed('renewed');
    const reason = 'the store goes on from another history';
    expect(head(seq, lineage)).toEqual([
      { kind: 'reloading', reason },
      { kind: 'reload' },
      { kind: 'lost', reason },
      { kind: 'remove_row', incarnation: 'a-1' },
    ]);
    expect(answers()).toBe(false);
    expect(member.trouble()).toBe(reason);
    expect(member.state).toMatchObject({ phase: 'loading', lineage, appliedSeq: 0, settledSeq: 0 });
    expect(handle({ kind: 'row_removed', incarnation: 'a-1' })).toEqual([]);
    expect(handle({ kind: 'caught_up', seq })).toMatchObject([
      { kind: 'renew', row: { incarnation: 'a-2', round: 1 } },
    ]);
  },
);

test('a head that was passed by while it was read is no other history', () => {
  const { clock, handle, head, renewed } = createLive();
  clock.ms = 2_000;
  handle({ kind: 'time' });
  renewed('renewed');
  handle({ kind: 'applied', seq: 4 });
  expect(ofKind(head(3), 'reload')).toEqual([]);
});

test('a table that was emptied is loaded again, and asked for again while that fails', () => {
  const { clock, handle, member } = createLive();
  const reason = 'its table is not to be relied upon';
  expect(handle({ kind: 'dropped' })).toEqual([
    { kind: 'reloading', reason },
    { kind: 'catch_up' },
    { kind: 'lost', reason },
    { kind: 'remove_row', incarnation: 'a-1' },
  ]);
  clock.ms = 1_500;
  expect(handle({ kind: 'catch_up_failed' })).toEqual([]);
  expect(member.trouble()).toBe('the change log cannot be read');
  clock.ms = 1_500 + RETRY_MS;
  expect(handle({ kind: 'time' })).toEqual([{ kind: 'catch_up' }]);
  expect(member.state.step).toBe('following');
});

test('a table that was emptied before it had a row has none to give up', () => {
  const { handle } = createMember();
  expect(handle({ kind: 'dropped' })).toEqual([]);
});

test('a hint of a commit is followed at once, by who is a member', () => {
  const fresh = createMember();
  expect(fresh.handle(COMMITTED)).toEqual([]);
  const { handle } = createLive();
  expect(handle(COMMITTED)).toEqual([{ kind: 'catch_up' }]);
  expect(handle(acknowledgedBy('b-1', 4))).toEqual([]);
});

/** A live one whose write of change 4 waits, and has begun to read the rows. */
function createWriter() {
  const writer = createLive();
  writer.handle({ kind: 'applied', seq: 4 });
  writer.handle({ kind: 'settled', seq: 4 });
  writer.acknowledged(4);
  const waited = writer.handle({ kind: 'wait', waiter: 1, seq: 4 });
  return { ...writer, waited };
}

const COMPLETE = { kind: 'resolve', waiter: 1, outcome: 'complete' };

test('a write reads the rows, and is complete when all of them and itself have it', () => {
  const { clock, handle, waited, wakeAtMs } = createWriter();
  expect(waited).toEqual([{ kind: 'read_rows' }]);
  expect(wakeAtMs()).toBe(2_000);
  expect(handle({ kind: 'rows', rows: [row(3)] })).toEqual([]);
  expect(wakeAtMs()).toBe(1_000 + POLL_MS);
  clock.ms = 1_000 + POLL_MS;
  expect(handle({ kind: 'time' })).toEqual([{ kind: 'read_rows' }]);
  expect(handle({ kind: 'rows', rows: [row(4)] })).toEqual([COMPLETE]);
  expect(wakeAtMs()).toBe(2_000);
});

test('a hint of an acknowledgement has the rows read at once, and one read at a time', () => {
  const { clock, handle } = createWriter();
  clock.ms = 1_010;
  expect(handle(acknowledgedBy('b-1', 4))).toEqual([]);
  expect(handle({ kind: 'rows', rows: [row(3)] })).toEqual([{ kind: 'read_rows' }]);
  expect(handle({ kind: 'rows', rows: null })).toEqual([]);
  clock.ms = 1_020;
  expect(handle(acknowledgedBy('b-1', 4))).toEqual([{ kind: 'read_rows' }]);
});

test('rows that are known to lack a change are read when one acknowledges it, or after a while', () => {
  const { clock, handle, wakeAtMs } = createWriter();
  expect(handle({ kind: 'rows', rows: [row(4)] })).toEqual([COMPLETE]);
  clock.ms = 1_100;
  expect(handle({ kind: 'wait', waiter: 2, seq: 5 })).toEqual([]);
  expect(wakeAtMs()).toBe(1_100 + POLL_MS);
  clock.ms = 1_120;
  // One that comes later does not put the reading off.
  expect(handle({ kind: 'wait', waiter: 3, seq: 6 })).toEqual([]);
  expect(wakeAtMs()).toBe(1_100 + POLL_MS);
  clock.ms = 1_130;
  expect(handle(acknowledgedBy('b-1', 5))).toEqual([{ kind: 'read_rows' }]);
});

test('of several rows that lack a change each has to acknowledge it before they are read', () => {
  const { clock, handle } = createWriter();
  handle({ kind: 'rows', rows: [row(3), row(4, { incarnation: 'c-1' }), row(3, { incarnation: 'd-1' })] });
  clock.ms = 1_010;
  expect(handle(acknowledgedBy('b-1', 3))).toEqual([]);
  expect(handle(acknowledgedBy('b-1', 9))).toEqual([]);
  // Nothing that is told late takes back what was told.
  expect(handle(acknowledgedBy('b-1', 3))).toEqual([]);
  expect(handle(acknowledgedBy('d-1', 4))).toEqual([{ kind: 'read_rows' }]);
  expect(handle({ kind: 'rows', rows: [row(3)] })).toEqual([]);
});

test('a row that nobody knew has all of them read: another may be gone', () => {
  const { clock, handle } = createWriter();
  handle({ kind: 'rows', rows: [row(3)] });
  clock.ms = 1_010;
  expect(handle(acknowledgedBy('b-2', 3))).toEqual([{ kind: 'read_rows' }]);
  expect(handle({ kind: 'rows', rows: [row(4, { incarnation: 'b-2' })] })).toEqual([COMPLETE]);
});

test('rows that were read longer ago than a lease lasts are read again at once, and none of them is taken', () => {
  const { clock, handle } = createWriter();
  expect(handle({ kind: 'rows', rows: [row(4)] })).toEqual([COMPLETE]);
  clock.ms = 1_000 + TTL_MS + 1;
  const begun = handle({ kind: 'wait', waiter: 2, seq: 5 });
  expect(begun).toContainEqual({ kind: 'read_rows' });
  expect(begun).not.toContainEqual(expect.objectContaining({ kind: 'fence' }));
  // Nor by a second one, while they are read.
  expect(handle({ kind: 'wait', waiter: 3, seq: 6 })).toEqual([]);
});

test('of several writes the first that is done everywhere has the rows read', () => {
  const { clock, handle } = createWriter();
  handle({ kind: 'wait', waiter: 2, seq: 5 });
  handle({ kind: 'rows', rows: [row(3)] });
  clock.ms = 1_010;
  expect(handle(acknowledgedBy('b-1', 4))).toEqual([{ kind: 'read_rows' }]);
  expect(handle({ kind: 'rows', rows: [row(4)] })).toEqual([COMPLETE]);
  expect(handle(acknowledgedBy('b-1', 4))).toEqual([]);
});

test('a row’s word counts for nothing but when to look: a write is complete by what was read', () => {
  const { clock, handle } = createWriter();
  handle({ kind: 'rows', rows: [row(3)] });
  clock.ms = 1_010;
  handle(acknowledgedBy('b-1', 4));
  expect(handle({ kind: 'rows', rows: [row(3)] })).toEqual([]);
});

test('who may have missed a hint looks at log and rows', () => {
  const { clock, handle } = createWriter();
  handle({ kind: 'rows', rows: [row(3)] });
  clock.ms = 1_010;
  expect(handle(MISSED)).toEqual([{ kind: 'catch_up' }, { kind: 'read_rows' }]);
  expect(handle({ kind: 'rows', rows: [row(3)] })).toEqual([]);
  expect(createLive().handle(MISSED)).toEqual([{ kind: 'catch_up' }]);
});

const OWN_ACK_DELAY_MS = 40;
const acknowledge = (seq: number) => ({ kind: 'acknowledge', incarnation: 'a-1', seq });

/** A live one whose table comes to hold changes at 1,100 ms. */
function createDelaying(...seqs: readonly number[]) {
  const node = createLive({ ownAckDelayMs: OWN_ACK_DELAY_MS });
  node.clock.ms = 1_100;
  const apply = (seq: number) => [
    ...node.handle({ kind: 'applied', seq }),
    ...node.handle({ kind: 'settled', seq }),
  ];
  return { ...node, apply, acknowledging: seqs.flatMap(apply) };
}

test('changes that nobody else is known to have made are acknowledged together, a while after the first', () => {
  const { acknowledged, acknowledging, apply, clock, handle, wakeAtMs } = createDelaying(4);
  expect(acknowledging).toEqual([]);
  clock.ms += 10;
  expect(apply(5)).toEqual([]);
  expect(wakeAtMs()).toBe(1_100 + OWN_ACK_DELAY_MS);
  clock.ms = 1_100 + OWN_ACK_DELAY_MS;
  expect(handle({ kind: 'time' })).toEqual([acknowledge(5)]);
  expect(acknowledged(5)).toEqual([]);
  expect(apply(6)).toEqual([]);
  expect(wakeAtMs()).toBe(1_100 + 2 * OWN_ACK_DELAY_MS);
});

test('what somebody else committed is acknowledged at once, whether that is heard before it is applied or after', () => {
  const after = createDelaying(4);
  expect(after.handle(COMMITTED)).toEqual([{ kind: 'catch_up' }, acknowledge(4)]);
  const before = createDelaying();
  expect(before.handle(COMMITTED)).toEqual([{ kind: 'catch_up' }]);
  expect(before.apply(4)).toEqual([acknowledge(4)]);
  expect(before.acknowledged(4)).toEqual([]);
  expect(before.apply(5)).toEqual([]);
});

test('its own changes go along with what somebody else committed after them', () => {
  const { acknowledged, apply, handle } = createDelaying(4);
  expect(handle(committed(6))).toEqual([{ kind: 'catch_up' }]);
  expect(handle(committed(7))).toEqual([{ kind: 'catch_up' }]);
  expect(apply(5)).toEqual([]);
  expect(apply(6)).toEqual([acknowledge(6)]);
  expect(acknowledged(6)).toEqual([]);
  expect(apply(7)).toEqual([acknowledge(7)]);
});

test('an acknowledgement on its way when somebody else commits is followed by another at once', () => {
  const { acknowledged, apply, clock, handle } = createDelaying(3, 4);
  clock.ms += OWN_ACK_DELAY_MS;
  handle({ kind: 'time' });
  handle(committed(5));
  expect(apply(5)).toEqual([]);
  expect(acknowledged(4)).toEqual([acknowledge(5)]);
});

test('one that writes all the time acknowledges its own changes no more often than that', () => {
  const { acknowledged, apply, clock, handle } = createDelaying(4);
  clock.ms += OWN_ACK_DELAY_MS;
  expect(handle({ kind: 'time' })).toEqual([acknowledge(4)]);
  expect(apply(5)).toEqual([]);
  expect(acknowledged(4)).toEqual([]);
  clock.ms += OWN_ACK_DELAY_MS - 1;
  expect(apply(6)).toEqual([]);
  clock.ms += 1;
  expect(handle({ kind: 'time' })).toEqual([acknowledge(6)]);
});

test.each([
  ['a hint that does not say what was committed', committed(0)],
  ['a hint that may have been missed', MISSED],
])('after %s what is new is taken for another’s', (_, hint) => {
  const { apply, handle } = createDelaying();
  handle(hint);
  expect(apply(4)).toEqual([acknowledge(4)]);
});

test('what a round finds committed and not applied is taken for another’s', () => {
  const { apply, clock, handle, head, renewed } = createDelaying();
  clock.ms += ROUND_MS;
  handle({ kind: 'time' });
  renewed('renewed');
  expect(head(4)).toEqual([{ kind: 'catch_up' }]);
  expect(apply(4)).toEqual([acknowledge(4)]);
});

test('a table of another history knows nothing of what was committed in the last one', () => {
  const { apply, handle, member, renewed, head } = createDelaying();
  handle(committed(9));
  handle({ kind: 'dropped' });
  handle({ kind: 'row_removed', incarnation: 'a-1' });
  handle({ kind: 'applied', seq: 2 });
  handle({ kind: 'settled', seq: 2 });
  handle({ kind: 'caught_up', seq: 2 });
  renewed('renewed');
  head(2);
  expect(member.state).toMatchObject({ phase: 'member', ackedSeq: 2 });
  expect(apply(3)).toEqual([]);
});

test('an acknowledgement that failed is repeated no sooner because somebody else commits', () => {
  const { acknowledged, clock, handle, wakeAtMs } = createDelaying(4);
  clock.ms += OWN_ACK_DELAY_MS;
  handle({ kind: 'time' });
  acknowledged(4, 'failed');
  expect(handle(COMMITTED)).toEqual([{ kind: 'catch_up' }]);
  expect(wakeAtMs()).toBe(clock.ms + RETRY_MS);
});

test('what a row acknowledged before anybody waited is seen at once by who then waits', () => {
  const { clock, handle } = createWriter();
  handle({ kind: 'rows', rows: [row(4)] });
  clock.ms = 1_100;
  expect(handle(acknowledgedBy('b-1', 5))).toEqual([]);
  clock.ms = 1_110;
  expect(handle({ kind: 'wait', waiter: 2, seq: 5 })).toEqual([{ kind: 'read_rows' }]);
});

test('rows that are known to have a change are read at once, to see that none has come', () => {
  const { handle } = createWriter();
  handle({ kind: 'rows', rows: [row(4)] });
  expect(handle({ kind: 'wait', waiter: 2, seq: 4 })).toEqual([{ kind: 'read_rows' }]);
});

test('a write waits for its own node and whoever answers under it as well', () => {
  const { acknowledged, handle } = createLive();
  handle({ kind: 'child_attached', child: 'c' });
  handle({ kind: 'child_synced', child: 'c' });
  expect(handle({ kind: 'child_renewed', child: 'c', nonce: 1, ackedSeq: 3 })).toEqual([
    { kind: 'grant', grant: { child: 'c', nonce: 1, ttlMs: 2_000, seq: 3 } },
  ]);
  handle({ kind: 'applied', seq: 4 });
  handle({ kind: 'wait', waiter: 1, seq: 4 });
  expect(handle({ kind: 'rows', rows: [] })).toEqual([]);
  expect(handle({ kind: 'settled', seq: 4 })).toEqual([]);
  expect(handle({ kind: 'child_acked', child: 'c', ackedSeq: 4 })).toEqual([
    { kind: 'acknowledge', incarnation: 'a-1', seq: 4 },
    COMPLETE,
  ]);
  expect(acknowledged(4)).toEqual([]);
});

test('a write is pending at its deadline', () => {
  const { clock, handle, wakeAtMs } = createLive();
  handle({ kind: 'wait', waiter: 1, seq: 9 });
  handle({ kind: 'rows', rows: [] });
  clock.ms = 1_000 + DEADLINE_MS - 1;
  expect(ofKind(handle({ kind: 'time' }), 'resolve')).toEqual([]);
  expect(wakeAtMs()).toBe(1_000 + DEADLINE_MS);
  clock.ms = 1_000 + DEADLINE_MS;
  expect(ofKind(handle({ kind: 'time' }), 'resolve')).toEqual([
    { kind: 'resolve', waiter: 1, outcome: 'pending' },
  ]);
});

test('a row that is not renewed for as long as its lease can last is taken, once, and holds up nothing more', () => {
  const { clock, handle, member } = createWriter();
  handle({ kind: 'rows', rows: [row(3)] });
  clock.ms = 1_000 + TTL_MS;
  const fence = { kind: 'fence', incarnation: 'b-1', round: 1, node: 'b' };
  expect(ofKind(handle({ kind: 'time' }), 'fence')).toEqual([fence]);
  expect(ofKind(handle({ kind: 'time' }), 'fence')).toEqual([]);
  expect(handle({ kind: 'row_fenced', incarnation: 'b-1', deleted: false })).toEqual([]);
  expect(member.state.rowsFenced).toBe(0);
  expect(handle({ kind: 'row_fenced', incarnation: 'b-1', deleted: true })).toContainEqual(COMPLETE);
  expect(member.state.rowsFenced).toBe(1);
});

test('it stops at once, gives up its row, and has left when that is done; who still waits is told', () => {
  const { answers, handle, member, wakeAtMs } = createLive();
  handle({ kind: 'wait', waiter: 1, seq: 9 });
  expect(handle({ kind: 'stop' })).toEqual([
    { kind: 'lost', reason: 'stopping' },
    { kind: 'remove_row', incarnation: 'a-1' },
  ]);
  expect(answers()).toBe(false);
  expect(handle({ kind: 'time' })).toEqual([]);
  expect(handle({ kind: 'row_removed', incarnation: 'a-1' })).toEqual([
    { kind: 'resolve', waiter: 1, outcome: 'pending' },
    { kind: 'left' },
  ]);
  expect(wakeAtMs()).toBe(Number.POSITIVE_INFINITY);
  expect(handle(COMMITTED)).toEqual([]);
  expect(member.state.phase).toBe('left');
});

test('it keeps its row while a child may be answering under it', () => {
  const { clock, handle } = createLive();
  handle({ kind: 'child_attached', child: 'c' });
  handle({ kind: 'child_synced', child: 'c' });
  handle({ kind: 'child_renewed', child: 'c', nonce: 1, ackedSeq: 3 });
  expect(handle({ kind: 'stop' })).toEqual([
    { kind: 'stop_child', child: 'c' },
    { kind: 'lost', reason: 'stopping' },
  ]);
  clock.ms = 2_999;
  expect(handle({ kind: 'time' })).toEqual([]);
  clock.ms = 3_000;
  expect(handle({ kind: 'time' })).toEqual([{ kind: 'remove_row', incarnation: 'a-1' }]);
});

test('it follows the log while it waits for its children, which can go no further than it', () => {
  const { handle } = createLive();
  handle({ kind: 'child_attached', child: 'c' });
  handle({ kind: 'child_synced', child: 'c' });
  handle({ kind: 'child_renewed', child: 'c', nonce: 1, ackedSeq: 3 });
  handle({ kind: 'stop' });
  expect(handle(COMMITTED)).toEqual([{ kind: 'catch_up' }]);
});

test('it does not give up a row while a renewal of it may still arrive', () => {
  const { clock, handle, renewed } = createLive();
  clock.ms = 2_000;
  handle({ kind: 'time' });
  expect(ofKind(handle({ kind: 'stop' }), 'remove_row')).toEqual([]);
  expect(renewed('renewed')).toEqual([{ kind: 'remove_row', incarnation: 'a-1' }]);
});

test('one that stops while it reads the head begins no round more', () => {
  const { clock, handle, head, renewed } = createLive();
  clock.ms = 2_000;
  handle({ kind: 'time' });
  renewed('renewed');
  handle({ kind: 'stop' });
  expect(head(9)).toEqual([]);
  clock.ms = 9_000;
  expect(handle({ kind: 'time' })).toEqual([]);
});

test('one that never began leaves at once', () => {
  const { handle } = createMember();
  expect(handle({ kind: 'stop' })).toEqual([{ kind: 'left' }]);
});
