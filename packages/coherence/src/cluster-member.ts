import type { Clock } from '@keyhold/core';
import { createAntiEntropy } from './anti-entropy.ts';
import type { ChangeLog } from './change.ts';
import { createChildStreams } from './child-streams.ts';
import { createFedFollower } from './fed-follower.ts';
import type { LeaseRows } from './lease-rows.ts';
import type { MembershipEvent, WritingMembership } from './membership.ts';
import { type Defects, NO_DEFECTS } from './protocol/defects.ts';
import { runMachine } from './protocol/machine.ts';
import { Member } from './protocol/member.ts';
import type { MemberEffect, MemberEvent } from './protocol/member-state.ts';
import type { Replica } from './replica.ts';
import type { StoreTime } from './store-time.ts';
import { createTableWatch } from './table-watch.ts';
import { DEADLINE_MS, NODE_TIMES, ROUND_MS, TTL_MS } from './timing.ts';
import { createWaiters } from './waiters.ts';

/**
 * The membership of a node that meets the others only in the store they share: it answers under a lease that it renews
 * in rounds, and its writes wait until every other node has acknowledged them or can answer no more.
 *
 * @param options.replica made with the clock of `storeTime`: the store's time decides on expiry.
 * @param options.node its name, for people.
 * @param options.protocolVersion stands in its row.
 * @param options.createIncarnation makes a UUID, a new one each time.
 * @param options.random a number from 0 to 1, for the time between rounds.
 * @param options.ttlMs default 3,000; a lease is used for 0.9 of it. Every time but the children's and the shortest follows from it.
 * @param options.defects known bugs, for tests alone.
 */
export function createClusterMember(options: {
  readonly rows: LeaseRows;
  readonly log: ChangeLog;
  readonly replica: Replica;
  readonly storeTime: StoreTime;
  readonly clock: Clock;
  readonly node: string;
  readonly protocolVersion: number;
  readonly createIncarnation: () => string;
  readonly random: () => number;
  readonly ttlMs?: number;
  readonly onEvent?: (event: MembershipEvent) => void;
  readonly defects?: Defects;
}): WritingMembership {
  const { rows, log, replica, storeTime, clock, node, protocolVersion, createIncarnation, random } = options;
  const { ttlMs = TTL_MS, onEvent = () => {}, defects = NO_DEFECTS } = options;
  const scale = ttlMs / TTL_MS;
  const member = new Member({
    node,
    protocolVersion,
    ttlMs,
    roundMs: () => ROUND_MS * scale * (0.7 + 0.3 * random()),
    ...NODE_TIMES,
    deadlineMs: DEADLINE_MS * scale,
    createIncarnation,
    defects,
  });
  const waiters = createWaiters();
  const started = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const { dispatch, now } = runMachine<MemberEvent, MemberEffect>(member, clock, perform);
  const table = createTableWatch({ replica, clock, tell: dispatch });
  const streams = createChildStreams({
    log,
    replica,
    clock,
    lineage: () => member.state.lineage,
    dispatch,
    onEvent,
  });
  const follower = createFedFollower({ log, replica, streams, table });
  const compareTables = createAntiEntropy({ log, replica, follower, streams, onEvent });
  const stopListening = rows.onHint((hint) => dispatch({ kind: 'hint', hint }));

  /** Calls the store, and has the outcome handled; one that failed too. */
  function call<T>(
    name: string,
    calling: Promise<T>,
    toEvent: (answer: T) => MemberEvent,
    failed: MemberEvent,
  ): void {
    calling.then(
      (answer) => dispatch(toEvent(answer)),
      (error: unknown) => {
        onEvent({ kind: 'store_failed', call: name, error });
        dispatch(failed);
      },
    );
  }

  function perform(effect: MemberEffect): void {
    switch (effect.kind) {
      case 'renew': {
        const { ticket } = effect;
        call('renew', rows.renew(effect.row), (outcome) => ({ kind: 'renewed', ticket, outcome }), {
          kind: 'renewed',
          ticket,
          outcome: 'failed',
        });
        break;
      }
      case 'read_head':
        readHead(effect.ticket);
        break;
      case 'catch_up':
        catchUp(follower.catchUp());
        break;
      case 'reload':
        catchUp(follower.reload());
        break;
      case 'acknowledge': {
        const { incarnation, seq } = effect;
        call(
          'acknowledge',
          rows.acknowledge(incarnation, seq),
          (outcome) => ({ kind: 'acknowledged', incarnation, seq, outcome }),
          { kind: 'acknowledged', incarnation, seq, outcome: 'failed' },
        );
        break;
      }
      case 'read_rows':
        call('readRows', rows.readRows(), (found) => ({ kind: 'rows', rows: found }), {
          kind: 'rows',
          rows: null,
        });
        break;
      case 'fence':
        fence(effect);
        break;
      case 'remove_row': {
        const gone = { kind: 'row_removed', incarnation: effect.incarnation } as const;
        call('remove', rows.remove(effect.incarnation), () => gone, gone);
        break;
      }
      case 'resolve':
        waiters.resolve(effect.waiter, effect.outcome);
        break;
      case 'grant':
        streams.grant(effect.grant, storeTime.boundMs());
        break;
      case 'stop_child':
        streams.stop(effect.child);
        break;
      case 'gained': {
        const { incarnation, round } = member.state;
        started.resolve();
        onEvent({ kind: 'lease_gained', incarnation, round });
        break;
      }
      case 'lost':
        onEvent({ kind: 'lease_lost', reason: effect.reason });
        break;
      case 'reloading':
        onEvent({ kind: 'reloading', reason: effect.reason });
        break;
      case 'fenced':
        onEvent({ kind: 'fenced', incarnation: member.state.incarnation });
        break;
      case 'left':
        stopListening();
        left.resolve();
        break;
      default:
        effect satisfies never;
    }
  }

  function readHead(ticket: number): void {
    const sentAtMs = clock.monotonicMs();
    call(
      'readHead',
      rows.readHead(),
      (head) => {
        storeTime.sample(head.storeNowMs, sentAtMs);
        return { kind: 'head', ticket, head };
      },
      { kind: 'head', ticket, head: null },
    );
  }

  function catchUp(catchingUp: Promise<void>): void {
    call('read the log', catchingUp, () => ({ kind: 'caught_up', seq: replica.appliedSeq }), {
      kind: 'catch_up_failed',
    });
  }

  function fence(effect: Extract<MemberEffect, { kind: 'fence' }>): void {
    const { incarnation, round } = effect;
    const toEvent = (deleted: boolean) => {
      if (deleted) onEvent({ kind: 'row_fenced', node: effect.node, incarnation });
      return { kind: 'row_fenced', incarnation, deleted } as const;
    };
    call('fence', rows.fence(incarnation, round), toEvent, {
      kind: 'row_fenced',
      incarnation,
      deleted: false,
    });
  }

  return {
    lease: { isLive: () => replica.ready && member.mayAnswer(now()) },
    barrier: { waitFor: (seq) => waiters.add((waiter) => dispatch({ kind: 'wait', waiter, seq })) },
    follower,
    compareTables,
    async start() {
      // Before the snapshot, so that the table is of this history, or of a later one that the first round tells apart.
      const { lineage } = await rows.readHead();
      await follower.catchUp();
      dispatch({ kind: 'start', lineage, seq: replica.appliedSeq });
      await started.promise;
    },
    // A round reads the head, so a table that is behind it ends the lease by itself.
    fallBehind() {},
    catchUp() {},
    accept: (channel, keyspaces) => streams.accept(channel, keyspaces),
    reached: (seq, withinMs) => table.reached(seq, withinMs),
    status() {
      const moment = now();
      const { state } = member;
      const { incarnation, round, appliedSeq, ackedSeq, headSeq, timesFenced, rowsFenced } = state;
      const live = replica.ready && member.mayAnswer(moment);
      return {
        incarnation,
        round,
        live,
        serveForMs: member.remainingMs(moment),
        trouble: live ? null : member.trouble(),
        appliedSeq,
        ackedSeq,
        headSeq,
        waiting: state.watch.waiters.length,
        timesFenced,
        rowsFenced,
        children: streams.status(state.children, moment.monotonicMs),
      };
    },
    close() {
      dispatch({ kind: 'stop' });
      return left.promise;
    },
  };
}
