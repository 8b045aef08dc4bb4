import type { AuditEventId } from '@keyhold/core';
import type { Kysely } from 'kysely';
import type { Failpoint } from '../failpoint.ts';
import type { Tables } from './schema.ts';

/** What the dialects do differently, as far as the statements in this folder are concerned. */
export interface DialectCapabilities {
  /**
   * True where transactions run side by side, so that a row which decides a mutation is locked when it is read
   * (`FOR UPDATE`). False where there is one writer.
   */
  readonly locksRows: boolean;
}

/** What a read works on: one consistent view of the store. */
export interface View {
  readonly db: Kysely<Tables>;
  /** The store's time, ms since the epoch. */
  readonly nowMs: number;
}

/** What a mutation works in. Whoever made it commits it when the mutation returns and undoes it when it throws. */
export interface Transaction extends View {
  readonly capabilities: DialectCapabilities;
  /** An id for the next audit event. */
  nextEventId(): AuditEventId;
  /** Does nothing unless a test asked for something to happen here. */
  failpoint(name: Failpoint): void | Promise<void>;
}
