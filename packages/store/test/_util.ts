import type { RandomBytes } from '@keyhold/core';
import { createManualClock, createSeededRandom, type ManualClock } from '@keyhold/core/testing';
import { onTestFinished } from 'vitest';
import type { Failpoint } from '../src/failpoint.ts';
import type { Store } from '../src/store.ts';
import { type EmptyStore, fillWorld, type World } from './_world.ts';

export * from './_world.ts';

/** What a dialect brings to the contract suite: a store of its own for each test, empty. */
export type OpenStore = (options: {
  readonly clock: ManualClock;
  readonly randomBytes: RandomBytes;
  readonly onFailpoint?: (name: Failpoint) => void | Promise<void>;
}) => Promise<{ readonly store: Store; readonly dispose: () => Promise<void> }>;

/** Opens an empty store that is closed when the test ends. */
export async function openEmpty(
  open: OpenStore,
  onFailpoint?: (name: Failpoint) => void | Promise<void>,
): Promise<EmptyStore> {
  const clock = createManualClock();
  const randomBytes = createSeededRandom(7);
  const { store, dispose } = await open({ clock, randomBytes, ...(onFailpoint && { onFailpoint }) });
  onTestFinished(dispose);
  return { store, clock, randomBytes };
}

export async function openWorld(
  open: OpenStore,
  onFailpoint?: (name: Failpoint) => void | Promise<void>,
): Promise<World> {
  return await fillWorld(await openEmpty(open, onFailpoint));
}
