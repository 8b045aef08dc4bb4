import type { SelfServiceIssuedKey, SelfServiceKeyList } from '@keyhold/api';
import { formatInstantSeconds, isActive, type Keyspace } from '@keyhold/core';
import type { KeyRecord } from '@keyhold/store';
import type { KeyFields } from '../keys/key-requests.ts';

/** What of a key its owner sees. */
type ShownKey = Pick<
  KeyRecord,
  | 'number'
  | 'name'
  | 'maskedKey'
  | 'environment'
  | 'scopes'
  | 'lastUsedAtMs'
  | 'createdAtMs'
  | 'expiresAtMs'
  | 'disabledAtMs'
  | 'revokedAtMs'
  | 'claimUntilMs'
>;

/** A key as a list shows it, field by field in the order of the documents. */
export function toListedKey(record: ShownKey, keyspace: Keyspace, nowMs: number): SelfServiceKeyList[number] {
  const { lastUsedAtMs } = record;
  return {
    id: record.number,
    name: record.name,
    prefix: record.maskedKey,
    ...toOptionalFields(record, keyspace),
    is_active: isUsable(record, nowMs),
    last_used_at: lastUsedAtMs === null ? null : formatInstantSeconds(lastUsedAtMs),
    ...toExpiry(record),
    created_at: formatInstantSeconds(record.createdAtMs),
  };
}

/** A key as the answer to a create or a recycling shows it. @param presentedKey null for a replay, which shows no secret. */
export function toIssuedKey(
  record: ShownKey,
  presentedKey: string | null,
  keyspace: Keyspace,
): SelfServiceIssuedKey {
  return {
    id: record.number,
    ...(presentedKey !== null && { key: presentedKey }),
    name: record.name,
    prefix: record.maskedKey,
    ...toOptionalFields(record, keyspace),
    ...toExpiry(record),
    created_at: formatInstantSeconds(record.createdAtMs),
  };
}

function toOptionalFields({ environment, scopes }: ShownKey, { definition }: Keyspace) {
  return {
    ...(definition.environments.length > 0 && environment !== null && { environment }),
    ...(definition.scopes !== null && { scopes: [...scopes] }),
  };
}

function toExpiry({ expiresAtMs }: ShownKey) {
  return expiresAtMs === null ? {} : { expires_at: formatInstantSeconds(expiresAtMs) };
}

/** To a customer a disabled key is not active, nor one that nobody has claimed, although the cap counts both: they do not work. */
function isUsable(
  { revokedAtMs, disabledAtMs, expiresAtMs, claimUntilMs }: ShownKey,
  nowMs: number,
): boolean {
  const life = { revoked: revokedAtMs !== null, disabled: disabledAtMs !== null, expiresAtMs };
  return isActive(life, nowMs) && !life.disabled && claimUntilMs === null;
}

/** The fields of a create, with `scopes` as a list however they were sent: `"send, query"` or `["send", "query"]`. */
export function splitScopes(
  fields: Omit<KeyFields, 'scopes'> & { readonly scopes?: string | readonly string[] | undefined },
): KeyFields {
  const { scopes } = fields;
  return { ...fields, scopes: typeof scopes === 'string' ? splitList(scopes) : scopes };
}

function splitList(text: string): readonly string[] {
  return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
}
