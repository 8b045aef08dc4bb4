// Made from the table of operations by `npm run docs`; a test keeps it equal.
import type { CallOptions, CreateOptions } from './call-options.ts';
import type { Pages } from './pages.ts';

/** Who did what to which key, from where. */
export interface AuditEvent {
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Noun and verb. */
  readonly action: string;
  readonly actor: {
    readonly kind: 'operator' | 'key' | 'portal_session' | 'person' | 'system';
    readonly id: string;
    /** What it is called now; null: nothing, or it is not kept any more. */
    readonly name: string | null;
  };
  readonly subject: {
    readonly kind: string;
    readonly id: string;
    /** What it is called now; null: nothing, or it is not kept any more. */
    readonly name: string | null;
  };
  readonly keyspace: string | null;
  readonly organization: string | null;
  readonly request_id: string | null;
  readonly source_address: string | null;
  /** What changed, by field, under the names and in the forms of the API; never a secret or a digest. */
  readonly details: { readonly [name: string]: unknown };
}

export interface AuditEventList {
  readonly data: readonly AuditEvent[];
  /** Send it as "cursor" for the next page; null at the end. */
  readonly next_cursor: string | null;
}

/** A change that holds in every process. */
export interface Barrier {
  /** The change this call waited for: it holds in every process. Verify with "min_seq" to be sure of it anywhere. */
  readonly seq: number;
}

export interface BulkChangeKeysRequest {
  readonly action: 'revoke' | 'disable' | 'enable';
  readonly ids: readonly string[];
  /** How many keys the caller means; the call is refused when "ids" names another number. */
  readonly expected_count: number;
  /** For the audit log. */
  readonly reason?: string | undefined;
}

/** What became of each key. All of it holds in every process. */
export interface BulkChangedKeys {
  /** How many were changed. */
  readonly done: number;
  /** In the order of "ids". */
  readonly outcomes: readonly {
    readonly id: string;
    /** unchanged: it was so already. */
    readonly status: 'done' | 'unchanged' | 'refused';
    /** Why it was refused. */
    readonly code?: 'key_not_found' | 'key_revoked' | undefined;
  }[];
  /** The change this call waited for: it holds in every process. Verify with "min_seq" to be sure of it anywhere. */
  readonly seq: number;
}

/** The links by which the secrets of a key were handed over, newest first. */
export interface ClaimLinkList {
  readonly data: readonly {
    readonly id: string;
    /** ended: it expired, or the key was recycled or revoked before anybody claimed it. */
    readonly state: 'waiting' | 'claimed' | 'ended';
    readonly has_passphrase: boolean;
    /** Wrong passphrases; the tenth ends the link. */
    readonly failed_claims: number;
    /** RFC 3339, UTC. */
    readonly created_at: string;
    /** RFC 3339, UTC. */
    readonly expires_at: string;
    /** RFC 3339, UTC; null where it does not apply. */
    readonly claimed_at: string | null;
    /** The address. */
    readonly claimed_from: string | null;
    /** When somebody last came with it after it was claimed; null: nobody did. */
    readonly tried_again_at: string | null;
    /** The address. */
    readonly tried_again_from: string | null;
  }[];
}

export interface CreateOperatorRequest {
  /** A label for people: 1 to 100 characters, no control characters. Kept in Unicode form NFC. */
  readonly name: string;
  readonly scopes: readonly (
    | 'verify'
    | 'attach'
    | 'keys:read'
    | 'keys:write'
    | 'organizations:read'
    | 'organizations:write'
    | 'portal:write'
    | 'audit:read'
    | 'operators:write'
  )[];
  /** The keyspaces the token may see and touch; null: all of them. */
  readonly keyspaces?: readonly string[] | null | undefined;
  /** RFC 3339 with a zone, in the future; null for no expiry. */
  readonly expires_at?: string | null | undefined;
}

export interface CreateOrganizationRequest {
  /** Your own id for the customer; made when left out. */
  readonly id?: string | undefined;
  /** For people: 1 to 100 characters, no control characters. */
  readonly name: string;
  readonly features?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly suspended?: boolean | undefined;
}

export interface CreatePortalSessionRequest {
  /** A keyspace that the configuration declares. */
  readonly keyspace: string;
  /** 1 to 64 characters of A–Z a–z 0–9 . _ : - */
  readonly organization: string;
  /** The person it is for, as keys made with it shall name them. */
  readonly user?: string | undefined;
  /** Where the API Keys page's way back leads: an https URL, or http on this machine. */
  readonly return_url?: string | undefined;
  /** How long the session lasts ("15m", "PT8H"): up to 24 hours. Default: one hour. */
  readonly expires_in?: string | undefined;
}

export interface EndedSessions {
  readonly ended: number;
}

export interface ImportKeysRequest {
  /** A keyspace that the configuration declares. */
  readonly keyspace: string;
  readonly keys: readonly {
    /** 1 to 64 characters of A–Z a–z 0–9 . _ : - */
    readonly organization: string;
    /** A label for people: 1 to 100 characters, no control characters. Kept in Unicode form NFC. */
    readonly name: string;
    /** The whole key; it must have a format of the keyspace. Not with "sha256". */
    readonly key?: string | undefined;
    /** SHA-256 of the whole key, 64 hex digits or base64. Needs "entropy_bits". Not with "key". */
    readonly sha256?: string | undefined;
    /** Bits of randomness in the key behind "sha256"; at least 112 (NIST SP 800-63B). */
    readonly entropy_bits?: number | undefined;
    /** What lists show for a key known by its digest only; up to 64 characters. */
    readonly masked_key?: string | undefined;
    /** As at issue; with "key" it is read from the key. */
    readonly environment?: string | undefined;
    readonly scopes?: readonly string[] | undefined;
    /** RFC 3339 with a zone, in the future; null for no expiry. */
    readonly expires_at?: string | null | undefined;
    readonly allowed_cidrs?: readonly string[] | undefined;
    /** Anything the operator wants to keep with the key: up to 32 names, 4 levels and 4,096 bytes of JSON. */
    readonly metadata?: { readonly [name: string]: unknown } | undefined;
  }[];
}

/** What became of each row. Rows that could be imported are, whatever became of the others. */
export interface ImportedKeys {
  /** One outcome for each row, in the order of the rows. */
  readonly data: readonly (
    | {
        readonly status: 'imported';
        readonly id: string;
        readonly number: number;
        readonly masked_key: string;
      }
    | {
        readonly status: 'refused';
        readonly code:
          | 'already_exists'
          | 'active_key_limit_reached'
          | 'organization_not_found'
          | 'validation_failed';
        readonly errors?:
          | readonly {
              readonly pointer: string;
              readonly message: string;
            }[]
          | undefined;
      }
  )[];
  readonly imported_count: number;
  /** The change this call waited for: it holds in every process. Verify with "min_seq" to be sure of it anywhere. */
  readonly seq: number;
}

/** RFC 7662. A key that is not good, or not visible to the caller, is {"active": false} and nothing more. */
export type IntrospectAnswer =
  | {
      readonly active: true;
      readonly token_type: 'Bearer';
      /** The id of the key. */
      readonly client_id: string;
      /** The organization that owns the key. */
      readonly sub: string;
      /** The keyspace of the key. */
      readonly aud: string;
      /** Scopes, space-separated; absent where there are none. */
      readonly scope?: string | undefined;
      /** Seconds since 1970; absent when the key does not expire. */
      readonly exp?: number | undefined;
    }
  | {
      readonly active: false;
    };

export interface IntrospectRequest {
  readonly token: string;
  /** Read and not used (RFC 7662 §2.1). */
  readonly token_type_hint?: string | undefined;
}

export interface InvitePersonRequest {
  /** Who they log in as. Compared without regard to case. */
  readonly email: string;
  /** As colleagues know them: 1 to 100 characters, no control characters. */
  readonly name: string;
  /** What a person may do: an owner everything; an operator everything but managing people and operator tokens and attaching verifiers; read_only looks. */
  readonly role: 'owner' | 'operator' | 'read_only';
}

export interface IssueKeyRequest {
  /** A keyspace that the configuration declares. */
  readonly keyspace: string;
  /** 1 to 64 characters of A–Z a–z 0–9 . _ : - */
  readonly organization: string;
  /** A label for people: 1 to 100 characters, no control characters. Kept in Unicode form NFC. */
  readonly name: string;
  /** Required where the keyspace has several. */
  readonly environment?: string | undefined;
  /** Required where the keyspace has scopes, refused where it has none. */
  readonly scopes?: readonly string[] | undefined;
  /** RFC 3339 with a zone, in the future; null for no expiry. */
  readonly expires_at?: string | null | undefined;
  readonly allowed_cidrs?: readonly string[] | undefined;
  /** Anything the operator wants to keep with the key: up to 32 names, 4 levels and 4,096 bytes of JSON. */
  readonly metadata?: { readonly [name: string]: unknown } | undefined;
  /** Where the secret goes: into the answer, or to whoever follows a link that works once. Until it is claimed it opens nothing, and when the link expires unclaimed the key is revoked. Default: response. */
  readonly deliver?: 'response' | 'claim_link' | undefined;
  /** With deliver "claim_link". */
  readonly claim_link?:
    | {
        /** Up to 30d; default 3d. */
        readonly expires_in?: string | undefined;
        /** Asked of whoever follows the link; send it by another way. */
        readonly passphrase?: string | undefined;
      }
    | undefined;
}

/** A key as it can be shown. The secret is in no answer but the first. */
export interface Key {
  readonly id: string;
  /** Per keyspace, never reused; the "id" of self-service. */
  readonly number: number;
  /** A keyspace that the configuration declares. */
  readonly keyspace: string;
  /** 1 to 64 characters of A–Z a–z 0–9 . _ : - */
  readonly organization: string;
  /** A label for people: 1 to 100 characters, no control characters. Kept in Unicode form NFC. */
  readonly name: string;
  readonly environment: string | null;
  /** Scopes of the keyspace, in its order; empty where it has none. */
  readonly scopes: readonly string[];
  /** What may be shown of the key. */
  readonly masked_key: string;
  /** The first of revoked, expired and disabled that holds, or else active. A disabled key has "disabled" here and is listed by state=active too, since it counts for the cap. */
  readonly state: 'active' | 'disabled' | 'expired' | 'revoked';
  /** Networks the key may be used from (CIDR); empty: from anywhere. */
  readonly allowed_cidrs: readonly string[];
  /** Anything the operator wants to keep with the key: up to 32 names, 4 levels and 4,096 bytes of JSON. */
  readonly metadata: { readonly [name: string]: unknown };
  /** RFC 3339, UTC. */
  readonly created_at: string;
  /** Who issued it, as the audit log has them. */
  readonly created_by: string;
  /** What they were called then: the person, the operator token or the key; on a keys page the user that its session was made for. Null: nothing. */
  readonly created_by_name: string | null;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly expires_at: string | null;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly disabled_at: string | null;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly revoked_at: string | null;
  /** At most a second behind. */
  readonly last_used_at: string | null;
  /** 1, and one more for each recycling. */
  readonly generation: number;
  /** When the secret before the newest stops, while that lies ahead. */
  readonly grace_until: string | null;
  /** Until when the newest secret waits to be claimed by its link, and opens nothing; null: it waits for nobody. */
  readonly claim_until: string | null;
  /** When somebody last came with the newest secret's link after it was claimed: if it was not the recipient, somebody else may have the key; recycle it. Null: nobody did. */
  readonly link_tried_again_at: string | null;
  /** The change this call waited for: it holds in every process. Verify with "min_seq" to be sure of it anywhere. */
  readonly seq: number;
}

/** Where a key was last used from and why it was refused. At most a second behind. */
export interface KeyActivity {
  readonly key_id: string;
  /** Null: never used. */
  readonly last_used: {
    /** RFC 3339, UTC. */
    readonly at: string;
    /** Where the request came from; null: whoever asked did not say. */
    readonly address: string | null;
  } | null;
  /** One for each reason, since the key was made; the one that came last is first. */
  readonly refusals: readonly {
    readonly reason: Reason;
    readonly count: number;
    /** RFC 3339, UTC. */
    readonly last_at: string;
    /** Where the request came from; null: whoever asked did not say. */
    readonly address: string | null;
    /** What the last of them attempted, where it was said. */
    readonly operation: string | null;
  }[];
}

export interface KeyList {
  readonly data: readonly Key[];
  /** Send it as "cursor" for the next page; null at the end. */
  readonly next_cursor: string | null;
}

/** Verifications of one key by hour and outcome. At most a second behind. */
export interface KeyUsage {
  readonly key_id: string;
  /** RFC 3339, UTC. */
  readonly from: string;
  /** RFC 3339, UTC. */
  readonly to: string;
  /** Hours in which the key was used, oldest first; hours without a call are left out. */
  readonly data: readonly {
    /** Start of the hour. */
    readonly hour: string;
    readonly accepted: number;
    readonly denied: number;
    readonly insufficient_scope: number;
  }[];
}

/** A key together with its secret. */
export interface KeyWithSecret {
  readonly id: string;
  /** Per keyspace, never reused; the "id" of self-service. */
  readonly number: number;
  /** A keyspace that the configuration declares. */
  readonly keyspace: string;
  /** 1 to 64 characters of A–Z a–z 0–9 . _ : - */
  readonly organization: string;
  /** A label for people: 1 to 100 characters, no control characters. Kept in Unicode form NFC. */
  readonly name: string;
  readonly environment: string | null;
  /** Scopes of the keyspace, in its order; empty where it has none. */
  readonly scopes: readonly string[];
  /** What may be shown of the key. */
  readonly masked_key: string;
  /** The first of revoked, expired and disabled that holds, or else active. A disabled key has "disabled" here and is listed by state=active too, since it counts for the cap. */
  readonly state: 'active' | 'disabled' | 'expired' | 'revoked';
  /** Networks the key may be used from (CIDR); empty: from anywhere. */
  readonly allowed_cidrs: readonly string[];
  /** Anything the operator wants to keep with the key: up to 32 names, 4 levels and 4,096 bytes of JSON. */
  readonly metadata: { readonly [name: string]: unknown };
  /** RFC 3339, UTC. */
  readonly created_at: string;
  /** Who issued it, as the audit log has them. */
  readonly created_by: string;
  /** What they were called then: the person, the operator token or the key; on a keys page the user that its session was made for. Null: nothing. */
  readonly created_by_name: string | null;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly expires_at: string | null;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly disabled_at: string | null;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly revoked_at: string | null;
  /** At most a second behind. */
  readonly last_used_at: string | null;
  /** 1, and one more for each recycling. */
  readonly generation: number;
  /** When the secret before the newest stops, while that lies ahead. */
  readonly grace_until: string | null;
  /** Until when the newest secret waits to be claimed by its link, and opens nothing; null: it waits for nobody. */
  readonly claim_until: string | null;
  /** When somebody last came with the newest secret's link after it was claimed: if it was not the recipient, somebody else may have the key; recycle it. Null: nobody did. */
  readonly link_tried_again_at: string | null;
  /** The change this call waited for: it holds in every process. Verify with "min_seq" to be sure of it anywhere. */
  readonly seq: number;
  /** The secret, shown in this answer only. Null when an Idempotency-Key was repeated, or it is handed over by "claim_url". */
  readonly key: string | null;
  /** With deliver "claim_link": the link to send, in this answer only. What stands behind its # is kept nowhere. */
  readonly claim_url?: string | undefined;
  /** Only with 202: stored, and not yet confirmed in every process. */
  readonly pending?: true | undefined;
}

/** A keyspace as it is configured. */
export interface Keyspace {
  /** A keyspace that the configuration declares. */
  readonly id: string;
  readonly title: string | null;
  /** Empty: its keys have none. */
  readonly environments: readonly string[];
  /** The operations that each scope opens; null: no scopes, a good key opens every path. */
  readonly scopes: { readonly [name: string]: readonly string[] } | null;
  readonly format: string;
  readonly masked: string;
  /** What an organization must have switched on for its keys to be accepted. */
  readonly requires_feature: string | null;
  /** All its keys are denied and none can be issued. */
  readonly retired: boolean;
  readonly limits: {
    readonly active_keys_per_organization: number | null;
    readonly max_lifetime_seconds: number | null;
  };
  readonly recycle: {
    /** 0: the secret before always stops at once. */
    readonly max_grace_seconds: number;
  };
  /** Where customers call the API; null: Keyhold stands in front of none. */
  readonly gateway: {
    /** Null: not known to this process. */
    readonly url: string | null;
  } | null;
  /** The customers' guide; null: the configuration does not make it public. */
  readonly guide_url: string | null;
  readonly keys: {
    readonly active: {
      readonly value: number;
      /** True: counting stopped there, and there may be more. Past 10,000 it always does. */
      readonly at_least: boolean;
    };
    readonly total: {
      readonly value: number;
      /** True: counting stopped there, and there may be more. Past 10,000 it always does. */
      readonly at_least: boolean;
    };
  };
}

export interface KeyspaceList {
  readonly data: readonly Keyspace[];
}

export interface NodeList {
  /** The newest change that the answering node knows of. */
  readonly seq: number;
  readonly data: readonly {
    /** Its name. */
    readonly node: string;
    /** Another one after each start and each lost lease; empty for a server with an embedded database. */
    readonly incarnation: string;
    /** The node that answers this call. */
    readonly self: boolean;
    /** It has renewed its lease within the time that the lease lasts. One that has not is waited for, once. */
    readonly alive: boolean;
    /** When the answering node last saw it renew, at the least; null for a server with an embedded database. */
    readonly renewed_ms_ago: number | null;
    /** The last change that it and its workers have confirmed. */
    readonly acked_seq: number;
    /** Renewals of this incarnation. */
    readonly round: number;
    readonly protocol_version: number;
    /** How long it may still answer for; null where that is not known or not limited. */
    readonly lease_ms: number | null;
    /** Why it does not answer; null while it does. */
    readonly trouble: string | null;
    /** Its worker processes; null of another node. Empty: it is a single process. */
    readonly workers:
      | readonly {
          readonly pid: number;
          readonly connected: boolean;
          /** The last change it has confirmed. */
          readonly acked_seq: number;
          /** How long it may still answer for if nothing more is granted. */
          readonly grant_ms: number;
        }[]
      | null;
  }[];
}

/** A token for a person or a program that runs Keyhold. */
export interface Operator {
  readonly id: string;
  readonly key_id: string;
  /** A label for people: 1 to 100 characters, no control characters. Kept in Unicode form NFC. */
  readonly name: string;
  readonly scopes: readonly (
    | 'verify'
    | 'attach'
    | 'keys:read'
    | 'keys:write'
    | 'organizations:read'
    | 'organizations:write'
    | 'portal:write'
    | 'audit:read'
    | 'operators:write'
  )[];
  /** The keyspaces the token may see and touch; null: all of them. */
  readonly keyspaces: readonly string[] | null;
  readonly masked_token: string;
  /** RFC 3339, UTC. */
  readonly created_at: string;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly expires_at: string | null;
  /** Set by a restore of the database, until the token is released; it is denied meanwhile. */
  readonly disabled_at: string | null;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly revoked_at: string | null;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly last_used_at: string | null;
  /** The change this call waited for: it holds in every process. Verify with "min_seq" to be sure of it anywhere. */
  readonly seq: number;
}

export interface OperatorList {
  readonly data: readonly Operator[];
  /** Send it as "cursor" for the next page; null at the end. */
  readonly next_cursor: string | null;
}

export interface OperatorWithToken {
  readonly id: string;
  readonly key_id: string;
  /** A label for people: 1 to 100 characters, no control characters. Kept in Unicode form NFC. */
  readonly name: string;
  readonly scopes: readonly (
    | 'verify'
    | 'attach'
    | 'keys:read'
    | 'keys:write'
    | 'organizations:read'
    | 'organizations:write'
    | 'portal:write'
    | 'audit:read'
    | 'operators:write'
  )[];
  /** The keyspaces the token may see and touch; null: all of them. */
  readonly keyspaces: readonly string[] | null;
  readonly masked_token: string;
  /** RFC 3339, UTC. */
  readonly created_at: string;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly expires_at: string | null;
  /** Set by a restore of the database, until the token is released; it is denied meanwhile. */
  readonly disabled_at: string | null;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly revoked_at: string | null;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly last_used_at: string | null;
  /** The change this call waited for: it holds in every process. Verify with "min_seq" to be sure of it anywhere. */
  readonly seq: number;
  /** Shown in this answer only. Null when an Idempotency-Key was repeated. */
  readonly token: string | null;
  /** Only with 202: stored, and not yet confirmed in every process. */
  readonly pending?: true | undefined;
}

/** A customer account that owns keys. */
export interface Organization {
  /** 1 to 64 characters of A–Z a–z 0–9 . _ : - */
  readonly id: string;
  /** For people: 1 to 100 characters, no control characters. */
  readonly name: string;
  /** Switches that a keyspace can demand. */
  readonly features: readonly string[];
  readonly tags: readonly string[];
  /** While true, every key of the organization is denied. */
  readonly suspended: boolean;
  /** RFC 3339, UTC. */
  readonly created_at: string;
  /** The change this call waited for: it holds in every process. Verify with "min_seq" to be sure of it anywhere. */
  readonly seq: number;
}

export interface OrganizationList {
  readonly data: readonly Organization[];
  /** Send it as "cursor" for the next page; null at the end. */
  readonly next_cursor: string | null;
}

/** How much there is of what, in the keyspaces that the caller reaches. */
export interface Overview {
  readonly keys: {
    readonly active: {
      readonly value: number;
      /** True: counting stopped there, and there may be more. Past 10,000 it always does. */
      readonly at_least: boolean;
    };
    readonly disabled: {
      readonly value: number;
      /** True: counting stopped there, and there may be more. Past 10,000 it always does. */
      readonly at_least: boolean;
    };
    readonly expired: {
      readonly value: number;
      /** True: counting stopped there, and there may be more. Past 10,000 it always does. */
      readonly at_least: boolean;
    };
    readonly revoked: {
      readonly value: number;
      /** True: counting stopped there, and there may be more. Past 10,000 it always does. */
      readonly at_least: boolean;
    };
  };
  readonly organizations: {
    readonly total: {
      readonly value: number;
      /** True: counting stopped there, and there may be more. Past 10,000 it always does. */
      readonly at_least: boolean;
    };
    readonly suspended: {
      readonly value: number;
      /** True: counting stopped there, and there may be more. Past 10,000 it always does. */
      readonly at_least: boolean;
    };
  };
  /** The keys that GET /v1/keys lists with "safety". */
  readonly safety: {
    readonly never_expires: {
      readonly value: number;
      /** True: counting stopped there, and there may be more. Past 10,000 it always does. */
      readonly at_least: boolean;
    };
    readonly idle_90_days: {
      readonly value: number;
      /** True: counting stopped there, and there may be more. Past 10,000 it always does. */
      readonly at_least: boolean;
    };
    readonly never_used: {
      readonly value: number;
      /** True: counting stopped there, and there may be more. Past 10,000 it always does. */
      readonly at_least: boolean;
    };
    readonly expiring_soon: {
      readonly value: number;
      /** True: counting stopped there, and there may be more. Past 10,000 it always does. */
      readonly at_least: boolean;
    };
  };
  readonly nodes: number;
}

export interface PatchKeyRequest {
  /** A label for people: 1 to 100 characters, no control characters. Kept in Unicode form NFC. */
  readonly name?: string | undefined;
  /** Required where the keyspace has scopes, refused where it has none. */
  readonly scopes?: readonly string[] | undefined;
  /** RFC 3339 with a zone, in the future; null for no expiry. */
  readonly expires_at?: string | null | undefined;
  readonly allowed_cidrs?: readonly string[] | undefined;
  /** The whole object; it replaces the one before. */
  readonly metadata?: { readonly [name: string]: unknown } | undefined;
}

export interface PatchOrganizationRequest {
  /** For people: 1 to 100 characters, no control characters. */
  readonly name?: string | undefined;
  /** The whole list; a feature left out is off. */
  readonly features?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly suspended?: boolean | undefined;
}

export interface PatchPersonRequest {
  /** As colleagues know them: 1 to 100 characters, no control characters. */
  readonly name?: string | undefined;
  /** What a person may do: an owner everything; an operator everything but managing people and operator tokens and attaching verifiers; read_only looks. */
  readonly role?: 'owner' | 'operator' | 'read_only' | undefined;
  /** True ends their sessions at once. */
  readonly disabled?: boolean | undefined;
}

/** A person who uses the console. */
export interface Person {
  readonly id: string;
  /** As colleagues know them: 1 to 100 characters, no control characters. */
  readonly name: string;
  /** Who they log in as. Compared without regard to case. */
  readonly email: string;
  /** What a person may do: an owner everything; an operator everything but managing people and operator tokens and attaching verifiers; read_only looks. */
  readonly role: 'owner' | 'operator' | 'read_only';
  readonly state: 'active' | 'invited' | 'disabled';
  readonly totp_enabled: boolean;
  /** RFC 3339, UTC. */
  readonly created_at: string;
  /** Id of who invited them; "console" for who came by the set-up link or a provider. */
  readonly created_by: string;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly last_login_at: string | null;
  readonly sessions: readonly {
    readonly id: string;
    /** RFC 3339, UTC. */
    readonly created_at: string;
    /** RFC 3339, UTC. */
    readonly last_seen_at: string;
    readonly source_address: string | null;
    readonly user_agent: string | null;
    /** The one that asks. */
    readonly current: boolean;
  }[];
}

export interface PersonList {
  readonly data: readonly Person[];
  /** Send it as "cursor" for the next page; null at the end. */
  readonly next_cursor: string | null;
}

export interface PersonWithInvitation {
  readonly id: string;
  /** As colleagues know them: 1 to 100 characters, no control characters. */
  readonly name: string;
  /** Who they log in as. Compared without regard to case. */
  readonly email: string;
  /** What a person may do: an owner everything; an operator everything but managing people and operator tokens and attaching verifiers; read_only looks. */
  readonly role: 'owner' | 'operator' | 'read_only';
  readonly state: 'active' | 'invited' | 'disabled';
  readonly totp_enabled: boolean;
  /** RFC 3339, UTC. */
  readonly created_at: string;
  /** Id of who invited them; "console" for who came by the set-up link or a provider. */
  readonly created_by: string;
  /** RFC 3339, UTC; null where it does not apply. */
  readonly last_login_at: string | null;
  readonly sessions: readonly {
    readonly id: string;
    /** RFC 3339, UTC. */
    readonly created_at: string;
    /** RFC 3339, UTC. */
    readonly last_seen_at: string;
    readonly source_address: string | null;
    readonly user_agent: string | null;
    /** The one that asks. */
    readonly current: boolean;
  }[];
  /** Shown in this answer only; works once, for 72 hours. Hand it over yourself. */
  readonly invitation_url: string;
}

/** A short-lived right to manage one organization's keys in one keyspace. */
export interface PortalSession {
  readonly id: string;
  /** Bearer token for the self-service API of this keyspace, shown in this answer only. */
  readonly token: string;
  /** The API Keys page, with a one-time code in its fragment: send the customer there within ten minutes. The code works once. */
  readonly url: string;
  /** A keyspace that the configuration declares. */
  readonly keyspace: string;
  /** 1 to 64 characters of A–Z a–z 0–9 . _ : - */
  readonly organization: string;
  /** RFC 3339, UTC. */
  readonly expires_at: string;
}

export type Reason =
  | 'missing'
  | 'malformed'
  | 'unknown'
  | 'wrong_keyspace'
  | 'revoked'
  | 'expired'
  | 'disabled'
  | 'organization_suspended'
  | 'feature_off'
  | 'environment_not_accepted'
  | 'address_not_allowed'
  | 'insufficient_scope';

export interface RecycleKeyRequest {
  /** How long the present secret goes on working ("15m", "PT1H"); up to what the keyspace allows. Default: it stops at once. */
  readonly grace?: string | undefined;
  /** Where the secret goes: into the answer, or to whoever follows a link that works once. Until it is claimed it opens nothing, and when the link expires unclaimed the key is revoked. Default: response. */
  readonly deliver?: 'response' | 'claim_link' | undefined;
  /** With deliver "claim_link". */
  readonly claim_link?:
    | {
        /** Up to 30d; default 3d. */
        readonly expires_in?: string | undefined;
        /** Asked of whoever follows the link; send it by another way. */
        readonly passphrase?: string | undefined;
      }
    | undefined;
}

export interface RevokeKeyRequest {
  /** For the audit log. */
  readonly reason?: string | undefined;
}

export interface RevokeOrganizationKeysRequest {
  /** Only the keys of this keyspace. */
  readonly keyspace?: string | undefined;
  /** For the audit log. */
  readonly reason?: string | undefined;
}

export interface RevokedOrganizationKeys {
  /** 1 to 64 characters of A–Z a–z 0–9 . _ : - */
  readonly organization: string;
  readonly revoked_count: number;
  /** The change this call waited for: it holds in every process. Verify with "min_seq" to be sure of it anywhere. */
  readonly seq: number;
}

/** Verdicts of the last minute, while somebody asks for them. */
export interface VerdictList {
  /** Oldest first. */
  readonly data: readonly {
    /** RFC 3339, UTC. */
    readonly at: string;
    /** The node that decided. */
    readonly node: string;
    /** Where it was asked: gateway, verify, authorize … */
    readonly face: string;
    readonly keyspace: string | null;
    readonly organization: string | null;
    /** Null: the key is not known. What was presented is kept nowhere. */
    readonly key_id: string | null;
    readonly outcome: 'accepted' | 'denied';
    /** Null: accepted. */
    readonly reason: Reason | null;
    readonly operation: string | null;
    readonly address: string | null;
  }[];
  /** Send it as "after" for what came since. */
  readonly next_after: string;
  /** A process had more verdicts in a second than it tells of, which is 50. */
  readonly sampled: boolean;
}

/** Whether the key may be used now. The reason is for the caller alone: never show it to who presented the key. */
export type VerifyAnswer =
  | {
      readonly valid: true;
      readonly key_id: string;
      readonly keyspace: string;
      /** 1 to 64 characters of A–Z a–z 0–9 . _ : - */
      readonly organization: string;
      readonly environment: string | null;
      readonly scopes: readonly string[];
      /** A label for people: 1 to 100 characters, no control characters. Kept in Unicode form NFC. */
      readonly name: string;
      /** RFC 3339, UTC; null where it does not apply. */
      readonly expires_at: string | null;
    }
  | {
      readonly valid: false;
      readonly reason: Reason;
    };

export interface VerifyRequest {
  /** The key as it was presented. Not kept, not logged. */
  readonly key: string;
  /** The keyspace the key must be of. Left out: any that the caller may see. */
  readonly keyspace?: string | undefined;
  /** The operation attempted, "METHOD /path". Where the keyspace has scopes, the key must hold one that opens it. */
  readonly operation?: string | undefined;
  /** Scopes the key must hold, all of them. */
  readonly scopes?: readonly string[] | undefined;
  /** Where the request came from. Without it, a key limited to networks is denied. */
  readonly client_ip?: string | undefined;
  /** Answer once this change has been applied: waits up to 3 seconds for it, then answers 503 lease_lost. */
  readonly min_seq?: number | undefined;
}

/** Every call of the management API, `verify` and `introspect`. Each answers with the body of the answer. */
export interface KeyholdClient {
  /** Create an organization. Scope: `organizations:write`. */
  createOrganization(input: CreateOrganizationRequest, options?: CreateOptions): Promise<Organization>;
  /** List organizations. Scope: `organizations:read`. */
  listOrganizations(
    input?: {
      /** The beginning of the id or of the name, A–Z in either case. */
      readonly search?: string | undefined;
      readonly suspended?: 'true' | 'false' | undefined;
      /** "next_cursor" of the page before, with the same filters. */
      readonly cursor?: string | undefined;
      /** Rows in one page. */
      readonly limit?: number | undefined;
    },
    options?: CallOptions,
  ): Pages<OrganizationList>;
  /** Read an organization. Scope: `organizations:read`. */
  getOrganization(
    input: {
      /** 1 to 64 characters of A–Z a–z 0–9 . _ : - */
      readonly id: string;
    },
    options?: CallOptions,
  ): Promise<Organization>;
  /** Change an organization. Suspending it or turning a feature off denies its keys at once, requests in flight included. A token that is limited to some keyspaces may not do either, since both reach every keyspace. Scope: `organizations:write`. */
  patchOrganization(
    input: {
      /** 1 to 64 characters of A–Z a–z 0–9 . _ : - */
      readonly id: string;
    } & PatchOrganizationRequest,
    options?: CallOptions,
  ): Promise<Organization>;
  /** Revoke all of an organization's keys. One change, however many keys there are. When the call returns, none of them is accepted anywhere. Scope: `keys:write`. */
  revokeOrganizationKeys(
    input: {
      /** 1 to 64 characters of A–Z a–z 0–9 . _ : - */
      readonly id: string;
    } & RevokeOrganizationKeysRequest,
    options?: CallOptions,
  ): Promise<RevokedOrganizationKeys>;
  /** Issue a key. The answer shows the secret, once. With an Idempotency-Key a repeated call answers with the same key and without the secret. Scope: `keys:write`. */
  issueKey(input: IssueKeyRequest, options?: CreateOptions): Promise<KeyWithSecret>;
  /** Import keys that exist already. By plain text, which must have a format of the keyspace, or by SHA-256. Up to 1,000 rows and 8 MiB in one call. The answer tells what became of each row. Scope: `keys:write`. */
  importKeys(input: ImportKeysRequest, options?: CallOptions): Promise<ImportedKeys>;
  /** List keys. Filters and orders combine freely. Scope: `keys:read`. */
  listKeys(
    input?: {
      readonly keyspace?: string | undefined;
      readonly organization?: string | undefined;
      /** active: not revoked and not past its expiry, which a disabled key may be too (it counts for the cap). disabled: only those of them that are disabled. */
      readonly state?: 'active' | 'disabled' | 'expired' | 'revoked' | undefined;
      /** The beginning of the name (A–Z in either case), the id, the number ("12" or "#12"), or what lists show of the key: its beginning, or four characters or more of its end. */
      readonly search?: string | undefined;
      /** Keys that work and that somebody ought to look at. idle_90_days: not used for 90 days, or made so long ago and never used. expiring_soon: within 30 days. */
      readonly safety?: 'never_expires' | 'idle_90_days' | 'never_used' | 'expiring_soon' | undefined;
      /** With "-" the newest, latest or last first. By last use, keys that never were used come before the others; by expiry, those without one come after. */
      readonly sort?:
        | 'created'
        | '-created'
        | 'last_used'
        | '-last_used'
        | 'expires'
        | '-expires'
        | 'name'
        | '-name'
        | undefined;
      /** "next_cursor" of the page before, with the same filters. */
      readonly cursor?: string | undefined;
      /** Rows in one page at most. A page is chosen from 5,000 keys at most, so that with filters it may be shorter, even empty, before the end. */
      readonly limit?: number | undefined;
    },
    options?: CallOptions,
  ): Pages<KeyList>;
  /** Revoke, disable or enable several keys. One change for all of them: when the call returns, it holds everywhere. A key that cannot be changed is told and does not stop the others. Scope: `keys:write`. */
  bulkChangeKeys(input: BulkChangeKeysRequest, options?: CallOptions): Promise<BulkChangedKeys>;
  /** Read a key. Scope: `keys:read`. */
  getKey(
    input: {
      readonly id: string;
    },
    options?: CallOptions,
  ): Promise<Key>;
  /** Change a key. Fewer scopes, an earlier expiry or fewer networks hold everywhere when the call returns. Scope: `keys:write`. */
  patchKey(
    input: {
      readonly id: string;
    } & PatchKeyRequest,
    options?: CallOptions,
  ): Promise<Key>;
  /** Recycle a key: a new secret for the same key. Name, scopes, environment, limits and expiry stay. The secret before stops at once, or after "grace" where the keyspace allows one. Scope: `keys:write`. */
  recycleKey(
    input: {
      readonly id: string;
    } & RecycleKeyRequest,
    options?: CallOptions,
  ): Promise<KeyWithSecret>;
  /** Revoke a key. Final. When the call returns no process accepts the key, and its requests in flight have ended. Scope: `keys:write`. */
  revokeKey(
    input: {
      readonly id: string;
    } & RevokeKeyRequest,
    options?: CallOptions,
  ): Promise<Key>;
  /** Disable a key until it is enabled. Scope: `keys:write`. */
  disableKey(
    input: {
      readonly id: string;
    },
    options?: CallOptions,
  ): Promise<Key>;
  /** Enable a disabled key. Scope: `keys:write`. */
  enableKey(
    input: {
      readonly id: string;
    },
    options?: CallOptions,
  ): Promise<Key>;
  /** List a key's claim links: claimed or not, when and from where. To cancel one that waits, revoke the key; to send another one, recycle it. Scope: `keys:read`. */
  listClaimLinks(
    input: {
      readonly id: string;
    },
    options?: CallOptions,
  ): Promise<ClaimLinkList>;
  /** Read where a key was last used from, and why it was refused. Scope: `keys:read`. */
  getKeyActivity(
    input: {
      readonly id: string;
    },
    options?: CallOptions,
  ): Promise<KeyActivity>;
  /** Read a key's usage by hour. Scope: `keys:read`. */
  getKeyUsage(
    input: {
      readonly id: string;
      /** Default: 24 hours before "to". */
      readonly from?: string | undefined;
      /** Default: now. At most 31 days after "from". */
      readonly to?: string | undefined;
    },
    options?: CallOptions,
  ): Promise<KeyUsage>;
  /** Verify a key. Answered from memory. Always 200 for a good caller: a denied key is an answer, not an error. A key of a keyspace the caller may not see is "unknown". Scope: `verify`. */
  verify(input: VerifyRequest, options?: CallOptions): Promise<VerifyAnswer>;
  /** Introspect a key (RFC 7662). Scope: `verify`. */
  introspect(input: IntrospectRequest, options?: CallOptions): Promise<IntrospectAnswer>;
  /** Open a portal session for an organization's own keys. Hand the token to the customer's own page or program; it opens the self-service API and nothing else. Scope: `portal:write`. */
  createPortalSession(input: CreatePortalSessionRequest, options?: CallOptions): Promise<PortalSession>;
  /** List audit events. Newest first. Scope: `audit:read`. */
  listAuditEvents(
    input?: {
      readonly keyspace?: string | undefined;
      readonly organization?: string | undefined;
      /** Id of what was acted on. */
      readonly subject?: string | undefined;
      /** Id of who acted. */
      readonly actor?: string | undefined;
      readonly action?: string | undefined;
      /** From this moment on; RFC 3339 with a zone. */
      readonly from?: string | undefined;
      /** Before this moment; RFC 3339 with a zone. */
      readonly to?: string | undefined;
      /** "next_cursor" of the page before, with the same filters. */
      readonly cursor?: string | undefined;
      /** Rows in one page. */
      readonly limit?: number | undefined;
    },
    options?: CallOptions,
  ): Pages<AuditEventList>;
  /** List the keyspaces as they are configured. Scope: `keys:read`. */
  listKeyspaces(input?: Readonly<Record<string, never>>, options?: CallOptions): Promise<KeyspaceList>;
  /** Count keys by state and by what is unsafe about them. Scope: `keys:read`. */
  getOverview(input?: Readonly<Record<string, never>>, options?: CallOptions): Promise<Overview>;
  /** Look on as keys are accepted and refused. Ask every second. For ten seconds after each call every process tells of up to 50 of its verdicts a second; otherwise none are kept. A process learns that somebody looks on when it next writes its counts. Scope: `audit:read`. */
  listVerdicts(
    input?: {
      /** "next_after" of the answer before; left out: the last minute. */
      readonly after?: string | undefined;
      readonly keyspace?: string | undefined;
      readonly organization?: string | undefined;
      /** Id of a key. */
      readonly key?: string | undefined;
      readonly outcome?: 'accepted' | 'denied' | undefined;
    },
    options?: CallOptions,
  ): Promise<VerdictList>;
  /** Wait until a change holds everywhere. For a change that was answered with "pending" or "revocation_pending". Waits for as long as the change itself would have been waited for. Scope: `keys:read`. */
  readBarrier(
    input: {
      /** The "seq" of the change. */
      readonly seq: string;
    },
    options?: CallOptions,
  ): Promise<Barrier>;
  /** List the nodes. Who answers from the same store, and how far each has come. Scope: `keys:read`. */
  listNodes(input?: Readonly<Record<string, never>>, options?: CallOptions): Promise<NodeList>;
  /** Create an operator token. Scope: `operators:write`. */
  createOperator(input: CreateOperatorRequest, options?: CreateOptions): Promise<OperatorWithToken>;
  /** List operators. A token that is limited to some keyspaces sees only those who reach no others. Scope: `operators:write`. */
  listOperators(
    input?: {
      /** "next_cursor" of the page before, with the same filters. */
      readonly cursor?: string | undefined;
      /** Rows in one page. */
      readonly limit?: number | undefined;
    },
    options?: CallOptions,
  ): Pages<OperatorList>;
  /** Revoke an operator token. Final. A token that is limited to some keyspaces revokes only those who reach no others. Somebody must stay who can make operators for as long and as far as the revoked one could. Scope: `operators:write`. */
  revokeOperator(
    input: {
      readonly id: string;
    },
    options?: CallOptions,
  ): Promise<Operator>;
  /** Invite a person to the console. Scope: `operators:write`. */
  invitePerson(input: InvitePersonRequest, options?: CallOptions): Promise<PersonWithInvitation>;
  /** List people and where they are logged in. Scope: `operators:write`. */
  listPeople(
    input?: {
      /** "next_cursor" of the page before, with the same filters. */
      readonly cursor?: string | undefined;
      /** Rows in one page. */
      readonly limit?: number | undefined;
    },
    options?: CallOptions,
  ): Pages<PersonList>;
  /** Change or disable a person. A role holds from their next call on; disabling ends their sessions at once. Somebody stays an owner. Scope: `operators:write`. */
  patchPerson(
    input: {
      readonly id: string;
    } & PatchPersonRequest,
    options?: CallOptions,
  ): Promise<Person>;
  /** Make a new invitation, also for somebody who lost password or phone. The link before it is over. Whoever follows it sets a new password; their sessions end then, and their one-time codes are off. Scope: `operators:write`. */
  renewInvitation(
    input: {
      readonly id: string;
    },
    options?: CallOptions,
  ): Promise<PersonWithInvitation>;
  /** Log a person out everywhere. Scope: `operators:write`. */
  endPersonSessions(
    input: {
      readonly id: string;
    },
    options?: CallOptions,
  ): Promise<EndedSessions>;
}

/** Where each is. The values of `{names}` are taken from the input; `list` has pages. */
export const CLIENT_OPERATIONS: { readonly [Id in keyof KeyholdClient]: ClientOperation } = {
  createOrganization: { method: 'POST', path: '/v1/organizations', list: false },
  listOrganizations: { method: 'GET', path: '/v1/organizations', list: true },
  getOrganization: { method: 'GET', path: '/v1/organizations/{id}', list: false },
  patchOrganization: { method: 'PATCH', path: '/v1/organizations/{id}', list: false },
  revokeOrganizationKeys: { method: 'POST', path: '/v1/organizations/{id}/revoke-keys', list: false },
  issueKey: { method: 'POST', path: '/v1/keys', list: false },
  importKeys: { method: 'POST', path: '/v1/keys/import', list: false },
  listKeys: { method: 'GET', path: '/v1/keys', list: true },
  bulkChangeKeys: { method: 'POST', path: '/v1/keys/bulk', list: false },
  getKey: { method: 'GET', path: '/v1/keys/{id}', list: false },
  patchKey: { method: 'PATCH', path: '/v1/keys/{id}', list: false },
  recycleKey: { method: 'POST', path: '/v1/keys/{id}/recycle', list: false },
  revokeKey: { method: 'POST', path: '/v1/keys/{id}/revoke', list: false },
  disableKey: { method: 'POST', path: '/v1/keys/{id}/disable', list: false },
  enableKey: { method: 'POST', path: '/v1/keys/{id}/enable', list: false },
  listClaimLinks: { method: 'GET', path: '/v1/keys/{id}/claim-links', list: false },
  getKeyActivity: { method: 'GET', path: '/v1/keys/{id}/activity', list: false },
  getKeyUsage: { method: 'GET', path: '/v1/keys/{id}/usage', list: false },
  verify: { method: 'POST', path: '/v1/verify', list: false },
  introspect: { method: 'POST', path: '/v1/introspect', list: false, form: true },
  createPortalSession: { method: 'POST', path: '/v1/portal-sessions', list: false },
  listAuditEvents: { method: 'GET', path: '/v1/audit-events', list: true },
  listKeyspaces: { method: 'GET', path: '/v1/keyspaces', list: false },
  getOverview: { method: 'GET', path: '/v1/overview', list: false },
  listVerdicts: { method: 'GET', path: '/v1/verdicts', list: false },
  readBarrier: { method: 'GET', path: '/v1/barriers/{seq}', list: false },
  listNodes: { method: 'GET', path: '/v1/nodes', list: false },
  createOperator: { method: 'POST', path: '/v1/operators', list: false },
  listOperators: { method: 'GET', path: '/v1/operators', list: true },
  revokeOperator: { method: 'POST', path: '/v1/operators/{id}/revoke', list: false },
  invitePerson: { method: 'POST', path: '/v1/people', list: false },
  listPeople: { method: 'GET', path: '/v1/people', list: true },
  patchPerson: { method: 'PATCH', path: '/v1/people/{id}', list: false },
  renewInvitation: { method: 'POST', path: '/v1/people/{id}/invitation', list: false },
  endPersonSessions: { method: 'POST', path: '/v1/people/{id}/end-sessions', list: false },
};

/** One operation, as the client calls it. */
export interface ClientOperation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly list: boolean;
  /** The body is a form. Default: JSON. */
  readonly form?: boolean;
}
