import type { Authority } from '@keyhold/coherence';
import type { Clock } from '@keyhold/core';
import type { Store } from '@keyhold/store';
import type { Log } from '../observability/log.ts';

/** Keys in one change: few enough that other writes never wait for it noticeably. */
const BATCH_SIZE = 100;
/** An expired link opens nothing from the moment on; this is only how long its key may still count for the cap. */
const INTERVAL_MS = 10_000;

const CONTEXT = {
  actor: { kind: 'system', name: 'claim link expiry' },
  requestId: null,
  sourceAddress: null,
} as const;

/**
 * Revokes keys whose links have expired unclaimed, in the background. Several processes may do it at once.
 *
 * @returns stops it.
 */
export function startClaimExpiry(options: {
  readonly store: Pick<Store, 'expireClaimLinks'>;
  readonly authority: Pick<Authority, 'commit'>;
  readonly clock: Clock;
  readonly log: Log;
}): () => void {
  const { store, authority, clock, log } = options;
  let closed = false;
  let cancelTimer = () => {};

  function schedule(delayMs: number): void {
    if (!closed) cancelTimer = clock.setTimer(delayMs, () => void expire());
  }

  async function expire(): Promise<void> {
    let delayMs = INTERVAL_MS;
    try {
      const { value } = await authority.commit(() => store.expireClaimLinks(CONTEXT, BATCH_SIZE));
      if (value.expiredCount === BATCH_SIZE) delayMs = 0;
    } catch (error) {
      if (!closed) log.warn({ err: error }, 'Keys with expired links could not be revoked; tried again.');
    }
    schedule(delayMs);
  }

  schedule(INTERVAL_MS);
  return () => {
    closed = true;
    cancelTimer();
  };
}
