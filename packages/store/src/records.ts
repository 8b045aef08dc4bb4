import type {
  AuditEventId,
  ClaimLinkId,
  JsonObject,
  KeyId,
  KeyspaceDefinition,
  OperatorId,
  OperatorScope,
  PersonSessionId,
  PortalSessionId,
} from '@keyhold/core';
import type { NewVerdict, RefusalCount } from './activity-records.ts';

/** A key as management reads it. Instants are ms since the epoch. Nothing in it can be used as a key. */
export interface KeyRecord {
  readonly id: KeyId;
  readonly number: number;
  readonly keyspace: string;
  readonly organization: string;
  readonly name: string;
  readonly environment: string | null;
  readonly scopes: readonly string[];
  readonly maskedKey: string;
  readonly allowedCidrs: readonly string[];
  readonly metadata: JsonObject;
  readonly createdAtMs: number;
  /** Who issued it, as the audit log names them. */
  readonly createdBy: string;
  /** What they were called then, the person behind a portal session as the host named them; null: nothing. */
  readonly createdByName: string | null;
  readonly expiresAtMs: number | null;
  readonly disabledAtMs: number | null;
  /** True for a disabled key that its customer disabled, and may enable again. */
  readonly disabledByCustomer: boolean;
  /** Set by a bulk revocation too, from the moment it commits. */
  readonly revokedAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  /** Of the newest secret; 1 for a key that was never recycled. */
  readonly generation: number;
  /** When the secret before the newest stops, while that lies ahead; null otherwise. */
  readonly graceUntilMs: number | null;
  /** Until when its newest secret waits to be claimed, and opens nothing; null: it waits for nobody. */
  readonly claimUntilMs: number | null;
  /** When somebody last came with the link of its newest secret after that was claimed; null: nobody did. */
  readonly linkTriedAgainAtMs: number | null;
  /** Seq of its last change. */
  readonly seq: number;
}

/** A secret on its way to whoever claims it by a link. */
export interface NewClaimLink {
  readonly id: ClaimLinkId;
  /** The key text, encrypted with what stands in the link alone. */
  readonly sealedKey: string;
  /** SHA-256 of the secret in the link, lower-case hex. */
  readonly secretDigest: string;
  readonly hasPassphrase: boolean;
  readonly expiresAtMs: number;
}

export interface ClaimLinkRecord extends Omit<NewClaimLink, 'sealedKey'> {
  readonly key: KeyRecord;
  /** Null once the link is over. */
  readonly sealedKey: string | null;
  /** Wrong passphrases. */
  readonly failedClaims: number;
  readonly createdAtMs: number;
  readonly claimedAtMs: number | null;
  /** The address it was claimed from. */
  readonly claimedFrom: string | null;
  /** When it was over without a claim: recycled, revoked, expired. */
  readonly endedAtMs: number | null;
  /** When somebody last came with it after it was claimed, and from where; null: nobody did. */
  readonly triedAgainAtMs: number | null;
  readonly triedAgainFrom: string | null;
}

export interface OrganizationRecord {
  readonly id: string;
  readonly name: string;
  readonly features: readonly string[];
  readonly tags: readonly string[];
  readonly suspended: boolean;
  readonly createdAtMs: number;
  readonly seq: number;
}

export interface OperatorRecord {
  readonly id: OperatorId;
  readonly keyId: KeyId;
  readonly name: string;
  readonly scopes: readonly OperatorScope[];
  /** Null: every keyspace. */
  readonly keyspaces: readonly string[] | null;
  readonly maskedKey: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  /** Set by a restore that cannot vouch for the token, until it is released. */
  readonly disabledAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly seq: number;
}

/** What a restore has disabled and nobody has reviewed yet. */
export interface Quarantine {
  readonly keyspaces: readonly { readonly keyspace: string; readonly keyCount: number }[];
  readonly operators: readonly OperatorRecord[];
}

/** Which keys are let out of quarantine; `organization` null: everybody's. */
export interface QuarantineSelector {
  readonly keyspace: string;
  readonly organization: string | null;
}

export interface PortalSessionRecord {
  readonly id: PortalSessionId;
  readonly keyspace: string;
  readonly organization: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** The person it is for, in the host's own words; null where the host named nobody. */
  readonly userName: string | null;
  /** Where the page's way back leads; null: nowhere. */
  readonly returnUrl: string | null;
}

/** What a portal session is made with. */
export interface NewPortalSession {
  readonly id: PortalSessionId;
  readonly keyspace: string;
  readonly organization: string;
  readonly expiresAtMs: number;
  readonly userName: string | null;
  readonly returnUrl: string | null;
}

/** Counts of one key and one day (UTC), all nodes added up. */
export interface DailyUsageRecord {
  /** The key's number. */
  readonly number: number;
  /** Days since the epoch. */
  readonly day: number;
  readonly outcome: UsageOutcome;
  readonly count: number;
}

export interface DailyUsageQuery {
  readonly keyspace: string;
  readonly organization: string;
  /** Of keys; the ones that are not this organization's are passed over. At most 100. */
  readonly numbers: readonly number[];
  /** Days since the epoch, the first and the one after the last. */
  readonly fromDay: number;
  readonly toDay: number;
}

export interface AuditEventRecord {
  readonly id: AuditEventId;
  readonly atMs: number;
  /** Noun and verb: `key.issue`, `key.revoke`, `organization.suspend`, `configuration.apply` … */
  readonly action: string;
  /** `name` is what they are called now; null: nothing, or they are not kept any more. */
  readonly actor: { readonly kind: Actor['kind']; readonly id: string; readonly name: string | null };
  readonly subject: { readonly kind: string; readonly id: string; readonly name: string | null };
  readonly keyspace: string | null;
  readonly organization: string | null;
  readonly requestId: string | null;
  readonly sourceAddress: string | null;
  /** What changed, by field; never a secret or a digest. */
  readonly details: JsonObject;
}

export const USAGE_OUTCOMES = ['accepted', 'denied', 'insufficient_scope'] as const;
export type UsageOutcome = (typeof USAGE_OUTCOMES)[number];

export interface UsageRecord {
  /** Start of the hour, ms since the epoch. */
  readonly hourMs: number;
  readonly outcome: UsageOutcome;
  readonly count: number;
}

export interface Page<T> {
  readonly data: readonly T[];
  /** Position after the last row, for `after`; null at the end. Signing it is the caller's business. */
  readonly next: string | null;
}

/** Who makes a mutation. Re-read inside its transaction, so that nobody writes after their revocation returned. */
export type Actor =
  | { readonly kind: 'operator'; readonly keyId: KeyId; readonly generation: number }
  /** One of the organization's own keys, where the keyspace lets keys manage keys. */
  | { readonly kind: 'key'; readonly keyId: KeyId; readonly generation: number }
  | { readonly kind: 'portal_session'; readonly id: PortalSessionId }
  /** A person in the console. */
  | { readonly kind: 'person'; readonly sessionId: PersonSessionId }
  /** The process itself: first start, configuration, the control socket. Not checked. */
  | { readonly kind: 'system'; readonly name: string };

export interface MutationContext {
  readonly actor: Actor;
  readonly requestId: string | null;
  readonly sourceAddress: string | null;
}

/** A repeat of a create with the same `key` by the same actor answers as the first did, without the secret. */
export interface Idempotency {
  readonly key: string;
  /** SHA-256 (hex) of method, path and body; a different one under the same key is `idempotency_key_reused`. */
  readonly requestDigest: string;
}

/** A secret just minted or imported, as the store keeps it. */
export interface NewSecret {
  /** SHA-256 of the whole key text, lower-case hex. */
  readonly digest: string;
  readonly maskedKey: string;
}

export interface NewKey {
  readonly id: KeyId;
  readonly keyspace: string;
  readonly organization: string;
  readonly name: string;
  readonly environment: string | null;
  readonly scopes: readonly string[];
  readonly expiresAtMs: number | null;
  readonly allowedCidrs: readonly string[];
  readonly metadata: JsonObject;
  readonly secret: NewSecret;
}

/** Fields left out stay as they are. */
export interface KeyPatch {
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly expiresAtMs?: number | null;
  readonly allowedCidrs?: readonly string[];
  readonly metadata?: JsonObject;
}

export interface OrganizationPatch {
  readonly name?: string;
  readonly features?: readonly string[];
  readonly tags?: readonly string[];
  readonly suspended?: boolean;
}

/** Which key a mutation is about: by id for operators, by number within one organization for self-service. */
export type KeySelector =
  | { readonly id: KeyId }
  | { readonly keyspace: string; readonly organization: string; readonly number: number };

/** Management's view of a key's life; `active` is not revoked and not past its expiry, disabled or not. */
export type KeyStateFilter = 'active' | 'disabled' | 'expired' | 'revoked';

/** Keys that work, and that somebody ought to look at: idle is unused for 90 days, soon within 30 days. */
export type KeySafety = 'never_expires' | 'idle_90_days' | 'never_used' | 'expiring_soon';

/** `expires`: without an expiry is last. `last_used`: never used is first. Ascending. */
export type KeySort = 'created' | 'last_used' | 'expires' | 'name';

/** Narrow together. */
export interface KeyFilter {
  readonly keyspace?: string;
  /** Only these keyspaces; for an operator limited to some. */
  readonly keyspaces?: readonly string[];
  readonly organization?: string;
  readonly state?: KeyStateFilter;
  /**
   * The beginning of the name (A–Z in either case), the id, the number (`12` or `#12`), or the beginning of the masked key
   * or four characters or more of its end.
   */
  readonly search?: string;
  readonly safety?: KeySafety;
}

export interface KeyQuery extends KeyFilter {
  /** Default: `created`. */
  readonly sort?: KeySort;
  /** Default: true. */
  readonly descending?: boolean;
  readonly after?: string;
  /** Rows in the answer at most, 1 to 1,000. */
  readonly limit: number;
}

export interface ListQuery {
  readonly after?: string;
  readonly limit: number;
}

export interface OrganizationFilter {
  /** The beginning of the id or of the name, A–Z in either case. */
  readonly search?: string;
  readonly suspended?: boolean;
}

export interface OrganizationQuery extends OrganizationFilter, ListQuery {}

export interface OperatorQuery extends ListQuery {
  /** Only who reaches nothing but these keyspaces; for an operator limited to some. */
  readonly keyspaces?: readonly string[];
}

export interface AuditQuery extends ListQuery {
  readonly organization?: string;
  readonly keyspace?: string;
  readonly keyspaces?: readonly string[];
  readonly subject?: string;
  readonly actor?: string;
  readonly action?: string;
  /** From this moment on. */
  readonly fromMs?: number;
  /** Before this moment. */
  readonly toMs?: number;
}

export interface ConfigurationState {
  readonly keyspaces: readonly KeyspaceDefinition[];
}

/** What verification counted since the last flush. */
export interface UsageBatch {
  /** Which process counted; rows of different nodes add up. */
  readonly node: string;
  /** Whose keys whoever counted may speak of; never empty. Left out: of any. */
  readonly keyspaces?: readonly string[];
  readonly usage: readonly {
    readonly keyId: KeyId;
    readonly hourMs: number;
    readonly outcome: UsageOutcome;
    readonly count: number;
  }[];
  readonly lastUsed: readonly {
    readonly keyId: KeyId;
    readonly atMs: number;
    /** Where that came from; null or left out: not said. */
    readonly address?: string | null;
  }[];
  /** One for each key and reason. */
  readonly refusals?: readonly RefusalCount[];
  /** For whoever looks on. */
  readonly verdicts?: readonly NewVerdict[];
}
