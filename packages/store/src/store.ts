import type { ChangeLog, Committed } from '@keyhold/coherence';
import type {
  ClaimLinkId,
  JsonObject,
  KeyId,
  OperatorId,
  OperatorScope,
  PortalSessionId,
} from '@keyhold/core';
import type { KeyOutcome } from './activity-records.ts';
import type { ActivityStore } from './activity-store.ts';
import type { PeopleStore } from './people-store.ts';
import type {
  AuditEventRecord,
  AuditQuery,
  ClaimLinkRecord,
  ConfigurationState,
  DailyUsageQuery,
  DailyUsageRecord,
  Idempotency,
  KeyPatch,
  KeyQuery,
  KeyRecord,
  KeySelector,
  MutationContext,
  NewClaimLink,
  NewKey,
  NewPortalSession,
  NewSecret,
  OperatorQuery,
  OperatorRecord,
  OrganizationPatch,
  OrganizationQuery,
  OrganizationRecord,
  Page,
  PortalSessionRecord,
  Quarantine,
  QuarantineSelector,
  UsageRecord,
} from './records.ts';

export interface Mutated<T> extends Committed {
  readonly value: T;
  /** True when nothing was written because an earlier call with the same idempotency key did it. */
  readonly replayed: boolean;
}

export interface ImportRow {
  readonly key: NewKey;
}

/** In the order of the rows given. */
export type ImportOutcome =
  | { readonly status: 'imported'; readonly key: KeyRecord }
  | {
      readonly status: 'refused';
      readonly code: 'already_exists' | 'active_key_limit_reached' | 'organization_not_found';
    };

/**
 * Everything Keyhold keeps, behind one port. SQLite and PostgreSQL implement it; `test/store-contract.ts` is what
 * "implements" means.
 *
 * Every mutation is one transaction that holds the change itself, its audit event and its change-log row, after
 * re-reading the acting credential (`unauthenticated` when it is no longer good, `insufficient_scope` or
 * `keyspace_not_permitted` when it does not reach). It commits whole or leaves nothing. When its promise resolves the
 * transaction is durable. A mutation that finds nothing to do writes nothing and still answers with the highest seq of
 * the rows it read, because its caller has to wait for that.
 *
 * Identifiers are compared byte for byte. Times are the store's own. Every method throws {@link KeyholdError}:
 * `store_unavailable` when nothing can be said (the transaction may or may not have committed), `store_full` when there
 * is no room (nothing was written), or the codes named on it.
 */
export interface Store extends ChangeLog, ActivityStore, PeopleStore {
  /** The store's time, ms since the epoch. */
  now(): Promise<number>;
  /** Resolves when a trivial read works, for readiness. */
  ping(): Promise<void>;
  /** Finishes what was accepted, then lets go of the database. Calls after it throw `store_unavailable`. */
  close(): Promise<void>;

  /**
   * Makes the configuration that the keyspaces of the file describe the current one; the same as the current: nothing to do.
   * Keyspaces that are no longer there are removed.
   *
   * @param acceptOlder lets a configuration that an other one has replaced come back.
   * @throws `configuration_older`, `configuration_invalid` (a keyspace that has keys is gone and not `retired`).
   */
  applyConfiguration(
    context: MutationContext,
    configuration: ConfigurationState,
    options: { readonly acceptOlder: boolean },
  ): Promise<Mutated<{ readonly revision: number; readonly changedKeyspaces: readonly string[] }>>;

  /** @throws `organization_exists`, `idempotency_key_reused`. */
  createOrganization(
    context: MutationContext,
    organization: {
      readonly id: string;
      readonly name: string;
      readonly features: readonly string[];
      readonly tags: readonly string[];
      readonly suspended: boolean;
    },
    idempotency: Idempotency | null,
  ): Promise<Mutated<OrganizationRecord>>;
  /** @throws `organization_not_found`. */
  patchOrganization(
    context: MutationContext,
    id: string,
    patch: OrganizationPatch,
  ): Promise<Mutated<OrganizationRecord>>;
  /**
   * Revokes every key the organization has at this moment, in one change however many there are; `keyspace` limits it to one.
   * The key rows are written out later by {@link Store.writeOutRevocations}; reads show them revoked at once.
   *
   * @throws `organization_not_found`, `keyspace_not_found`.
   */
  revokeOrganizationKeys(
    context: MutationContext,
    id: string,
    options: { readonly keyspace: string | null; readonly reason: string | null },
  ): Promise<Mutated<{ readonly revokedCount: number }>>;
  /** Writes a bulk revocation out to at most `limit` key rows. @returns how many were written; 0 when none is left. */
  writeOutRevocations(limit: number): Promise<number>;
  /** @throws `organization_not_found`. */
  getOrganization(id: string): Promise<OrganizationRecord>;
  /** Newest first. */
  listOrganizations(query: OrganizationQuery): Promise<Page<OrganizationRecord>>;

  /**
   * Issues a key. The cap counts inside the transaction.
   *
   * @param claimLink the key opens nothing until {@link Store.claimKey}; null: at once.
   * @throws `organization_not_found`, `keyspace_not_found`, `keyspace_retired`, `active_key_limit_reached`,
   *   `idempotency_key_reused`.
   */
  issueKey(
    context: MutationContext,
    key: NewKey,
    idempotency: Idempotency | null,
    claimLink?: NewClaimLink | null,
  ): Promise<Mutated<KeyRecord>>;
  /** Brings in keys made elsewhere; the rows that can be are imported in one transaction and each row's outcome is told. */
  importKeys(
    context: MutationContext,
    rows: readonly ImportRow[],
  ): Promise<Mutated<readonly ImportOutcome[]>>;
  /**
   * @throws `key_not_found`, `key_revoked`, `active_key_limit_reached` (a later expiry that makes the key active again).
   */
  patchKey(context: MutationContext, selector: KeySelector, patch: KeyPatch): Promise<Mutated<KeyRecord>>;
  /**
   * Gives a key a new secret. The present one stops at once, or after `graceMs`; one that was already in its grace stops at
   * once.
   *
   * @param expectedGeneration the generation the caller saw; another one is `recycle_conflict`, so of two racing calls
   *   one wins. Null: whatever it is.
   * @throws `key_not_found`, `key_revoked`, `key_expired`, `recycle_conflict`, `keyspace_retired`.
   */
  recycleKey(
    context: MutationContext,
    selector: KeySelector,
    recycle: {
      readonly secret: NewSecret;
      readonly graceMs: number;
      readonly expectedGeneration: number | null;
      /** The new secret opens nothing until {@link Store.claimKey}; null: at once. */
      readonly claimLink?: NewClaimLink | null;
    },
  ): Promise<Mutated<KeyRecord>>;
  /**
   * Lets the secret of a claim link open what its key opens, once. Whoever calls has seen that the link is genuine; only the
   * process itself may. Recycling or revoking a key ends the link that waits for it.
   *
   * @throws `claim_link_not_found`, `claim_link_used`, `claim_link_ended` (expired, revoked, recycled), `keyspace_retired`.
   */
  claimKey(context: MutationContext, id: ClaimLinkId): Promise<Mutated<KeyRecord>>;
  /**
   * Tells the audit log that somebody with a genuine link was refused. The tenth wrong passphrase revokes the key. Only the
   * process itself may.
   *
   * @throws `claim_link_not_found`.
   */
  refuseClaim(
    context: MutationContext,
    id: ClaimLinkId,
    cause: 'already_claimed' | 'wrong_passphrase',
  ): Promise<Mutated<null>>;
  /**
   * Revokes up to `limit` keys whose links have expired unclaimed, in one change. Only the process itself may.
   *
   * @returns `expiredCount` less than `limit`: none is left.
   */
  expireClaimLinks(
    context: MutationContext,
    limit: number,
  ): Promise<Mutated<{ readonly expiredCount: number }>>;
  /** Null when there is none. */
  readClaimLink(id: ClaimLinkId): Promise<ClaimLinkRecord | null>;
  /** Newest first. @throws `key_not_found`. */
  listClaimLinks(keyId: KeyId): Promise<readonly ClaimLinkRecord[]>;
  /** Final; on a revoked key there is nothing to do. @throws `key_not_found`. */
  revokeKey(
    context: MutationContext,
    selector: KeySelector,
    options: { readonly reason: string | null },
  ): Promise<Mutated<KeyRecord>>;
  /** @throws `key_not_found`, `key_revoked`. */
  disableKey(context: MutationContext, selector: KeySelector): Promise<Mutated<KeyRecord>>;
  /** @throws `key_not_found`, `key_revoked`. */
  enableKey(context: MutationContext, selector: KeySelector): Promise<Mutated<KeyRecord>>;
  /** The same to several keys in one change; tells what became of each, in the order of `ids`. */
  changeKeys(
    context: MutationContext,
    verb: 'revoke' | 'disable' | 'enable',
    ids: readonly KeyId[],
    options: { readonly reason: string | null },
  ): Promise<Mutated<readonly KeyOutcome[]>>;
  /** @throws `key_not_found`. */
  getKey(selector: KeySelector): Promise<KeyRecord>;
  /**
   * Newest first unless told otherwise. A page may be short, or even empty, before the end: it is chosen from some thousands
   * of keys at most. A removed keyspace is listed as ever.
   *
   * @throws `keyspace_not_found`, for one that never was.
   */
  listKeys(query: KeyQuery): Promise<Page<KeyRecord>>;
  /** By hour, oldest first, all nodes added up. @throws `key_not_found`. */
  getKeyUsage(
    id: KeyId,
    range: { readonly fromMs: number; readonly toMs: number },
  ): Promise<readonly UsageRecord[]>;

  /** Of several of an organization's keys, by day, oldest first. */
  listDailyUsage(query: DailyUsageQuery): Promise<readonly DailyUsageRecord[]>;
  /** Tells the audit log that a customer asked for a key of somebody else; when there is no such key, nothing is told. */
  noteForeignKey(
    context: MutationContext,
    asked: { readonly keyspace: string; readonly organization: string; readonly number: number },
  ): Promise<void>;

  /**
   * Makes an operator token. An operator grants no scope and no keyspace that they do not hold themselves.
   *
   * @throws `grant_exceeds_own`, `idempotency_key_reused`.
   */
  createOperator(
    context: MutationContext,
    operator: {
      readonly id: OperatorId;
      readonly keyId: KeyId;
      readonly name: string;
      readonly scopes: readonly OperatorScope[];
      readonly keyspaces: readonly string[] | null;
      readonly expiresAtMs: number | null;
      readonly secret: NewSecret;
    },
    idempotency: Idempotency | null,
  ): Promise<Mutated<OperatorRecord>>;
  /**
   * Makes the very first operator, with every scope. Null when the store has ever had one, revoked or not.
   */
  bootstrapOperator(
    context: MutationContext,
    operator: {
      readonly id: OperatorId;
      readonly keyId: KeyId;
      readonly name: string;
      readonly secret: NewSecret;
    },
  ): Promise<Mutated<OperatorRecord> | null>;
  /**
   * Final; on a revoked one there is nothing to do. An operator of some keyspaces revokes none who reaches further, and
   * somebody always stays who can make operators for as long and as far as the revoked one could.
   *
   * @throws `operator_not_found`, `grant_exceeds_own`, `last_operator`.
   */
  revokeOperator(context: MutationContext, id: OperatorId): Promise<Mutated<OperatorRecord>>;
  listOperators(query: OperatorQuery): Promise<Page<OperatorRecord>>;

  /**
   * Makes a store safe to serve in which an older copy of it was put: what was denied since the copy must not be accepted
   * again. Sessions end, and every reader of the change log has to load everything again. Only the process itself
   * may, before it serves.
   *
   * @param restore.vouched true: what was denied since the copy is denied in here already. False: every key, operator
   *   token and person is disabled, to be reviewed, and the seq goes on from the clock's microseconds, which is above every seq ever
   *   answered while fewer than a million changes a second are made.
   * @param restore.details for the audit log.
   */
  completeRestore(
    context: MutationContext,
    restore: { readonly vouched: boolean; readonly details: JsonObject },
  ): Promise<Mutated<null>>;
  /** What a restore has disabled and nobody has reviewed. Enabling or disabling such a key one by one is a review too. */
  readQuarantine(): Promise<Quarantine>;
  /**
   * Enables up to `limit` quarantined keys in one change, those that are oldest first. Only the process itself may.
   *
   * @returns `releasedCount` less than `limit`: none is left.
   */
  releaseKeys(
    context: MutationContext,
    selector: QuarantineSelector,
    limit: number,
  ): Promise<Mutated<{ readonly releasedCount: number }>>;
  /** Only the process itself may; on one that is not quarantined there is nothing to do. @throws `operator_not_found`. */
  releaseOperator(context: MutationContext, id: OperatorId): Promise<Mutated<OperatorRecord>>;

  /** Not in the change log: a session is read from the store on every request. @throws `organization_not_found`, `keyspace_not_found`. */
  createPortalSession(context: MutationContext, session: NewPortalSession): Promise<PortalSessionRecord>;
  /**
   * Exchanges the one-time code of a session's link: makes a session of its own for whoever followed the link, as good and
   * as long as the one that the host has. Once only; null when the code was used, is older than `maxAgeMs`, or its
   * session is no longer good.
   */
  openPortalSession(
    context: MutationContext & { readonly actor: { readonly kind: 'portal_session' } },
    opened: { readonly id: PortalSessionId; readonly maxAgeMs: number },
  ): Promise<PortalSessionRecord | null>;
  /** Ends the acting session. @throws `unauthenticated`. */
  endPortalSession(
    context: MutationContext & { readonly actor: { readonly kind: 'portal_session' } },
  ): Promise<void>;
  /** Null when there is none, or it has expired or ended, or its organization is suspended or lacks the keyspace's feature. */
  readPortalSession(id: PortalSessionId): Promise<PortalSessionRecord | null>;

  /** Newest first. */
  listAuditEvents(query: AuditQuery): Promise<Page<AuditEventRecord>>;

  /** 32 random bytes that this store keeps under `name`, made at the first call; for MACs of tokens and cursors. */
  secretFor(name: string): Promise<Uint8Array>;
}
