import type {
  AuditEventId,
  ClaimLinkId,
  InvitationId,
  KeyId,
  OperatorId,
  PersonId,
  PersonRole,
  PersonSessionId,
  PortalSessionId,
  Reason,
} from '@keyhold/core';
import type { Generated } from 'kysely';
import type { Actor, UsageOutcome } from '../records.ts';

/**
 * The tables as Kysely sees them; units and reasons stand in the migrations. Lists and objects are JSON text in both
 * dialects, flags are the instant at which they were set, and every `*_ms` is ms since the epoch.
 */
export interface Tables {
  head: HeadTable;
  change: ChangeTable;
  configuration: ConfigurationTable;
  keyspace: KeyspaceTable;
  keyspace_format: KeyspaceFormatTable;
  organization: OrganizationTable;
  organization_revocation: OrganizationRevocationTable;
  key: KeyTable;
  secret: SecretTable;
  claim_link: ClaimLinkTable;
  operator: OperatorTable;
  portal_session: PortalSessionTable;
  person: PersonTable;
  person_session: PersonSessionTable;
  login_throttle: LoginThrottleTable;
  audit_event: AuditEventTable;
  key_last_used: KeyLastUsedTable;
  key_refusal: KeyRefusalTable;
  verdict_watch: VerdictWatchTable;
  recent_verdict: RecentVerdictTable;
  usage: UsageTable;
  idempotency: IdempotencyTable;
  store_secret: StoreSecretTable;
}

interface HeadTable {
  seq: number;
}

interface ChangeTable {
  seq: number;
  kind: string;
  subject: string;
  payload: string;
  at_ms: number;
}

interface ConfigurationTable {
  revision: number;
  digest: string;
  applied_at_ms: number;
  seq: number;
}

interface KeyspaceTable {
  id: string;
  definition: string | null;
  last_number: number;
  format_used_at_ms: number | null;
}

interface KeyspaceFormatTable {
  keyspace: string;
  template: string;
  environments: string;
  replaced_at_ms: number;
}

interface OrganizationTable {
  position: Generated<number>;
  id: string;
  name: string;
  features: string;
  tags: string;
  suspended_at_ms: number | null;
  created_at_ms: number;
  seq: number;
}

interface OrganizationRevocationTable {
  organization: string;
  keyspace: string;
  revoked_through: number;
  at_ms: number;
  written_out_at_ms: number | null;
}

interface KeyTable {
  position: Generated<number>;
  id: KeyId;
  keyspace: string;
  number: number;
  organization: string;
  name: string;
  environment: string | null;
  scopes: string;
  masked_key: string;
  allowed_cidrs: string;
  metadata: string;
  generation: number;
  created_at_ms: number;
  created_by: string;
  created_by_name: string | null;
  expires_at_ms: number | null;
  disabled_at_ms: number | null;
  disabled_by_customer: Generated<number>;
  quarantined_at_ms: number | null;
  revoked_at_ms: number | null;
  seq: number;
}

interface SecretTable {
  key_position: number;
  generation: number;
  lookup: Uint8Array;
  not_after_ms: number | null;
  pepper_version: number;
}

interface ClaimLinkTable {
  id: ClaimLinkId;
  key_position: number;
  generation: number;
  sealed_key: string | null;
  secret_digest: string;
  has_passphrase: number;
  failed_claims: Generated<number>;
  created_at_ms: number;
  expires_at_ms: number;
  claimed_at_ms: number | null;
  claimed_from: string | null;
  ended_at_ms: number | null;
  tried_again_at_ms: number | null;
  tried_again_from: string | null;
}

interface OperatorTable {
  position: Generated<number>;
  id: OperatorId;
  key_position: number;
  keyspaces: string | null;
  seq: number;
}

interface PortalSessionTable {
  id: PortalSessionId;
  keyspace: string;
  organization: string;
  created_at_ms: number;
  expires_at_ms: number;
  ended_at_ms: number | null;
  user_name: string | null;
  return_url: string | null;
  code_used_at_ms: number | null;
}

interface PersonTable {
  position: Generated<number>;
  id: PersonId;
  email: string;
  email_key: string;
  name: string;
  role: PersonRole;
  password_hash: string | null;
  totp_secret: string | null;
  totp_pending_secret: string | null;
  totp_last_step: number | null;
  recovery_digests: string;
  provider_issuer: string | null;
  provider_subject: string | null;
  invitation_id: InvitationId | null;
  invitation_expires_at_ms: number | null;
  created_at_ms: number;
  created_by: string;
  disabled_at_ms: number | null;
  last_login_at_ms: number | null;
}

interface PersonSessionTable {
  id: PersonSessionId;
  person_position: number;
  created_at_ms: number;
  authenticated_at_ms: number;
  last_seen_at_ms: number;
  expires_at_ms: number;
  source_address: string | null;
  user_agent: string | null;
}

interface LoginThrottleTable {
  subject: string;
  attempts: number;
  last_at_ms: number;
}

interface AuditEventTable {
  position: Generated<number>;
  id: AuditEventId;
  at_ms: number;
  action: string;
  actor_kind: Actor['kind'];
  actor_id: string;
  subject_kind: string;
  subject_id: string;
  keyspace: string | null;
  organization: string | null;
  request_id: string | null;
  source_address: string | null;
  details: string;
}

interface KeyLastUsedTable {
  key_position: number;
  at_ms: number;
  address: string | null;
}

interface KeyRefusalTable {
  key_position: number;
  reason: Reason;
  count: number;
  last_at_ms: number;
  address: string | null;
  operation: string | null;
}

interface VerdictWatchTable {
  until_ms: number;
}

interface RecentVerdictTable {
  position: Generated<number>;
  at_ms: number;
  node: string;
  face: string;
  keyspace: string | null;
  organization: string | null;
  key_id: KeyId | null;
  reason: Reason | null;
  operation: string | null;
  address: string | null;
  sampled: number;
}

interface UsageTable {
  key_position: number;
  hour_ms: number;
  outcome: UsageOutcome;
  node: string;
  count: number;
}

interface IdempotencyTable {
  actor: string;
  idempotency_key: string;
  request_digest: string;
  answer: string;
  seq: number;
  created_at_ms: number;
}

interface StoreSecretTable {
  name: string;
  secret: Uint8Array;
}
