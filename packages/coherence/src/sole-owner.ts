import type { Clock } from '@keyhold/core';
import { createAntiEntropy } from './anti-entropy.ts';
import type { ChangeLog } from './change.ts';
import { createChildStreams } from './child-streams.ts';
import { createFedFollower } from './fed-follower.ts';
import type { MembershipEvent, WritingMembership } from './membership.ts';
import { type Defects, NO_DEFECTS } from './protocol/defects.ts';
import { runMachine } from './protocol/machine.ts';
import { createOwnerState, Owner, type OwnerEffect, type OwnerEvent } from './protocol/owner.ts';
import type { Replica } from './replica.ts';
import { createTableWatch } from './table-watch.ts';
import { CHILD_TTL_MS, DEADLINE_MS, TTL_MS } from './timing.ts';
import { createWaiters } from './waiters.ts';

/**
 * The membership of the one process that writes to its store: an embedded database, with workers and SDK verifiers as
 * its children, or with none.
 *
 * @param options.grantsMayBeOut an earlier owner of the same store gave grants and ended without waiting for them: no
 *   barrier completes for the longest of them. The store's place has to remember it, before the first child is accepted.
 */
export function createSoleOwner(options: {
  readonly log: ChangeLog;
  readonly replica: Replica;
  readonly clock: Clock;
  readonly grantsMayBeOut?: boolean;
  readonly onEvent?: (event: MembershipEvent) => void;
  readonly defects?: Defects;
}): WritingMembership {
  const { log, replica, clock, grantsMayBeOut = false, onEvent = () => {}, defects = NO_DEFECTS } = options;
  const heldUntilMs = grantsMayBeOut ? clock.monotonicMs() + CHILD_TTL_MS : 0;
  const owner = new Owner(
    { lapseMs: 0.9 * TTL_MS, childTtlMs: CHILD_TTL_MS, deadlineMs: DEADLINE_MS, defects },
    createOwnerState(heldUntilMs),
  );
  const waiters = createWaiters();
  const left = Promise.withResolvers<void>();
  const { dispatch, now } = runMachine<OwnerEvent, OwnerEffect>(owner, clock, perform);
  const table = createTableWatch({ replica, clock, tell: dispatch });
  const streams = createChildStreams({ log, replica, clock, lineage: () => LINEAGE, dispatch, onEvent });
  const follower = createFedFollower({ log, replica, streams, table });
  const compareTables = createAntiEntropy({ log, replica, follower, streams, onEvent });

  function perform(effect: OwnerEffect): void {
    switch (effect.kind) {
      case 'resolve':
        waiters.resolve(effect.waiter, effect.outcome);
        break;
      case 'grant':
        streams.grant(effect.grant, null);
        break;
      case 'stop_child':
        streams.stop(effect.child);
        break;
      case 'left':
        left.resolve();
        break;
      default:
        effect satisfies never;
    }
  }

  return {
    lease: { isLive: () => replica.ready && (owner.unlimited || owner.mayAnswer(now())) },
    barrier: { waitFor: (seq) => waiters.add((waiter) => dispatch({ kind: 'wait', waiter, seq })) },
    follower,
    compareTables,
    start: () => follower.catchUp(),
    fallBehind: () => dispatch({ kind: 'lapse' }),
    catchUp: () => dispatch({ kind: 'renew' }),
    accept: (channel, keyspaces) => streams.accept(channel, keyspaces),
    reached: (seq, withinMs) => table.reached(seq, withinMs),
    status() {
      const moment = now();
      const { appliedSeq, children, waiters: waiting } = owner.state;
      const live = replica.ready && owner.mayAnswer(moment);
      return {
        incarnation: '',
        round: 0,
        live,
        serveForMs: owner.remainingMs(moment),
        trouble: live ? null : troubleOf(owner, replica),
        appliedSeq,
        ackedSeq: owner.ackableSeq(moment),
        headSeq: appliedSeq,
        waiting: waiting.length,
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

/** Its store has one history only: one that is put back has a hole in its log, and children load it anew. */
const LINEAGE = 'sole';

function troubleOf(owner: Owner, replica: Replica): string {
  if (owner.state.phase !== 'open') return 'stopping';
  return replica.ready ? 'the store does not answer' : 'its table is being loaded';
}
