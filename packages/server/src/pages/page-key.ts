import type { KeysPageKey } from '@keyhold/api';
import { formatInstant } from '@keyhold/core';
import type { KeyRecord } from '@keyhold/store';
import { toKeyState } from '../management/resources.ts';

/** A key as its customer's page shows it. */
export function toPageKey(record: KeyRecord, nowMs: number): KeysPageKey {
  return {
    number: record.number,
    name: record.name,
    masked_key: record.maskedKey,
    environment: record.environment,
    scopes: [...record.scopes],
    state: toKeyState(record, nowMs),
    held: record.disabledAtMs !== null && !record.disabledByCustomer,
    created_at: formatInstant(record.createdAtMs),
    created_by: toCreator(record),
    last_used_at: toInstant(record.lastUsedAtMs),
    expires_at: toInstant(record.expiresAtMs),
    revoked_at: toInstant(record.revokedAtMs),
    grace_until: toInstant(record.graceUntilMs),
    claim_until: toInstant(record.claimUntilMs),
    link_tried_again_at: toInstant(record.linkTriedAgainAtMs),
  };
}

/** The ids of the audit log tell by their beginning what they name. Of the operator's own people customers learn nothing. */
function toCreator({ createdBy, createdByName }: KeyRecord): KeysPageKey['created_by'] {
  if (createdBy.startsWith('key_')) return { kind: 'key', name: null };
  if (!createdBy.startsWith('ps_')) return { kind: 'operator', name: null };
  return createdByName === null ? { kind: 'page', name: null } : { kind: 'person', name: createdByName };
}

function toInstant(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}
