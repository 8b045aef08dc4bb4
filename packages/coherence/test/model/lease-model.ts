import type { LeaseRow } from '../../src/lease-rows.ts';
import type { ChildEvent } from '../../src/protocol/children.ts';
import { DEFECTS, type Defects } from '../../src/protocol/defects.ts';
import { createHolderState, Holder, type HolderEvent, type HolderState } from '../../src/protocol/holder.ts';
import { Member } from '../../src/protocol/member.ts';
import {
  createMemberState,
  type MemberEffect,
  type MemberEvent,
  type MemberState,
} from '../../src/protocol/member-state.ts';
import type { Moment } from '../../src/protocol/window.ts';
import type { SimulationDefect } from '../simulation/world.ts';
import type { Model } from './search.ts';

/** Time goes on by this much at once: a lease lasts three steps, of which two can be used, a grant two. */
const STEP_MS = 10;
const TTL_MS = 3 * STEP_MS;
const CHILD_TTL_MS = 2 * STEP_MS;
/** So that no clock ever reads 0. */
const START_MS = 100;

/** The waiter whose answer means that the revocation has returned. */
const REVOCATION = 1;

export interface Bounds {
  /** Whether the node has its lease, and the child its grant, when it begins. */
  readonly begun: boolean;
  /** Whether the node has a child, and how long everything lasts. */
  readonly child: boolean;
  readonly steps: number;
  /** Calls on the store that fail, each carried out late or never; how long the node's host sleeps; breaks of the link; starts anew. */
  readonly losses: number;
  readonly sleeps: number;
  readonly breaks: number;
  readonly restarts: number;
  /** Whether a call can be answered later than it is carried out. */
  readonly lateAnswers: boolean;
  /** Whether the node writes something of its own, too. */
  readonly ownWrite: boolean;
  /** Whether the writer has written something before that it still waits for. */
  readonly earlierWrite: boolean;
  /** Whether a request can go on after it was accepted. */
  readonly stream: boolean;
  /** Whether the node can be shut down in order. */
  readonly shutdown: boolean;
}

type CallEffect = Extract<
  MemberEffect,
  { kind: 'renew' | 'read_head' | 'catch_up' | 'acknowledge' | 'read_rows' | 'fence' | 'remove_row' }
>;

interface Call {
  readonly effect: CallEffect;
  /** Null: not carried out yet. */
  answer: MemberEvent | null;
  /** It counts as failed, and may be carried out yet. */
  late: boolean;
}

interface NodeState {
  member: MemberState;
  calls: Call[];
  /** What its table says of the one key. */
  refuses: boolean;
  /** A request with the key was accepted and goes on. */
  streams: boolean;
  sleptMs: number;
}

type Down =
  | { readonly kind: 'loaded' | 'changes'; readonly seq: number; readonly refuses: boolean }
  | { readonly kind: 'grant'; readonly nonce: number; readonly ttlMs: number; readonly seq: number }
  | { readonly kind: 'stop' };

type Up =
  | { readonly kind: 'attach' }
  | { readonly kind: 'renew'; readonly nonce: number; readonly ackedSeq: number }
  | { readonly kind: 'ack'; readonly ackedSeq: number }
  | { readonly kind: 'stopped' };

interface ChildState {
  holder: HolderState;
  refuses: boolean;
  up: Up[];
  down: Down[];
  /** Gets each change as the node applies it. */
  live: boolean;
}

export interface LeaseState {
  nowMs: number;
  log: ('revoke' | 'other')[];
  rows: LeaseRow[];
  node: NodeState | null;
  /** It writes the revocation, and answers nobody: a node without a row. */
  writer: NodeState;
  child: ChildState | null;
  /** The revocation has returned. */
  done: boolean;
  wrote: boolean;
  left: { losses: number; sleeps: number; breaks: number; restarts: number };
  incarnations: number;
}

/**
 * A node with a lease, perhaps with a child, and a writer that revokes the one key there is. Between two steps of time
 * anything may happen in any order, or not at all: messages wait, processes stand still, calls fail.
 */
export function createLeaseModel(bounds: Bounds, defect: SimulationDefect | null = null): Model<LeaseState> {
  const known = DEFECTS.find((name) => name === defect);
  const defects: Defects = new Set(known === undefined ? [] : [known]);

  function toMember(state: LeaseState, { member }: NodeState): Member {
    return new Member(
      {
        node: 'node',
        protocolVersion: 1,
        ttlMs: TTL_MS,
        roundMs: () => STEP_MS,
        childTtlMs: CHILD_TTL_MS,
        pollMs: STEP_MS,
        ownAckDelayMs: 0,
        retryMs: STEP_MS,
        deadlineMs: 1_000_000,
        createIncarnation: () => {
          if (defect === 'restart_reuses_row' && state.incarnations > 0) return 'node-1';
          return `node-${++state.incarnations}`;
        },
        defects,
      },
      member,
    );
  }

  const toHolder = ({ holder }: ChildState) => new Holder({ childTtlMs: CHILD_TTL_MS, defects }, holder);

  function toMoment(state: LeaseState, sleptMs: number): Moment {
    return { monotonicMs: state.nowMs - sleptMs, wallMs: state.nowMs };
  }

  function tell(state: LeaseState, node: NodeState, event: MemberEvent): void {
    const effects = toMember(state, node).handle(event, toMoment(state, node.sleptMs));
    for (const effect of effects) {
      switch (effect.kind) {
        case 'renew':
        case 'read_head':
        case 'catch_up':
        case 'acknowledge':
        case 'read_rows':
        case 'fence':
        case 'remove_row':
          node.calls.push({ effect, answer: null, late: false });
          break;
        case 'grant': {
          const { nonce, ttlMs, seq } = effect.grant;
          state.child?.down.push({ kind: 'grant', nonce, ttlMs, seq });
          break;
        }
        case 'stop_child':
          state.child?.down.push({ kind: 'stop' });
          break;
        case 'resolve':
          if (node === state.writer && effect.waiter === REVOCATION) state.done = true;
          break;
        default:
          break;
      }
    }
  }

  function tellChild(state: LeaseState, child: ChildState, event: HolderEvent): void {
    for (const effect of toHolder(child).handle(event, toMoment(state, 0))) {
      if (effect.kind === 'renew' || effect.kind === 'ack') child.up.push(effect);
      else if (effect.kind === 'stopped') child.up.push({ kind: 'stopped' });
    }
  }

  /** One transaction of the store. */
  function carryOut(state: LeaseState, effect: CallEffect): MemberEvent {
    const { rows } = state;
    switch (effect.kind) {
      case 'renew': {
        const { row, ticket } = effect;
        const i = rows.findIndex(({ incarnation }) => incarnation === row.incarnation);
        const known = rows[i];
        if (known === undefined && row.round > 1) return { kind: 'renewed', ticket, outcome: 'fenced' };
        if (known === undefined) rows.push(row);
        else if (defect === 'restart_reuses_row') rows[i] = { ...row, round: known.round + 1 };
        else {
          const round = Math.max(known.round, row.round);
          rows[i] = { ...row, round, ackedSeq: Math.max(known.ackedSeq, row.ackedSeq) };
        }
        return { kind: 'renewed', ticket, outcome: 'renewed' };
      }
      case 'read_head': {
        const head = { seq: state.log.length, storeNowMs: 0, lineage: '' };
        return { kind: 'head', ticket: effect.ticket, head };
      }
      case 'catch_up':
        return { kind: 'caught_up', seq: state.log.length };
      case 'acknowledge': {
        const { incarnation, seq } = effect;
        const i = rows.findIndex((row) => row.incarnation === incarnation);
        const row = rows[i];
        if (row === undefined) return { kind: 'acknowledged', incarnation, seq, outcome: 'fenced' };
        rows[i] = { ...row, ackedSeq: Math.max(row.ackedSeq, seq) };
        return { kind: 'acknowledged', incarnation, seq, outcome: 'acknowledged' };
      }
      case 'read_rows':
        return { kind: 'rows', rows: [...rows] };
      case 'fence': {
        const { incarnation, round } = effect;
        const deleted = rows.some((row) => row.incarnation === incarnation && row.round === round);
        if (deleted) state.rows = rows.filter((row) => row.incarnation !== incarnation);
        return { kind: 'row_fenced', incarnation, deleted };
      }
      case 'remove_row':
        state.rows = rows.filter((row) => row.incarnation !== effect.incarnation);
        return { kind: 'row_removed', incarnation: effect.incarnation };
      default:
        effect satisfies never;
        throw new TypeError('That is no call of the store.');
    }
  }

  function toFailure(effect: CallEffect): MemberEvent | null {
    switch (effect.kind) {
      case 'renew':
        return { kind: 'renewed', ticket: effect.ticket, outcome: 'failed' };
      case 'read_head':
        return { kind: 'head', ticket: effect.ticket, head: null };
      case 'acknowledge':
        return { ...effect, kind: 'acknowledged', outcome: 'failed' };
      default:
        return null;
    }
  }

  function answer(state: LeaseState, node: NodeState, event: MemberEvent): void {
    if (event.kind === 'caught_up') apply(state, node, event.seq);
    tell(state, node, event);
  }

  function apply(state: LeaseState, node: NodeState, seq: number): void {
    if (seq <= node.member.appliedSeq) return;
    node.refuses = state.log.slice(0, seq).includes('revoke');
    relay(state, node, seq);
    tell(state, node, { kind: 'applied', seq });
    tell(state, node, { kind: 'settled', seq });
  }

  function relay(state: LeaseState, node: NodeState, seq: number): void {
    if (node !== state.node || state.child?.live !== true) return;
    state.child.down.push({ kind: 'changes', seq, refuses: node.refuses });
  }

  function write(state: LeaseState, what: 'revoke' | 'other', waiter: number): void {
    state.log.push(what);
    const { writer } = state;
    const seq = state.log.length;
    Object.assign(writer.member, { headSeq: seq, appliedSeq: seq, settledSeq: seq });
    tell(state, writer, { kind: 'wait', waiter, seq });
  }

  function attach(state: LeaseState, child: ChildState): void {
    child.up.push({ kind: 'attach' });
    tellChild(state, child, { kind: 'connected' });
  }

  function takeUp(state: LeaseState, node: NodeState, child: ChildState, message: Up): void {
    const event = (kind: 'child_attached' | 'child_synced' | 'child_stopped'): ChildEvent => ({
      kind,
      child: 'child',
    });
    switch (message.kind) {
      case 'attach':
        tell(state, node, event('child_attached'));
        child.live = true;
        child.down.push({ kind: 'loaded', seq: node.member.appliedSeq, refuses: node.refuses });
        tell(state, node, event('child_synced'));
        break;
      case 'renew':
        tell(state, node, { ...message, kind: 'child_renewed', child: 'child' });
        break;
      case 'ack':
        tell(state, node, { kind: 'child_acked', child: 'child', ackedSeq: message.ackedSeq });
        break;
      default:
        tell(state, node, event('child_stopped'));
    }
  }

  function takeDown(state: LeaseState, child: ChildState, message: Down): void {
    switch (message.kind) {
      case 'loaded':
      case 'changes':
        child.refuses = message.refuses;
        tellChild(state, child, { kind: message.kind === 'loaded' ? 'loaded' : 'applied', seq: message.seq });
        tellChild(state, child, { kind: 'settled', seq: message.seq });
        break;
      case 'grant':
        tellChild(state, child, { ...message, kind: 'granted', storeNowMs: null });
        break;
      default:
        tellChild(state, child, { kind: 'dismissed' });
    }
  }

  function startNode(state: LeaseState): void {
    const seq = state.log.length;
    const node: NodeState = {
      member: createMemberState(),
      calls: [],
      refuses: state.log.includes('revoke'),
      streams: false,
      sleptMs: 0,
    };
    state.node = node;
    tell(state, node, { kind: 'start', lineage: '', seq });
    tell(state, node, { kind: 'settled', seq });
  }

  function createInitial(): LeaseState {
    const state: LeaseState = {
      nowMs: START_MS,
      log: [],
      rows: [],
      node: null,
      writer: { member: createMemberState(), calls: [], refuses: false, streams: false, sleptMs: 0 },
      child: bounds.child
        ? { holder: createHolderState(), refuses: false, up: [], down: [], live: false }
        : null,
      done: false,
      wrote: false,
      left: {
        losses: bounds.losses,
        sleeps: bounds.sleeps,
        breaks: bounds.breaks,
        restarts: bounds.restarts,
      },
      incarnations: 0,
    };
    startNode(state);
    if (state.child !== null) attach(state, state.child);
    if (bounds.begun) while (carryOn(state));
    return state;
  }

  /** Has something that waits happen. @returns whether anything did. */
  function carryOn(state: LeaseState): boolean {
    const { child, node } = state;
    const call = node?.calls.shift();
    const up = child?.up.shift();
    const down = child?.down.shift();
    if (node !== null && call !== undefined) answer(state, node, carryOut(state, call.effect));
    if (node !== null && child !== null && up !== undefined) takeUp(state, node, child, up);
    if (child !== null && down !== undefined) takeDown(state, child, down);
    return call !== undefined || up !== undefined || down !== undefined;
  }

  function mayAnswer(state: LeaseState, node: NodeState): boolean {
    return toMember(state, node).mayAnswer(toMoment(state, node.sleptMs));
  }

  /** Bytes of a stream pass though there is no lease. */
  const outlives = ({ streams }: NodeState) => streams && defect === 'streams_outlive_lease';

  return {
    initial: createInitial(),
    violation(state) {
      if (!state.done) return null;
      const { node, child } = state;
      if (node !== null && !node.refuses && (mayAnswer(state, node) || outlives(node))) {
        return 'the node accepts a key whose revocation has returned';
      }
      if (child !== null && !child.refuses && toHolder(child).mayAnswer(toMoment(state, 0))) {
        return 'the child accepts a key whose revocation has returned';
      }
      return null;
    },
    steps(state, visit) {
      const text = JSON.stringify(state);
      const take = (step: string, change: (next: LeaseState) => void) => {
        const next = JSON.parse(text) as LeaseState;
        change(next);
        visit(step, next);
      };
      if (state.nowMs < START_MS + bounds.steps * STEP_MS) {
        take('time goes on', (next) => {
          next.nowMs += STEP_MS;
        });
        if (state.left.sleeps > 0 && state.node !== null) {
          take('the node’s host sleeps', (next) => {
            next.nowMs += STEP_MS;
            next.left.sleeps--;
            if (next.node !== null) next.node.sleptMs += STEP_MS;
          });
        }
      }
      for (const name of ['node', 'writer'] as const) {
        const process = state[name];
        if (process === null) continue;
        const now = toMoment(state, process.sleptMs);
        if (toMember(state, process).wakeAtMs(now) <= now.monotonicMs) {
          take(`the ${name} wakes`, (next) => {
            const woken = next[name];
            if (woken !== null) tell(next, woken, { kind: 'time' });
          });
        }
        for (const [i, call] of process.calls.entries()) stepCall(state, name, i, call, take);
      }
      if (!state.log.includes('revoke')) {
        take('the writer revokes', (next) => write(next, 'revoke', REVOCATION));
      } else if (!state.done && defect === 'retry_answers_at_once') {
        take('the revocation is repeated', (next) => {
          next.done = true;
        });
      }
      if (bounds.ownWrite && !state.wrote && state.node !== null) {
        take('the node writes', (next) => {
          next.wrote = true;
          next.log.push('other');
          if (next.node === null) return;
          if (defect === 'writer_applies_own_first') {
            tell(next, next.node, { kind: 'applied', seq: next.log.length });
            tell(next, next.node, { kind: 'settled', seq: next.log.length });
          } else apply(next, next.node, next.log.length);
        });
      }
      if (
        bounds.stream &&
        state.node?.streams === false &&
        !state.node.refuses &&
        mayAnswer(state, state.node)
      ) {
        take('a request goes on', (next) => {
          if (next.node !== null) next.node.streams = true;
        });
      }
      if (bounds.earlierWrite && state.log.length === 0) {
        take('the writer writes something else', (next) => write(next, 'other', 0));
      }
      if (state.left.restarts > 0) stepRestart(state, take);
      if (bounds.shutdown && state.node?.member.phase === 'member') {
        take('the node shuts down', (next) => {
          if (next.node !== null) tell(next, next.node, { kind: 'stop' });
        });
      }
      if (state.child !== null) stepChild(state, state.child, take);
    },
  };

  type Take = (step: string, change: (next: LeaseState) => void) => void;

  function stepCall(state: LeaseState, name: 'node' | 'writer', i: number, call: Call, take: Take): void {
    const described = `${call.effect.kind} of the ${name}`;
    const on = (next: LeaseState, change: (process: NodeState, same: Call) => void) => {
      const process = next[name];
      const same = process?.calls[i];
      if (process !== null && same !== undefined) change(process, same);
    };
    if (call.answer !== null) {
      take(`${described} is answered`, (next) =>
        on(next, (process, same) => {
          process.calls.splice(i, 1);
          if (same.answer !== null) answer(next, process, same.answer);
        }),
      );
      return;
    }
    take(`${described} is carried out`, (next) =>
      on(next, (process, same) => {
        const event = carryOut(next, same.effect);
        if (same.late) process.calls.splice(i, 1);
        else if (bounds.lateAnswers) same.answer = event;
        else {
          process.calls.splice(i, 1);
          answer(next, process, event);
        }
      }),
    );
    const failure = toFailure(call.effect);
    if (call.late || failure === null || state.left.losses === 0) return;
    take(`${described} fails`, (next) =>
      on(next, (process, same) => {
        next.left.losses--;
        same.late = true;
        answer(next, process, failure);
      }),
    );
  }

  function stepRestart(state: LeaseState, take: Take): void {
    if (state.node !== null) {
      take('the node is killed', (next) => {
        next.node = null;
        if (next.child === null) return;
        next.child.live = false;
        next.child.up = [];
      });
      return;
    }
    take('the node starts again', (next) => {
      next.left.restarts--;
      startNode(next);
    });
  }

  function stepChild(state: LeaseState, child: ChildState, take: Take): void {
    const now = toMoment(state, 0);
    const onChild = (next: LeaseState, change: (same: ChildState) => void) => {
      if (next.child !== null) change(next.child);
    };
    if (toHolder(child).wakeAtMs(now) <= now.monotonicMs) {
      take('the child wakes', (next) => onChild(next, (same) => tellChild(next, same, { kind: 'time' })));
    }
    if (child.up.length > 0 && state.node !== null) {
      take(`the node takes ${child.up[0]?.kind}`, (next) =>
        onChild(next, (same) => {
          const message = same.up.shift();
          if (message !== undefined && next.node !== null) takeUp(next, next.node, same, message);
        }),
      );
    }
    if (child.down.length > 0) {
      take(`the child takes ${child.down[0]?.kind}`, (next) =>
        onChild(next, (same) => {
          const message = same.down.shift();
          if (message !== undefined) takeDown(next, same, message);
        }),
      );
    }
    if (state.left.breaks > 0 && state.node !== null) {
      take('the link breaks', (next) =>
        onChild(next, (same) => {
          next.left.breaks--;
          Object.assign(same, { up: [], down: [], live: false });
          if (next.node !== null) tell(next, next.node, { kind: 'child_detached', child: 'child' });
          tellChild(next, same, { kind: 'disconnected' });
        }),
      );
    } else if (
      !child.holder.connected &&
      child.holder.phase === 'open' &&
      state.node !== null &&
      child.up.length === 0
    ) {
      take('the child connects', (next) => onChild(next, (same) => attach(next, same)));
    }
  }
}
