import type { ChangeLog } from '@keyhold/coherence';

/** For a replica that is filled by hand. */
export const EMPTY_LOG: ChangeLog = {
  readChanges: async () => [],
  readSnapshot: async () => 0,
};
