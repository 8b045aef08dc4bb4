import type { Clock } from '@keyhold/core';
import type { ChangeLog } from './change.ts';
import type { ChildChannel, ParentMessage } from './channel.ts';
import { createChildStreams } from './child-streams.ts';
import type { Membership, MembershipEvent } from './membership.ts';
import { type Defects, NO_DEFECTS } from './protocol/defects.ts';
import { Holder, type HolderEffect, type HolderEvent } from './protocol/holder.ts';
import { runMachine } from './protocol/machine.ts';
import type { Replica } from './replica.ts';
import type { StoreTime } from './store-time.ts';
import { createTableWatch } from './table-watch.ts';
import { CHILD_TTL_MS, RETRY_MS } from './timing.ts';

/** The membership of a child: a worker process, or an application with the SDK. */
export interface GrantHolder extends Membership {
  /**
   * Goes on under the parent at the other end, from where its table stands if that parent can. The first call begins it;
   * a later one replaces a connection that broke.
   *
   * @returns resolves when it answers; never, while no grant comes.
   */
  connect(channel: ChildChannel): Promise<void>;
}

/**
 * Makes the membership of a process whose table is fed by its parent and that answers under the parent's grants.
 *
 * @param options.replica made with the clock of `storeTime`.
 * @param options.name for people.
 * @param options.log needed to have children of its own: what those that were here before go on from.
 * @param options.createIncarnation makes a UUID: its id for as long as it lives.
 */
export function createGrantHolder(options: {
  readonly replica: Replica;
  readonly storeTime: StoreTime;
  readonly clock: Clock;
  readonly name: string;
  readonly protocolVersion: number;
  readonly createIncarnation: () => string;
  readonly log?: Pick<ChangeLog, 'readChanges'>;
  readonly onEvent?: (event: MembershipEvent) => void;
  readonly defects?: Defects;
}): GrantHolder {
  const { replica, storeTime, clock, name, protocolVersion, createIncarnation, log = NO_LOG } = options;
  const { onEvent = () => {}, defects = NO_DEFECTS } = options;
  const holder = new Holder({ childTtlMs: CHILD_TTL_MS, defects });
  const child = createIncarnation();
  const started = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  let channel: ChildChannel | null = null;
  let lineage = '';
  /** Of this connection. */
  let resets = 0;
  /** Null: pages are put into the table. */
  let comparison: ReturnType<Replica['compare']> | null = null;
  const { dispatch, now } = runMachine<HolderEvent, HolderEffect>(holder, clock, perform);
  const table = createTableWatch({ replica, clock, tell: dispatch });
  const streams = createChildStreams({ log, replica, clock, lineage: () => lineage, dispatch, onEvent });

  function perform(effect: HolderEffect): void {
    switch (effect.kind) {
      case 'renew':
      case 'ack':
        channel?.send({ ...effect, resets });
        break;
      case 'grant':
        streams.grant(effect.grant, storeTime.boundMs());
        break;
      case 'stop_child':
        streams.stop(effect.child);
        break;
      case 'sample_store_time':
        storeTime.sample(effect.storeNowMs, effect.sentAt.monotonicMs);
        break;
      case 'gained':
        started.resolve();
        onEvent({ kind: 'lease_gained', incarnation: child, round: holder.state.round });
        break;
      case 'lost':
        onEvent({ kind: 'lease_lost', reason: effect.reason });
        break;
      case 'stopped':
        channel?.send({ kind: 'stopped' });
        if (holder.state.phase === 'open') channel?.close();
        break;
      case 'left':
        left.resolve();
        break;
      default:
        effect satisfies never;
    }
  }

  function drop(): void {
    comparison = null;
    replica.drop();
    streams.dropped();
    table.dropped();
  }

  function take(message: ParentMessage): void {
    switch (message.kind) {
      case 'reset':
        ({ lineage } = message);
        resets++;
        drop();
        break;
      case 'page':
        if (comparison === null) replica.load(message.page);
        else comparison.take(message.page);
        break;
      case 'compare':
        comparison = replica.compare();
        break;
      case 'compared':
        finishComparison();
        break;
      case 'sealed':
        replica.seal(message.seq);
        dispatch({ kind: 'loaded', seq: message.seq });
        table.advanced();
        streams.loaded();
        break;
      case 'changes':
        for (const change of message.changes) void replica.apply(change);
        streams.relay(message.changes);
        table.advanced();
        break;
      case 'grant':
        dispatch({ ...message, kind: 'granted' });
        break;
      case 'stop':
        dispatch({ kind: 'dismissed' });
        break;
      default:
        message satisfies never;
    }
  }

  /** Its own children compare theirs next. @throws when the table differs: it is not to be relied upon. */
  function finishComparison(): void {
    const differences = comparison?.finish() ?? null;
    comparison = null;
    if (differences === null) return;
    onEvent({ kind: 'compared', differences });
    if (differences.length > 0) throw new Error('the table differs from the one that it is loaded from');
    void streams.compare();
  }

  function attach(to: ChildChannel): void {
    const appliedSeq = replica.ready ? replica.appliedSeq : 0;
    resets = 0;
    to.send({ kind: 'attach', child, name, appliedSeq, lineage, protocolVersion });
    dispatch({ kind: 'connected' });
  }

  return {
    connect(to) {
      channel?.close();
      channel = to;
      let waits = false;
      to.onMessage((message) => {
        if (channel !== to || (waits && message.kind !== 'stop')) return;
        try {
          take(message);
        } catch (error) {
          // A hole, a contradiction, or a kind that this version does not know: nothing in the table can be relied upon.
          drop();
          onEvent({ kind: 'reloading', reason: error instanceof Error ? error.message : String(error) });
          waits = true;
          clock.setTimer(RETRY_MS, () => {
            waits = false;
            if (channel === to) attach(to);
          });
        }
      });
      to.onClose(() => {
        if (channel !== to) return;
        channel = null;
        dispatch({ kind: 'disconnected' });
      });
      attach(to);
      return started.promise;
    },
    lease: { isLive: () => replica.ready && holder.mayAnswer(now()) },
    accept: (from, keyspaces) => streams.accept(from, keyspaces),
    reached: (seq, withinMs) => table.reached(seq, withinMs),
    status() {
      const moment = now();
      const { round, appliedSeq, ackedSeq, children } = holder.state;
      const live = replica.ready && holder.mayAnswer(moment);
      return {
        incarnation: child,
        round,
        live,
        serveForMs: holder.remainingMs(moment),
        trouble: live ? null : holder.trouble(moment),
        appliedSeq,
        ackedSeq,
        headSeq: appliedSeq,
        waiting: 0,
        timesFenced: 0,
        rowsFenced: 0,
        children: streams.status(children, moment.monotonicMs),
      };
    },
    close() {
      dispatch({ kind: 'stop' });
      return left.promise;
    },
  };
}

/** Of a process that has no children. */
const NO_LOG: Pick<ChangeLog, 'readChanges'> = {
  readChanges: () => Promise.reject(new TypeError('This process was given no log to feed children from.')),
};
