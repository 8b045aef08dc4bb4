import type { RequestListener } from 'node:http';
import type { Verifier } from '@keyhold/coherence';
import type { Configuration } from '../config/configuration.ts';
import { createManagement, createParts, type Footing } from '../faces.ts';
import type { Machine } from '../machine.ts';
import { createMetrics } from '../observability/metrics.ts';
import { observedVerifier } from '../observability/verification-observer.ts';
import { watchClock } from '../process/clock-watch.ts';
import type { Settings } from '../settings/settings.ts';
import { openStoreOwner } from '../store-owner.ts';
import { createLoopback } from './loopback.ts';

export interface InProcessOptions extends Machine {
  readonly settings: Settings;
  readonly configuration: Configuration;
  /** As the flag `--accept-older-configuration`. */
  readonly acceptOlderConfiguration: boolean;
}

/** All of Keyhold but its ports. */
export interface InProcess extends AsyncDisposable {
  /** Counts what it decides. */
  readonly verifier: Verifier;
  /** The newest change that is verified with. */
  appliedSeq(): number;
  /** Answers as the management port does. */
  readonly listener: RequestListener;
  /** The same for this process itself, which needs no token; the host of an address does not matter. */
  readonly fetch: typeof globalThis.fetch;
}

/** Where links lead when nobody has said where they should. */
const NO_ADDRESS = 'http://localhost';

/**
 * The other composition root: a store, and what stands on it, for the process that calls it. It may be one of several nodes
 * on a PostgreSQL like any server.
 *
 * @throws {KeyholdError} as `startServer` does; nothing stays open then.
 */
export async function openInProcess(options: InProcessOptions): Promise<InProcess> {
  const { settings, configuration, acceptOlderConfiguration } = options;
  const { keyspaces } = configuration;
  const metrics = createMetrics();
  await using opened = new AsyncDisposableStack();
  const owner = await openStoreOwner(
    settings,
    { keyspaces, acceptOlder: acceptOlderConfiguration },
    {
      ...options,
      onBarrier: (waited) => metrics.observeBarrier(waited),
      onCompared: (outcome) => metrics.observeComparison(outcome),
    },
  );
  opened.use(owner);
  opened.defer(watchClock(options));
  metrics.watchCluster(owner.cluster);
  const footing: Footing = {
    ...options,
    ...owner,
    accept: (channel, keyspaces) => owner.membership.accept(channel, keyspaces),
    metrics,
  };
  const parts = await createParts(footing);
  opened.defer(() => parts.usage.close());
  const address = settings.publicUrl?.href.replace(/\/$/, '') ?? NO_ADDRESS;
  parts.pageAddresses.bound({ management: address });
  const loopback = createLoopback((isOwn) =>
    createManagement(parts, footing, { isReady: () => true, address: () => address, isOwn }),
  );
  opened.defer(() => loopback.close());
  const { verifier, replica } = owner;
  const { listener, fetch } = loopback;
  const resources = opened.move();
  return {
    verifier: observedVerifier(verifier, { face: 'embedded', usage: parts.usage, metrics }),
    appliedSeq: () => replica.appliedSeq,
    listener,
    fetch,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
