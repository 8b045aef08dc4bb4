import type { Clock } from '@keyhold/core';

/** How many refusals a verifier may tell of in a second; as many again when it has not told of any for a while. */
const MOST_A_SECOND = 1_000;
const MOST_SAVED = 2 * MOST_A_SECOND;

/** Takes as many of the refusals that a verifier tells of as it may tell of by now; the others are in its counts alone. */
export function createRefusalAllowance(clock: Clock): <T>(refusals: readonly T[]) => readonly T[] {
  let left = MOST_SAVED;
  let sinceMs = clock.monotonicMs();
  return (refusals) => {
    const nowMs = clock.monotonicMs();
    left = Math.min(MOST_SAVED, left + ((nowMs - sinceMs) * MOST_A_SECOND) / 1_000);
    sinceMs = nowMs;
    const taken = refusals.slice(0, Math.floor(left));
    left -= taken.length;
    return taken;
  };
}
