import type { Head, Hint } from '../lease-rows.ts';
import {
  ackableSeq,
  giveGrants,
  handleChildEvent,
  hasLiveGrants,
  nextGrantEndMs,
  stopChildren,
  unsyncChildren,
} from './children.ts';
import {
  createMemberState,
  type MemberConfig,
  type MemberEffect,
  type MemberEvent,
  type MemberState,
} from './member-state.ts';
import {
  beginRead,
  findFenceable,
  forgetOldRows,
  forgetRow,
  missHints,
  nextFenceAtMs,
  observeRows,
  readIfWorthWhile,
  tellOfRow,
} from './row-watch.ts';
import { CLOSED, type Moment, openWindow, remainingMs } from './window.ts';

/** One node of a cluster: rounds, acks, its children, and the writes that wait. `handle` is all it does, at once. */
export class Member {
  readonly state: MemberState;
  readonly #config: MemberConfig;
  #effects: MemberEffect[] = [];

  constructor(config: MemberConfig, state: MemberState = createMemberState()) {
    this.#config = config;
    this.state = state;
  }

  /** Reads the clocks it is given, since a flag set by a timer is stale after a pause. */
  mayAnswer(now: Moment): boolean {
    const { defects } = this.#config;
    if (defects.has('lease_lost_by_timer')) return this.state.live;
    return this.remainingMs(now) > 0;
  }

  remainingMs(now: Moment): number {
    return remainingMs(this.state.window, now, this.#config.defects);
  }

  /** Why it does not answer. */
  trouble(): string {
    return this.state.trouble ?? LATE[this.state.step];
  }

  /** Up to where this node and everyone who may be answering under it are. */
  ackableSeq({ monotonicMs }: Moment): number {
    const { state } = this;
    const { defects } = this.#config;
    const settledSeq = defects.has('ack_before_apply') ? state.headSeq : state.settledSeq;
    return ackableSeq(state.children, settledSeq, monotonicMs, defects);
  }

  handle(event: MemberEvent, now: Moment): MemberEffect[] {
    this.#effects = [];
    if (this.state.phase !== 'left') {
      this.#take(event, now);
      this.#proceed(now);
    }
    return this.#effects;
  }

  /** When `time` is to be handled next, on the monotonic clock; Infinity: not before another event. */
  wakeAtMs(now: Moment): number {
    const { state } = this;
    if (state.phase === 'left') return Number.POSITIVE_INFINITY;
    let wakeAtMs = nextGrantEndMs(state.children, now.monotonicMs);
    if (state.live) wakeAtMs = Math.min(wakeAtMs, state.window.untilMs);
    if (state.step === 'idle' && (state.phase === 'member' || state.phase === 'loading')) {
      wakeAtMs = Math.min(wakeAtMs, state.nextRoundAtMs);
    }
    if (this.#wantsToAcknowledge(now)) wakeAtMs = Math.min(wakeAtMs, this.#acknowledgeAtMs(now));
    const { watch } = state;
    for (const { deadlineMs, rowsDone } of watch.waiters) {
      wakeAtMs = Math.min(wakeAtMs, deadlineMs, rowsDone || watch.reading ? deadlineMs : watch.readAtMs);
    }
    return Math.min(wakeAtMs, nextFenceAtMs(watch));
  }

  #take(event: MemberEvent, now: Moment): void {
    const { state } = this;
    switch (event.kind) {
      case 'time':
        break;
      case 'start':
        state.lineage = event.lineage;
        this.#applied(event.seq, now);
        this.#join(now);
        break;
      case 'stop':
        state.phase = 'leaving';
        state.window = CLOSED;
        state.trouble = 'stopping';
        this.#retireRow();
        this.#effects.push(...stopChildren(state.children));
        break;
      case 'renewed':
        if (state.step === 'renewing' && event.ticket === state.ticket) this.#renewed(event.outcome, now);
        break;
      case 'head':
        if (state.step === 'reading_head' && event.ticket === state.ticket) this.#head(event.head, now);
        break;
      case 'acknowledged':
        if (event.incarnation === state.incarnation) this.#acknowledged(event.seq, event.outcome, now);
        break;
      case 'dropped':
        this.#dropped('its table is not to be relied upon', 'catch_up');
        break;
      case 'applied':
        this.#applied(event.seq, now);
        break;
      case 'caught_up':
        this.#applied(event.seq, now);
        if (state.phase === 'loading') this.#join(now);
        break;
      case 'settled':
        state.settledSeq = Math.max(state.settledSeq, Math.min(event.seq, state.appliedSeq));
        break;
      case 'catch_up_failed':
        if (state.step === 'following') this.#fail('the change log cannot be read', now);
        break;
      case 'hint':
        this.#hint(event.hint, now);
        break;
      case 'wait':
        this.#wait(event.waiter, event.seq, now);
        break;
      case 'rows':
        state.watch.reading = false;
        if (event.rows !== null) observeRows(state.watch, event.rows, state.incarnation, now.monotonicMs);
        break;
      case 'row_fenced':
        if (!event.deleted) break;
        state.rowsFenced++;
        forgetRow(state.watch, event.incarnation);
        break;
      case 'row_removed':
        state.removing = false;
        state.retired = state.retired.filter((incarnation) => incarnation !== event.incarnation);
        break;
      default:
        handleChildEvent(state.children, event);
    }
  }

  /** What follows from where things stand, whatever the event was. */
  #proceed(now: Moment): void {
    this.#noticeLiveness(now);
    this.#startRound(now);
    this.#grant(now);
    this.#acknowledge(now);
    this.#watchRows(now);
    this.#leave(now);
  }

  #noticeLiveness(now: Moment): void {
    const { state } = this;
    const live = this.remainingMs(now) > 0;
    if (live === state.live) return;
    state.live = live;
    if (live) this.#effects.push({ kind: 'gained' });
    else this.#effects.push({ kind: 'lost', reason: this.trouble() });
  }

  #startRound(now: Moment): void {
    const { state } = this;
    if (state.step !== 'idle' || now.monotonicMs < state.nextRoundAtMs) return;
    if (state.phase === 'loading') {
      state.step = 'following';
      this.#effects.push({ kind: 'catch_up' });
    } else if (state.phase === 'member') {
      state.round++;
      state.sentAt = now;
      if (this.#config.defects.has('renewal_in_one_transaction')) this.#readHead();
      else this.#renew(now);
    }
  }

  #renew(now: Moment): void {
    const { state } = this;
    const { node, ttlMs, protocolVersion, defects } = this.#config;
    state.step = 'renewing';
    state.ticket++;
    state.roundAckedSeq = defects.has('round_writes_applied') ? state.settledSeq : this.ackableSeq(now);
    const { incarnation, round, roundAckedSeq: ackedSeq } = state;
    const row = { incarnation, node, round, ackedSeq, ttlMs, protocolVersion };
    this.#effects.push({ kind: 'renew', ticket: state.ticket, row });
  }

  #readHead(): void {
    const { state } = this;
    state.step = 'reading_head';
    state.appliedAtReadSeq = state.appliedSeq;
    state.ticket++;
    this.#effects.push({ kind: 'read_head', ticket: state.ticket });
  }

  #renewed(outcome: 'renewed' | 'fenced' | 'failed', now: Moment): void {
    const { state } = this;
    if (state.phase !== 'member') {
      state.step = 'idle';
      return;
    }
    if (outcome === 'fenced') {
      this.#becomeNew(now);
      return;
    }
    if (outcome === 'failed') {
      this.#fail('its lease cannot be renewed', now);
      return;
    }
    state.hasRow = true;
    this.#rowHolds(state.roundAckedSeq);
    if (this.#config.defects.has('renewal_in_one_transaction')) this.#follow(now);
    else this.#readHead();
  }

  #head(head: Head | null, now: Moment): void {
    const { state } = this;
    if (head === null) {
      this.#fail('the head of the change log cannot be read', now);
      return;
    }
    if (state.phase !== 'member') {
      state.step = 'idle';
      return;
    }
    if (head.lineage !== state.lineage || head.seq < state.appliedAtReadSeq) {
      // Read before the snapshot is, so that the table is of this history or of one that the next round tells apart.
      state.lineage = head.lineage;
      this.#dropped('the store goes on from another history', 'reload');
      return;
    }
    if (head.seq > state.appliedSeq) this.#othersCommitted(head.seq);
    state.roundHeadSeq = head.seq;
    state.headSeq = Math.max(state.headSeq, head.seq);
    if (this.#config.defects.has('renewal_in_one_transaction')) this.#renew(now);
    else this.#follow(now);
  }

  #follow(now: Moment): void {
    const { state } = this;
    state.step = 'following';
    if (state.appliedSeq < state.roundHeadSeq) this.#effects.push({ kind: 'catch_up' });
    else this.#followed(now);
  }

  /** The third step: the table holds everything that was committed before this round's row was. */
  #followed({ monotonicMs, wallMs }: Moment): void {
    const { state } = this;
    const { defects, roundMs, ttlMs } = this.#config;
    if (state.appliedSeq < state.roundHeadSeq) return;
    state.step = 'idle';
    const from = defects.has('lease_from_answer') ? { monotonicMs, wallMs } : state.sentAt;
    state.window = openWindow(from, ttlMs);
    state.nextRoundAtMs = state.sentAt.monotonicMs + roundMs();
    state.trouble = null;
  }

  #fail(trouble: string, now: Moment): void {
    const { state } = this;
    state.step = 'idle';
    state.trouble = trouble;
    state.nextRoundAtMs = now.monotonicMs + this.#config.retryMs;
  }

  #applied(seq: number, now: Moment): void {
    const { state } = this;
    if (state.appliedSeq <= state.ackedSeq) state.ownAckAtMs = now.monotonicMs + this.#config.ownAckDelayMs;
    state.appliedSeq = seq;
    state.headSeq = Math.max(state.headSeq, seq);
    if (state.phase === 'member' && state.step === 'following') this.#followed(now);
  }

  #join(now: Moment): void {
    this.state.phase = 'member';
    this.#becomeIncarnation(now);
  }

  /** Its row was taken, so its lease and every grant under it are over. The table stays: the next round catches it up. */
  #becomeNew(now: Moment): void {
    const { state } = this;
    state.window = CLOSED;
    state.trouble = 'its row was taken by a writer that had waited for it';
    state.timesFenced++;
    this.#becomeIncarnation(now);
    this.#effects.push({ kind: 'fenced' });
  }

  #becomeIncarnation({ monotonicMs }: Moment): void {
    const { state } = this;
    Object.assign(state, { round: 0, step: 'idle', hasRow: false, ackedSeq: 0, ackingSeq: null, ackAtMs: 0 });
    state.incarnation = this.#config.createIncarnation();
    state.ticket++;
    state.nextRoundAtMs = monotonicMs;
  }

  /** The table is not to be relied on: answers nothing until it is loaded, then goes on as a new incarnation. */
  #dropped(reason: string, remedy: 'catch_up' | 'reload'): void {
    const { state } = this;
    Object.assign(state, { appliedSeq: 0, settledSeq: 0, awaitedSeq: 0, othersSeq: 0 });
    unsyncChildren(state.children);
    if (state.phase !== 'member' && state.phase !== 'loading') return;
    state.phase = 'loading';
    state.step = 'following';
    state.ticket++;
    state.window = CLOSED;
    state.trouble = reason;
    this.#retireRow();
    this.#effects.push({ kind: 'reloading', reason }, { kind: remedy });
  }

  #retireRow(): void {
    const { state } = this;
    if (state.round > 0) state.retired.push(state.incarnation);
    state.round = 0;
  }

  #acknowledged(seq: number, outcome: 'acknowledged' | 'fenced' | 'failed', now: Moment): void {
    const { state } = this;
    state.ackingSeq = null;
    if (outcome === 'acknowledged') this.#rowHolds(seq);
    else if (outcome === 'failed') state.ackAtMs = now.monotonicMs + this.#config.retryMs;
    else if (state.phase === 'member') this.#becomeNew(now);
  }

  #rowHolds(seq: number): void {
    const { state } = this;
    state.ackedSeq = Math.max(state.ackedSeq, seq);
    if (state.awaitedSeq <= state.ackedSeq)
      state.awaitedSeq = state.othersSeq > state.ackedSeq ? state.othersSeq : 0;
  }

  #wantsToAcknowledge(now: Moment): boolean {
    const { state } = this;
    return state.hasRow && state.ackingSeq === null && this.ackableSeq(now) > state.ackedSeq;
  }

  #othersCommitted(seq: number): void {
    const { state } = this;
    if (seq <= state.ackedSeq) return;
    state.awaitedSeq = state.awaitedSeq === 0 ? seq : Math.min(state.awaitedSeq, seq);
    state.othersSeq = Math.max(state.othersSeq, seq);
  }

  /** Another's write waits for this row; with its own, this process has no hurry. */
  #acknowledgeAtMs(now: Moment): number {
    const { ackAtMs, awaitedSeq, ownAckAtMs } = this.state;
    const isAwaited = awaitedSeq > 0 && this.ackableSeq(now) >= awaitedSeq;
    return isAwaited ? ackAtMs : Math.max(ackAtMs, ownAckAtMs);
  }

  #acknowledge(now: Moment): void {
    const { state } = this;
    if (!this.#wantsToAcknowledge(now) || now.monotonicMs < this.#acknowledgeAtMs(now)) return;
    state.ackingSeq = this.ackableSeq(now);
    state.ownAckAtMs = now.monotonicMs + this.#config.ownAckDelayMs;
    this.#effects.push({ kind: 'acknowledge', incarnation: state.incarnation, seq: state.ackingSeq });
  }

  #grant(now: Moment): void {
    const { childTtlMs: maxTtlMs, defects } = this.#config;
    const from = { nowMs: now.monotonicMs, remainingMs: this.remainingMs(now), maxTtlMs };
    this.#effects.push(...giveGrants(this.state, from, defects));
  }

  #hint(hint: Hint, { monotonicMs }: Moment): void {
    const { state } = this;
    if (hint.kind === 'acknowledged') {
      tellOfRow(state.watch, hint.incarnation, hint.seq, monotonicMs);
      return;
    }
    if (hint.kind === 'missed') missHints(state.watch, monotonicMs);
    // Where it is not said what was committed, whatever is new is another's.
    const seq = hint.kind === 'committed' ? hint.seq : 0;
    this.#othersCommitted(seq === 0 ? state.appliedSeq + 1 : seq);
    if (state.phase === 'member' || state.phase === 'leaving') this.#effects.push({ kind: 'catch_up' });
  }

  #wait(id: number, seq: number, { monotonicMs }: Moment): void {
    const { watch } = this.state;
    const deadlineMs = monotonicMs + this.#config.deadlineMs;
    const afterRead = this.#config.defects.has('stale_rows') ? 0 : watch.begun;
    const waits = watch.waiters.some(({ rowsDone }) => !rowsDone);
    watch.waiters.push({ id, seq, deadlineMs, afterRead, rowsDone: false });
    // Of a row that is known to lack it a read tells nothing before its node has acknowledged, which a hint says.
    if (!waits) {
      watch.readAtMs = monotonicMs + this.#config.pollMs;
      forgetOldRows(watch, monotonicMs - this.#config.ttlMs);
    }
    readIfWorthWhile(watch, monotonicMs);
  }

  #watchRows(now: Moment): void {
    const { watch } = this.state;
    const ackable = watch.waiters.length === 0 ? 0 : this.ackableSeq(now);
    watch.waiters = watch.waiters.filter(({ id, seq, rowsDone, deadlineMs }) => {
      const complete = rowsDone && ackable >= seq;
      if (!complete && now.monotonicMs < deadlineMs) return true;
      this.#effects.push({ kind: 'resolve', waiter: id, outcome: complete ? 'complete' : 'pending' });
      return false;
    });
    if (
      !watch.reading &&
      watch.readAtMs <= now.monotonicMs &&
      watch.waiters.some(({ rowsDone }) => !rowsDone)
    ) {
      beginRead(watch, now.monotonicMs + this.#config.pollMs);
      this.#effects.push({ kind: 'read_rows' });
    }
    for (const [incarnation, row] of findFenceable(watch, now.monotonicMs)) {
      row.fencing = true;
      this.#effects.push({ kind: 'fence', incarnation, round: row.round, node: row.node });
    }
  }

  /** Gives up rows of its own, once no child answers under them any more. */
  #leave({ monotonicMs }: Moment): void {
    const { state } = this;
    const awaited = hasLiveGrants(state.children, monotonicMs);
    if (awaited && !this.#config.defects.has('leaves_before_children')) return;
    // A first renewal on its way could make the row after it was removed.
    if (state.step === 'renewing') return;
    const [incarnation] = state.retired;
    if (incarnation !== undefined) {
      if (state.removing) return;
      state.removing = true;
      if (incarnation === state.incarnation) state.hasRow = false;
      this.#effects.push({ kind: 'remove_row', incarnation });
    } else if (state.phase === 'leaving') {
      state.phase = 'left';
      for (const { id } of state.watch.waiters) {
        this.#effects.push({ kind: 'resolve', waiter: id, outcome: 'pending' });
      }
      this.#effects.push({ kind: 'left' });
    }
  }
}

/** Why a lease ran out without anything having failed. */
const LATE = {
  idle: 'it stood still past the end of its lease',
  renewing: 'the store does not answer',
  reading_head: 'the store does not answer',
  following: 'the change log is not read in time',
} as const;
