import type { ClientAddress } from '../http/address.ts';
import type { AddressRanges } from '../http/address-ranges.ts';
import type { ScopeWords } from '../scope/operation-table.ts';
import { REASONS, type Reason, type ReasonBits } from './reason.ts';

/**
 * What the verdict reads of a key, flat and always of the same shape. The replica fills one such object per
 * verification from its arenas, for an unknown digest from a dummy record, so that both cost the same.
 */
export interface VerdictRecord {
  /** False for the dummy record. */
  known: boolean;
  revoked: boolean;
  disabled: boolean;
  /** End of the key, in ms since the epoch; Infinity for none. At that instant the key is expired. */
  expiresAtMs: number;
  /** End of this one secret (a recycled one's grace), likewise; a superseded secret has it in the past. */
  secretNotAfterMs: number;
  /** The key's number is covered by a bulk revocation of its organization. */
  bulkRevoked: boolean;
  organizationSuspended: boolean;
  /** The organization has the feature that the key's keyspace requires, or none is required. */
  featureOn: boolean;
  /** The key's environment is one its keyspace accepts, or it has none. */
  environmentAccepted: boolean;
  keyspaceRetired: boolean;
  /** The key is good from every address; `addresses` is then a stand-in, looked at all the same. */
  anyAddress: boolean;
  addresses: AddressRanges;
  /** The key's scopes over its keyspace's table. */
  scopeWords: ScopeWords;
}

/** What is asked of a key, compiled before the look-up. */
export interface VerdictQuestion {
  /** The record's keyspace is the one asked about, or none was asked about. */
  keyspaceMatches: boolean;
  nowMs: number;
  address: ClientAddress | null;
  /** A key must hold one of these; null: any key may. */
  anyOfScopes: ScopeWords | null;
  /** A key must hold all of these; null: none in particular. */
  allOfScopes: ScopeWords | null;
}

const UNKNOWN = toShift('unknown');
const WRONG_KEYSPACE = toShift('wrong_keyspace');
const REVOKED = toShift('revoked');
const EXPIRED = toShift('expired');
const DISABLED = toShift('disabled');
const ORGANIZATION_SUSPENDED = toShift('organization_suspended');
const FEATURE_OFF = toShift('feature_off');
const ENVIRONMENT_NOT_ACCEPTED = toShift('environment_not_accepted');
const ADDRESS_NOT_ALLOWED = toShift('address_not_allowed');
const INSUFFICIENT_SCOPE = toShift('insufficient_scope');

/**
 * Decides on a key: 0 accepts it, anything else is the set of reasons against it.
 *
 * Every predicate is evaluated whatever the others say, without a branch on the record, so that the time taken does not
 * tell one denial from another. A retired keyspace counts as `disabled`; a bulk revocation and a superseded secret count
 * as `revoked`.
 */
export function decide(record: VerdictRecord, question: VerdictQuestion): ReasonBits {
  const { nowMs } = question;
  return (
    (Number(!record.known) << UNKNOWN) |
    (Number(!question.keyspaceMatches) << WRONG_KEYSPACE) |
    ((Number(record.revoked) | Number(record.bulkRevoked) | Number(nowMs >= record.secretNotAfterMs)) <<
      REVOKED) |
    (Number(nowMs >= record.expiresAtMs) << EXPIRED) |
    ((Number(record.disabled) | Number(record.keyspaceRetired)) << DISABLED) |
    (Number(record.organizationSuspended) << ORGANIZATION_SUSPENDED) |
    (Number(!record.featureOn) << FEATURE_OFF) |
    (Number(!record.environmentAccepted) << ENVIRONMENT_NOT_ACCEPTED) |
    ((Number(!record.addresses.allows(question.address)) & Number(!record.anyAddress)) <<
      ADDRESS_NOT_ALLOWED) |
    ((lacksEach(record.scopeWords, question.anyOfScopes) |
      lacksSome(record.scopeWords, question.allOfScopes)) <<
      INSUFFICIENT_SCOPE)
  );
}

/** 1 when none of `wanted` is among `held`. A word that one of them lacks is empty. */
function lacksEach(held: ScopeWords, wanted: ScopeWords | null): number {
  if (wanted === null) return 0;
  let common = 0;
  for (let i = 0; i < wanted.length; i++) common |= held[i]! & wanted[i]!;
  return Number(common === 0);
}

/** 1 when one of `wanted` is not among `held`. */
function lacksSome(held: ScopeWords, wanted: ScopeWords | null): number {
  if (wanted === null) return 0;
  let lacking = 0;
  for (let i = 0; i < wanted.length; i++) lacking |= wanted[i]! & ~held[i]!;
  return Number(lacking !== 0);
}

function toShift(reason: Reason): number {
  return REASONS.indexOf(reason);
}
