import type { Verifier } from '@keyhold/coherence';
import type { Clock } from '@keyhold/core';

/** As long as the gateway's: past it a client had better ask again. */
const LEASE_WAIT_MS = 10_000;
const POLL_MS = 100;

/**
 * Waits for a lease; until there is one nobody can say whether a key is still good.
 *
 * @param onOver called once: true when this process may answer again, false after 10 s without.
 * @returns cancels the wait.
 */
export function waitForLease(
  verifier: Verifier,
  clock: Clock,
  onOver: (mayAnswer: boolean) => void,
): () => void {
  const untilMs = clock.monotonicMs() + LEASE_WAIT_MS;
  function look(): void {
    if (verifier.mayAnswer()) onOver(true);
    else if (clock.monotonicMs() >= untilMs) onOver(false);
    else cancel = clock.setTimer(POLL_MS, look);
  }
  let cancel = clock.setTimer(POLL_MS, look);
  return () => cancel();
}
