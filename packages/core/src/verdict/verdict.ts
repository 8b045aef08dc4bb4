import type { AddressRanges, ClientAddress } from '../http/address.ts';
import type { ScopeWords } from '../scope/operation-table.ts';
import type { ReasonBits } from './reason.ts';

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
