import type { MembershipEvent } from '@keyhold/coherence';
import type { Clock } from '@keyhold/core';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** A store that is away fails several calls a second; the log says so this often. */
const FAILURE_INTERVAL_MS = 10_000;

/** Differences that are named in the log. */
const NAMED_DIFFERENCES = 20;

/**
 * Puts into the log why this process stopped answering, when it answers again, and whom it did not wait for.
 *
 * @param options.onCompared told how each comparison of the table ended. Default: nobody.
 */
export function createMembershipLog({
  clock,
  log,
  onCompared = () => {},
}: {
  readonly clock: Clock;
  readonly log: Log;
  readonly onCompared?: Metrics['observeComparison'] | undefined;
}) {
  let quietUntilMs = Number.NEGATIVE_INFINITY;

  return function write(event: MembershipEvent): void {
    switch (event.kind) {
      case 'lease_gained':
        quietUntilMs = Number.NEGATIVE_INFINITY;
        log.info({ incarnation: event.incarnation, round: event.round }, 'It answers: the lease is live.');
        break;
      case 'lease_lost':
        log.warn({ reason: event.reason }, 'It answers no more: the lease has ended. It goes on trying.');
        break;
      case 'fenced':
        log.warn(
          { incarnation: event.incarnation },
          'A write could not wait for this node and took its lease; it joins again.',
        );
        break;
      case 'row_fenced':
        log.warn(
          { node: event.node, incarnation: event.incarnation },
          'A node has not renewed its lease and a write waited for it; the lease is taken from it.',
        );
        break;
      case 'reloading':
        log.warn({ reason: event.reason }, 'The key table is loaded anew.');
        break;
      case 'child_attached':
        log.info({ worker: event.name }, 'A worker is being fed.');
        break;
      case 'child_detached':
        log.info({ worker: event.name }, 'A worker is gone; its right to answer runs out.');
        break;
      case 'compared': {
        const { differences } = event;
        onCompared(differences.length === 0 ? 'same' : 'different');
        if (differences.length === 0) break;
        const differing = differences.slice(0, NAMED_DIFFERENCES).map(({ kind, id }) => `${kind} ${id}`);
        log.error(
          { count: differences.length, differing },
          'The key table differs from the one that it is loaded from; it is loaded anew.',
        );
        break;
      }
      case 'store_failed': {
        const nowMs = clock.monotonicMs();
        if (nowMs < quietUntilMs) break;
        quietUntilMs = nowMs + FAILURE_INTERVAL_MS;
        log.warn(
          { operation: event.call, err: event.error },
          'A call on the store failed; it is made again.',
        );
        break;
      }
      default:
        event satisfies never;
    }
  };
}
