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
import { CLOSED, type Moment, openWindow, remainingMs, type Window } from './window.ts';

export interface HolderConfig {
  /** The longest grant: after that long an unanswered renewal is worthless and is sent again. Also what it gives to its own children. */
  readonly childTtlMs: number;
  readonly defects: Defects;
}

/** A process that answers under grants of another, as plain data. */
export interface HolderState {
  phase: 'open' | 'leaving' | 'left';
  connected: boolean;
  /** The parent ends and waits to hear that nobody answers under it any more. */
  dismissed: boolean;
  /** The table is whole. */
  ready: boolean;
  nonce: number;
  /** When the renewal with this nonce was sent; null: none is on its way. */
  sentAt: Moment | null;
  renewAtMs: number;
  window: Window;
  /** Whether it was live when it last looked. Told, never asked. */
  live: boolean;
  round: number;
  appliedSeq: number;
  settledSeq: number;
  /** What the parent was told over this connection. */
  ackedSeq: number;
  children: Children;
}

export type HolderEvent =
  | { readonly kind: 'time' | 'stop' | 'connected' | 'disconnected' | 'dropped' }
  /** The parent ends; another one may take its place. */
  | { readonly kind: 'dismissed' }
  | { readonly kind: 'loaded' | 'applied' | 'settled'; readonly seq: number }
  | {
      readonly kind: 'granted';
      readonly nonce: number;
      readonly ttlMs: number;
      readonly seq: number;
      readonly storeNowMs: number | null;
    }
  | ChildEvent;

export type HolderEffect =
  | { readonly kind: 'renew'; readonly nonce: number; readonly ackedSeq: number }
  | { readonly kind: 'ack'; readonly ackedSeq: number }
  | ChildEffect
  /** `stopped`: nobody answers under this parent any more. */
  | { readonly kind: 'gained' | 'stopped' | 'left' }
  | { readonly kind: 'lost'; readonly reason: string }
  /** The store's clock stood at `storeNowMs` at most when the grant was given, after `sentAt`. */
  | { readonly kind: 'sample_store_time'; readonly storeNowMs: number; readonly sentAt: Moment };

export function createHolderState(): HolderState {
  return {
    phase: 'open',
    connected: false,
    dismissed: false,
    ready: false,
    nonce: 0,
    sentAt: null,
    renewAtMs: 0,
    window: CLOSED,
    live: false,
    round: 0,
    appliedSeq: 0,
    settledSeq: 0,
    ackedSeq: 0,
    children: {},
  };
}

/** A child: asks its parent for grants, acknowledges, and may be a parent itself. */
export class Holder {
  readonly state: HolderState;
  readonly #config: HolderConfig;
  #effects: HolderEffect[] = [];

  constructor(config: HolderConfig, state: HolderState = createHolderState()) {
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

  ackableSeq({ monotonicMs }: Moment): number {
    const { children, settledSeq } = this.state;
    return ackableSeq(children, settledSeq, monotonicMs, this.#config.defects);
  }

  /** Why it does not answer; null while it does. */
  trouble(now: Moment): string | null {
    const { state } = this;
    if (this.mayAnswer(now)) return null;
    if (state.phase !== 'open') return 'stopping';
    if (state.dismissed) return 'its parent ends';
    if (!state.connected) return 'it is cut off from its parent';
    if (!state.ready) return 'its table is being loaded';
    return state.sentAt === null ? 'it stood still past the end of its grant' : 'its parent grants nothing';
  }

  handle(event: HolderEvent, now: Moment): HolderEffect[] {
    this.#effects = [];
    if (this.state.phase !== 'left') {
      this.#take(event, now);
      this.#noticeLiveness(now);
      this.#renew(now);
      this.#acknowledge(now);
      this.#grant(now);
      this.#leave(now);
    }
    return this.#effects;
  }

  /** When `time` is to be handled next, on the monotonic clock; Infinity: not before another event. */
  wakeAtMs({ monotonicMs }: Moment): number {
    const { state } = this;
    if (state.phase === 'left') return Number.POSITIVE_INFINITY;
    let wakeAtMs = nextGrantEndMs(state.children, monotonicMs);
    if (state.live) wakeAtMs = Math.min(wakeAtMs, state.window.untilMs);
    if (this.#mayAsk()) wakeAtMs = Math.min(wakeAtMs, this.#askAtMs());
    return wakeAtMs;
  }

  #take(event: HolderEvent, now: Moment): void {
    const { state } = this;
    switch (event.kind) {
      case 'time':
        break;
      case 'connected':
        Object.assign(state, { connected: true, dismissed: false, sentAt: null, ackedSeq: 0 });
        state.renewAtMs = now.monotonicMs;
        break;
      case 'disconnected':
        Object.assign(state, { connected: false, dismissed: false, sentAt: null });
        break;
      case 'dismissed':
        state.dismissed = true;
        this.#stopAnswering();
        break;
      case 'stop':
        if (state.phase !== 'open') break;
        state.phase = 'leaving';
        this.#stopAnswering();
        break;
      case 'dropped':
        Object.assign(state, { ready: false, appliedSeq: 0, settledSeq: 0, sentAt: null, window: CLOSED });
        unsyncChildren(state.children);
        break;
      case 'loaded':
        state.ready = true;
        state.appliedSeq = event.seq;
        state.renewAtMs = now.monotonicMs;
        break;
      case 'applied':
        state.appliedSeq = event.seq;
        break;
      case 'settled':
        state.settledSeq = Math.max(state.settledSeq, Math.min(event.seq, state.appliedSeq));
        break;
      case 'granted':
        this.#granted(event, now);
        break;
      default:
        handleChildEvent(state.children, event);
    }
  }

  #granted(grant: Extract<HolderEvent, { kind: 'granted' }>, now: Moment): void {
    const { state } = this;
    const unasked = this.#config.defects.has('grant_without_nonce');
    const sentAt = unasked ? now : state.sentAt;
    if (state.phase !== 'open' || state.dismissed || !state.ready || sentAt === null) return;
    if (state.appliedSeq < grant.seq || (!unasked && grant.nonce !== state.nonce)) return;
    state.window = openWindow(sentAt, grant.ttlMs);
    state.round++;
    state.sentAt = null;
    state.renewAtMs = sentAt.monotonicMs + Math.max(grant.ttlMs / 3, MIN_ROUND_MS);
    const { storeNowMs } = grant;
    if (storeNowMs !== null) this.#effects.push({ kind: 'sample_store_time', storeNowMs, sentAt });
  }

  #noticeLiveness(now: Moment): void {
    const { state } = this;
    const live = this.remainingMs(now) > 0;
    if (live === state.live) return;
    state.live = live;
    if (live) this.#effects.push({ kind: 'gained' });
    else this.#effects.push({ kind: 'lost', reason: this.trouble(now) ?? 'it is over' });
  }

  #mayAsk(): boolean {
    const { phase, connected, dismissed, ready } = this.state;
    return phase === 'open' && connected && !dismissed && ready;
  }

  #askAtMs(): number {
    const { sentAt, renewAtMs } = this.state;
    return sentAt === null ? renewAtMs : sentAt.monotonicMs + this.#config.childTtlMs;
  }

  #renew(now: Moment): void {
    const { state } = this;
    if (!this.#mayAsk() || now.monotonicMs < this.#askAtMs()) return;
    state.sentAt = now;
    state.nonce++;
    state.ackedSeq = this.ackableSeq(now);
    this.#effects.push({ kind: 'renew', nonce: state.nonce, ackedSeq: state.ackedSeq });
  }

  #acknowledge(now: Moment): void {
    const { state } = this;
    const ackedSeq = this.ackableSeq(now);
    if (!state.connected || state.phase === 'left' || ackedSeq <= state.ackedSeq) return;
    state.ackedSeq = ackedSeq;
    this.#effects.push({ kind: 'ack', ackedSeq });
  }

  #grant(now: Moment): void {
    const { childTtlMs: maxTtlMs, defects } = this.#config;
    const from = { nowMs: now.monotonicMs, remainingMs: this.remainingMs(now), maxTtlMs };
    this.#effects.push(...giveGrants(this.state, from, defects));
  }

  #stopAnswering(): void {
    const { state } = this;
    state.window = CLOSED;
    this.#effects.push(...stopChildren(state.children));
  }

  #leave({ monotonicMs }: Moment): void {
    const { state } = this;
    const leaves = state.phase === 'leaving';
    if (!(leaves || state.dismissed) || hasLiveGrants(state.children, monotonicMs)) return;
    Object.assign(state, { connected: false, dismissed: false, sentAt: null });
    this.#effects.push({ kind: 'stopped' });
    if (!leaves) return;
    state.phase = 'left';
    this.#effects.push({ kind: 'left' });
  }
}

/** A parent near its own end grants little; asking more often than this would bring no more. */
const MIN_ROUND_MS = 20;
