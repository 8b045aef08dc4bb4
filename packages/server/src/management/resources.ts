import type { ClaimLinkListBody, KeyBody, OperatorBody, OrganizationBody } from '@keyhold/api';
import { formatInstant, isActive } from '@keyhold/core';
import type { ClaimLinkRecord, KeyRecord, OperatorRecord, OrganizationRecord } from '@keyhold/store';

/** @param seq the change the call waited for; for reads the record's own. */
export function toKeyBody(record: KeyRecord, nowMs: number, seq: number = record.seq): KeyBody {
  return {
    id: record.id,
    number: record.number,
    keyspace: record.keyspace,
    organization: record.organization,
    name: record.name,
    environment: record.environment,
    scopes: [...record.scopes],
    masked_key: record.maskedKey,
    state: toKeyState(record, nowMs),
    allowed_cidrs: [...record.allowedCidrs],
    metadata: { ...record.metadata },
    created_at: formatInstant(record.createdAtMs),
    created_by: record.createdBy,
    created_by_name: record.createdByName,
    expires_at: toInstant(record.expiresAtMs),
    disabled_at: toInstant(record.disabledAtMs),
    revoked_at: toInstant(record.revokedAtMs),
    last_used_at: toInstant(record.lastUsedAtMs),
    generation: record.generation,
    grace_until: toInstant(record.graceUntilMs),
    claim_until: toInstant(record.claimUntilMs),
    link_tried_again_at: toInstant(record.linkTriedAgainAtMs),
    seq,
  };
}

/** What can be said of a key in one word; what is revoked is nothing else any more. */
export function toKeyState(record: KeyRecord, nowMs: number): KeyBody['state'] {
  const { expiresAtMs } = record;
  const disabled = record.disabledAtMs !== null;
  if (record.revokedAtMs !== null) return 'revoked';
  if (!isActive({ revoked: false, disabled, expiresAtMs }, nowMs)) return 'expired';
  return disabled ? 'disabled' : 'active';
}

export function toClaimLinkBody(link: ClaimLinkRecord, nowMs: number): ClaimLinkListBody['data'][number] {
  const isOver = link.endedAtMs !== null || link.key.revokedAtMs !== null || link.expiresAtMs <= nowMs;
  return {
    id: link.id,
    state: link.claimedAtMs !== null ? 'claimed' : isOver ? 'ended' : 'waiting',
    has_passphrase: link.hasPassphrase,
    failed_claims: link.failedClaims,
    created_at: formatInstant(link.createdAtMs),
    expires_at: formatInstant(link.expiresAtMs),
    claimed_at: toInstant(link.claimedAtMs),
    claimed_from: link.claimedFrom,
    tried_again_at: toInstant(link.triedAgainAtMs),
    tried_again_from: link.triedAgainFrom,
  };
}

export function toOrganizationBody(record: OrganizationRecord, seq: number = record.seq): OrganizationBody {
  return {
    id: record.id,
    name: record.name,
    features: [...record.features],
    tags: [...record.tags],
    suspended: record.suspended,
    created_at: formatInstant(record.createdAtMs),
    seq,
  };
}

export function toOperatorBody(record: OperatorRecord, seq: number = record.seq): OperatorBody {
  return {
    id: record.id,
    key_id: record.keyId,
    name: record.name,
    scopes: [...record.scopes],
    keyspaces: record.keyspaces === null ? null : [...record.keyspaces],
    masked_token: record.maskedKey,
    created_at: formatInstant(record.createdAtMs),
    expires_at: toInstant(record.expiresAtMs),
    disabled_at: toInstant(record.disabledAtMs),
    revoked_at: toInstant(record.revokedAtMs),
    last_used_at: toInstant(record.lastUsedAtMs),
    seq,
  };
}

function toInstant(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}
