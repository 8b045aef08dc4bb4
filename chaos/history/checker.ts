import type { Change, Observation } from './history.ts';

/** An answer that the history rules out. */
export interface Violation extends Observation {
  /** The change that had completed before this was asked, and was the last one invoked before it was answered. */
  readonly against: Change;
}

/** What a check found. */
export interface Findings {
  /** Accepted, and asked after a change to `closed` had completed. */
  readonly staleAccepts: number;
  /** Refused, and asked after a change to `open` had completed. */
  readonly wrongfulRefusals: number;
  /** From the completion of the change to the latest moment at which a stale accept was asked for; 0: there was none. */
  readonly longestStaleNs: number;
  /** The first of each kind and face, for a person to look at. */
  readonly examples: readonly Violation[];
}

const EXAMPLES_PER_KIND = 3;

/**
 * Checks a history: an answer is wrong when it contradicts a change that had completed before the question was asked, and
 * no later change of the subject had been invoked by the time of the answer. What overlaps a change may go either way.
 *
 * The changes of one subject must have been invoked one after another, and one that nobody was told of and that could take
 * hold late (`completedNs` Infinity) may be followed only by changes that it cannot undo: a revoked key stays revoked.
 */
export function check(changes: readonly Change[], observations: Iterable<Observation>): Findings {
  const timelines = toTimelines(changes);
  const examples = new Map<string, Violation[]>();
  let staleAccepts = 0;
  let wrongfulRefusals = 0;
  let longestStaleNs = 0;
  for (const observation of observations) {
    const { outcome, invokedNs, answeredNs } = observation;
    if (outcome !== 'accepted' && outcome !== 'refused') continue;
    const against = lastInvokedBefore(timelines.get(observation.subject) ?? [], answeredNs);
    if (against === null || against.completedNs >= invokedNs) continue;
    if ((against.to === 'open') === (outcome === 'accepted')) continue;
    if (outcome === 'accepted') {
      staleAccepts++;
      longestStaleNs = Math.max(longestStaleNs, invokedNs - against.completedNs);
    } else {
      wrongfulRefusals++;
    }
    const kind = `${outcome} ${observation.face}`;
    const shown = examples.get(kind) ?? [];
    if (shown.length < EXAMPLES_PER_KIND) examples.set(kind, [...shown, { ...observation, against }]);
  }
  return { staleAccepts, wrongfulRefusals, longestStaleNs, examples: [...examples.values()].flat() };
}

function toTimelines(changes: readonly Change[]): ReadonlyMap<number, readonly Change[]> {
  const timelines = Map.groupBy(changes, ({ subject }) => subject);
  for (const timeline of timelines.values()) timeline.sort((a, b) => a.invokedNs - b.invokedNs);
  return timelines;
}

/** The last change that was invoked no later than this. */
function lastInvokedBefore(timeline: readonly Change[], instantNs: number): Change | null {
  let low = 0;
  let high = timeline.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((timeline[middle]?.invokedNs ?? 0) <= instantNs) low = middle + 1;
    else high = middle;
  }
  return timeline[low - 1] ?? null;
}
