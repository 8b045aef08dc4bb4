import type { KeyId } from '@keyhold/core';
import type { FlushAnswer, KeyActivity, RowCount, VerdictPage, VerdictQuery } from './activity-records.ts';
import type { KeyFilter, OrganizationFilter, UsageBatch } from './records.ts';

/** The part of the store that is about what keys do, outside the change log. */
export interface ActivityStore {
  /** Adds counts and refusals, moves last-used times forward, and takes verdicts for whoever looks on. */
  flushUsage(batch: UsageBatch): Promise<FlushAnswer>;
  /** Where a key was last used from, and why it was refused. @throws `key_not_found`. */
  getKeyActivity(id: KeyId): Promise<KeyActivity>;

  /** Looks at ten thousand rows at most: `atLeast` is true when an index knows more candidates than that. */
  countKeys(filter: Omit<KeyFilter, 'search'>): Promise<RowCount>;
  countOrganizations(filter: Omit<OrganizationFilter, 'search'>): Promise<RowCount>;

  /** For the next ten seconds every process tells of some of its verdicts with its flushes. */
  watchVerdicts(): Promise<void>;
  /** Whether somebody looks on now, as the answer to a flush says it too. */
  areVerdictsWatched(): Promise<boolean>;
  /** Of the last minute, a thousand at most. @throws `invalid_cursor`. */
  listVerdicts(query: VerdictQuery): Promise<VerdictPage>;
}
