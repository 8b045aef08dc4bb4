import {
  ackableSeq,
  type ChildEffect,
  type ChildEvent,
  type Children,
  giveGrants,
  handleChildEvent,
  hasLiveGrants,
  nextGrantEndMs,
  stopChildren,
  unsyncChildren,
} from './children.ts';
import type { Defects } from './defects.ts';
import { type Moment, remainingMs, type Window } from './window.ts';

export interface OwnerConfig {
  /** How long it answers from a table that may be behind its store: as a node does that is cut off. */
  readonly lapseMs: number;
  readonly childTtlMs: number;
  readonly deadlineMs: number;
  readonly defects: Defects;
}

/** The one process that writes to a store of its own, as plain data. */
export interface OwnerState {
  phase: 'open' | 'leaving' | 'left';
  /** Null while the table is known to be at the head of the log. */
  lapse: Window | null;
  /** No barrier completes before: grants of an earlier process may be out. */
  heldUntilMs: number;
  appliedSeq: number;
  settledSeq: number;
  children: Children;
  waiters: { readonly id: number; readonly seq: number; readonly deadlineMs: number }[];
}

export type OwnerEvent =
  | { readonly kind: 'time' | 'stop' | 'lapse' | 'renew' }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'applied' | 'settled'; readonly seq: number }
  | { readonly kind: 'wait'; readonly waiter: number; readonly seq: number }
  | ChildEvent;

export type OwnerEffect =
  | { readonly kind: 'resolve'; readonly waiter: number; readonly outcome: 'complete' | 'pending' }
  | ChildEffect
  | { readonly kind: 'left' };

/** @param heldUntilMs 0, or the longest grant from now on when an earlier process ended without waiting for its own. */
export function createOwnerState(heldUntilMs: number): OwnerState {
  return {
    phase: 'open',
    lapse: null,
    heldUntilMs,
    appliedSeq: 0,
    settledSeq: 0,
    children: {},
    waiters: [],
  };
}

/**
 * The sole owner of a store and its children. No other process can write, so it needs no lease of its own; a change holds
 * once it and every child that may be answering have applied it and ended what it denies.
 */
export class Owner {
  readonly state: OwnerState;
  readonly #config: OwnerConfig;
  #effects: OwnerEffect[] = [];

  constructor(config: OwnerConfig, state: OwnerState) {
    this.#config = config;
    this.state = state;
  }

  /** Whether nothing limits it, so that no clock need be read. */
  get unlimited(): boolean {
    return this.state.phase === 'open' && this.state.lapse === null;
  }

  mayAnswer(now: Moment): boolean {
    return this.remainingMs(now) > 0;
  }

  /** Infinity while nothing limits it. */
  remainingMs(now: Moment): number {
    const { phase, lapse } = this.state;
    if (phase !== 'open') return 0;
    return lapse === null ? Number.POSITIVE_INFINITY : remainingMs(lapse, now, this.#config.defects);
  }

  ackableSeq({ monotonicMs }: Moment): number {
    const { children, settledSeq } = this.state;
    return ackableSeq(children, settledSeq, monotonicMs, this.#config.defects);
  }

  handle(event: OwnerEvent, now: Moment): OwnerEffect[] {
    this.#effects = [];
    if (this.state.phase !== 'left') {
      this.#take(event, now);
      this.#grant(now);
      this.#resolve(now);
      this.#leave(now);
    }
    return this.#effects;
  }

  /** When `time` is to be handled next, on the monotonic clock; Infinity: not before another event. */
  wakeAtMs({ monotonicMs }: Moment): number {
    const { phase, children, heldUntilMs, waiters } = this.state;
    if (phase === 'left') return Number.POSITIVE_INFINITY;
    let wakeAtMs = nextGrantEndMs(children, monotonicMs);
    if (waiters.length > 0 && monotonicMs < heldUntilMs) wakeAtMs = Math.min(wakeAtMs, heldUntilMs);
    for (const { deadlineMs } of waiters) wakeAtMs = Math.min(wakeAtMs, deadlineMs);
    return wakeAtMs;
  }

  #take(event: OwnerEvent, now: Moment): void {
    const { state } = this;
    switch (event.kind) {
      case 'time':
        break;
      case 'stop':
        if (state.phase !== 'open') break;
        state.phase = 'leaving';
        this.#effects.push(...stopChildren(state.children));
        break;
      case 'lapse':
        state.lapse ??= {
          untilMs: now.monotonicMs + this.#config.lapseMs,
          wallUntilMs: now.wallMs + this.#config.lapseMs,
        };
        break;
      case 'renew':
        state.lapse = null;
        break;
      case 'dropped':
        Object.assign(state, { appliedSeq: 0, settledSeq: 0 });
        unsyncChildren(state.children);
        break;
      case 'applied':
        state.appliedSeq = event.seq;
        break;
      case 'settled':
        state.settledSeq = Math.max(state.settledSeq, Math.min(event.seq, state.appliedSeq));
        break;
      case 'wait': {
        const deadlineMs = now.monotonicMs + this.#config.deadlineMs;
        state.waiters.push({ id: event.waiter, seq: event.seq, deadlineMs });
        break;
      }
      default:
        handleChildEvent(state.children, event);
    }
  }

  #grant(now: Moment): void {
    const { childTtlMs: maxTtlMs, defects } = this.#config;
    const from = { nowMs: now.monotonicMs, remainingMs: this.remainingMs(now), maxTtlMs };
    this.#effects.push(...giveGrants(this.state, from, defects));
  }

  #resolve(now: Moment): void {
    const { state } = this;
    if (state.waiters.length === 0) return;
    const held = now.monotonicMs < state.heldUntilMs;
    const reachedSeq = this.ackableSeq(now);
    state.waiters = state.waiters.filter(({ id, seq, deadlineMs }) => {
      const complete = !held && reachedSeq >= seq;
      if (!complete && now.monotonicMs < deadlineMs) return true;
      this.#effects.push({ kind: 'resolve', waiter: id, outcome: complete ? 'complete' : 'pending' });
      return false;
    });
  }

  #leave({ monotonicMs }: Moment): void {
    const { state } = this;
    if (state.phase !== 'leaving' || hasLiveGrants(state.children, monotonicMs)) return;
    state.phase = 'left';
    for (const { id } of state.waiters)
      this.#effects.push({ kind: 'resolve', waiter: id, outcome: 'pending' });
    this.#effects.push({ kind: 'left' });
  }
}
