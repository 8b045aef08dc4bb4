import type { AuditEventId } from '@keyhold/core';
import type { Kysely } from 'kysely';
import type { Failpoint } from '../failpoint.ts';
import type { Tables } from './schema.ts';

/** What a read works on: one consistent view of the store. */
export interface View {
  readonly db: Kysely<Tables>;
  /** The store's time, ms since the epoch. */
  readonly nowMs: number;
}

/**
 * What a mutation works in. Whoever made it commits it when the mutation returns and undoes it when it throws. One is open
 * at a time in the whole store, usage apart, so that what a mutation reads stays as it is until it commits.
 */
export interface Transaction extends View {
  /** An id for the next audit event. */
  nextEventId(): AuditEventId;
  /** Does nothing unless a test asked for something to happen here. */
  failpoint(name: Failpoint): void | Promise<void>;
}
