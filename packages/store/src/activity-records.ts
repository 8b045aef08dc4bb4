import type { CountedRefusal } from '@keyhold/coherence';
import type { KeyId, Reason } from '@keyhold/core';

/** How many there are, counted no further than is quick. */
export interface RowCount {
  readonly value: number;
  /** True: counting stopped there, and there may be more. */
  readonly atLeast: boolean;
}

/** What one process refused a key for since the last flush. */
export type RefusalCount = CountedRefusal;

export interface KeyActivity {
  /** Null: never used. */
  readonly lastUsed: { readonly atMs: number; readonly address: string | null } | null;
  /** One for each reason, the one that came last first. */
  readonly refusals: readonly Omit<RefusalCount, 'keyId'>[];
}

/** One verdict, for whoever looks on. */
export interface NewVerdict {
  readonly atMs: number;
  /** Where it was asked. */
  readonly face: string;
  readonly keyspace: string | null;
  readonly organization: string | null;
  /** Null: the key is not known. */
  readonly keyId: KeyId | null;
  /** Null: accepted. */
  readonly reason: Reason | null;
  readonly operation: string | null;
  readonly address: string | null;
  /** The process had more in that second than it tells of. */
  readonly sampled: boolean;
}

export interface VerdictRecord extends NewVerdict {
  readonly node: string;
}

export interface VerdictQuery {
  /** Position after the last that was seen; left out: the last minute. */
  readonly after?: string;
  readonly keyspace?: string;
  readonly keyspaces?: readonly string[];
  readonly organization?: string;
  readonly keyId?: KeyId;
  readonly accepted?: boolean;
}

export interface VerdictPage {
  /** Oldest first. */
  readonly data: readonly VerdictRecord[];
  /** Position after the last one there is, asked for or not. */
  readonly next: string;
}

/** What a flush is told. */
export interface FlushAnswer {
  /** Somebody looks at verdicts as they come: send some along with the next flushes. */
  readonly watched: boolean;
}

/** What became of one key of several. */
export type KeyOutcome =
  | { readonly id: KeyId; readonly status: 'done' | 'unchanged' }
  | { readonly id: KeyId; readonly status: 'refused'; readonly code: 'key_not_found' | 'key_revoked' };
