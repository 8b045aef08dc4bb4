import type { Clock } from '@keyhold/core';
import type { Store } from '@keyhold/store';
import type { Log } from '../observability/log.ts';

/**
 * Writes bulk revocations out to the key rows, in the background. Nothing depends on it but the cost of reads: the
 * revocation itself is one change and holds before the first row is written.
 */
export interface RevocationWriteOut {
  /** There may be something to write. */
  wake(): void;
  /** Stops after the batch being written; what is left is written after the next start. */
  close(): void;
}

/** Short enough a transaction that other writes never wait for it noticeably. */
const BATCH_SIZE = 500;
const RETRY_DELAY_MS = 5_000;

/** The store, with the writing out set off by what needs it, whoever asked for that. */
export function withWriteOut(store: Store, writeOut: RevocationWriteOut): Store {
  const decorated: Store = Object.create(store);
  return Object.assign(decorated, {
    async revokeOrganizationKeys(...args: Parameters<Store['revokeOrganizationKeys']>) {
      const revoked = await store.revokeOrganizationKeys(...args);
      writeOut.wake();
      return revoked;
    },
  });
}

/** Begins with what an earlier process left. */
export function createRevocationWriteOut(options: {
  readonly store: Pick<Store, 'writeOutRevocations'>;
  readonly clock: Clock;
  readonly log: Log;
}): RevocationWriteOut {
  const { store, clock, log } = options;
  let closed = false;
  let running = false;
  let awake = true;
  let cancelTimer = () => {};

  /** Other work gets its turn between two batches. */
  function schedule(delayMs: number): void {
    if (!closed) cancelTimer = clock.setTimer(delayMs, () => void writeBatch());
  }

  async function writeBatch(): Promise<void> {
    awake = false;
    let delayMs: number | null = 0;
    try {
      const written = await store.writeOutRevocations(BATCH_SIZE);
      if (written === 0 && !awake) delayMs = null;
    } catch (error) {
      if (!closed)
        log.warn({ err: error }, 'bulk revocations could not be written out; tried again in 5 seconds');
      delayMs = RETRY_DELAY_MS;
    }
    running = delayMs !== null;
    if (delayMs !== null) schedule(delayMs);
  }

  function wake(): void {
    awake = true;
    if (running || closed) return;
    running = true;
    schedule(0);
  }

  wake();
  return {
    wake,
    close() {
      closed = true;
      cancelTimer();
    },
  };
}
