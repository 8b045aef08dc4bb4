import type { FormerFormat, KeyId, KeyspaceDefinition, OperatorId } from '@keyhold/core';

/** One secret of a key as verification needs it. */
export interface ReplicatedSecret {
  /** SHA-256 of the key text, 32 bytes as lower-case hex. */
  readonly digest: string;
  readonly generation: number;
  /** When the secret stops, in ms since the epoch; null: with its key. Superseded without grace: the moment of recycling. */
  readonly notAfterMs: number | null;
}

/** A key as verification needs it, whole: applying one twice, or a later one first and last again, ends the same. */
export interface ReplicatedKey {
  readonly id: KeyId;
  readonly keyspace: string;
  /** Per keyspace, from 1, never reused. */
  readonly number: number;
  readonly organization: string;
  readonly environment: string | null;
  /** Canonical order (the keyspace's), no duplicates; empty where the keyspace has no scopes. */
  readonly scopes: readonly string[];
  readonly name: string;
  readonly expiresAtMs: number | null;
  readonly allowedCidrs: readonly string[];
  readonly revoked: boolean;
  readonly disabled: boolean;
  /** Every secret the key ever had, oldest first; never empty. */
  readonly secrets: readonly ReplicatedSecret[];
}

export interface ReplicatedOrganization {
  readonly id: string;
  readonly suspended: boolean;
  readonly features: readonly string[];
  /** Keyspace → highest key number covered by a bulk revocation. */
  readonly revokedThrough: { readonly [keyspace: string]: number };
}

/** What an operator token may touch; its scopes stand on its key, in the keyspace `keyhold`. */
export interface ReplicatedOperator {
  readonly id: OperatorId;
  readonly keyId: KeyId;
  /** Null: every keyspace. */
  readonly keyspaces: readonly string[] | null;
}

export interface ReplicatedKeyspace {
  readonly definition: KeyspaceDefinition;
  /** What keys may have been made under before; still recognised. May repeat a present one. */
  readonly formerFormats: readonly FormerFormat[];
}

/** Everything a change can say. Each is the new state, whole, of what it names. */
export type ChangePayload =
  | { readonly kind: 'keys'; readonly keys: readonly ReplicatedKey[] }
  | { readonly kind: 'organization'; readonly organization: ReplicatedOrganization }
  | { readonly kind: 'operator'; readonly operator: ReplicatedOperator; readonly key: ReplicatedKey }
  | { readonly kind: 'configuration'; readonly keyspaces: readonly ReplicatedKeyspace[] };

/** One row of the change log. `seq` is gapless and its order is commit order. */
export interface Change {
  readonly seq: number;
  /** A kind this process does not know makes it drop its lease; it is never skipped. */
  readonly payload: ChangePayload;
}

/** One part of a snapshot, in this order: configuration, organizations, operators, keys. */
export type SnapshotPage =
  | { readonly kind: 'configuration'; readonly keyspaces: readonly ReplicatedKeyspace[] }
  | { readonly kind: 'organizations'; readonly organizations: readonly ReplicatedOrganization[] }
  | { readonly kind: 'operators'; readonly operators: readonly ReplicatedOperator[] }
  | { readonly kind: 'keys'; readonly keys: readonly ReplicatedKey[] };

/**
 * What coherence needs of a store: the log, read in order, and a snapshot to begin from. Written here, implemented by
 * every store.
 */
export interface ChangeLog {
  /**
   * The changes with `afterSeq < seq`, in order and without a hole, at most `limit` of them. An empty answer means that
   * `afterSeq` is the head.
   *
   * @throws {KeyholdError} `store_unavailable`.
   */
  readChanges(afterSeq: number, limit: number): Promise<readonly Change[]>;
  /**
   * Hands over the whole replicated state as of one seq, page by page; a page may be kept. One consistent snapshot.
   *
   * @returns the seq the snapshot is of.
   */
  readSnapshot(receive: (page: SnapshotPage) => void): Promise<number>;
}
