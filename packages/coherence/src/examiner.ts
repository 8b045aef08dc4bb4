import {
  type Clock,
  decide,
  type OperationTable,
  type ReasonBits,
  type ScopeWords,
  type VerdictQuestion,
  type VerdictRecord,
} from '@keyhold/core';
import type { KeyspaceState } from './table/keyspace-table.ts';
import type { ReplicaTable } from './table/replica-table.ts';
import type { VerifyQuestion } from './verification.ts';

/**
 * Puts questions to the secrets of a table: the one way to a verdict, for a request that arrives and for one in flight
 * alike. Fills the same two objects each time, and does the same work for a stand-in as for any other.
 */
export class Examiner {
  readonly table: ReplicaTable;
  readonly #clock: Clock;
  readonly #record: VerdictRecord;
  readonly #question: VerdictQuestion;

  /** @param clock its wall clock decides on expiry and the end of a grace. */
  constructor(table: ReplicaTable, clock: Clock) {
    this.table = table;
    this.#clock = clock;
    this.#record = {
      known: false,
      revoked: false,
      disabled: false,
      expiresAtMs: Number.POSITIVE_INFINITY,
      secretNotAfterMs: Number.POSITIVE_INFINITY,
      bulkRevoked: false,
      organizationSuspended: false,
      featureOn: true,
      environmentAccepted: true,
      keyspaceRetired: false,
      anyAddress: true,
      addresses: table.keys.ranges(0, 0),
      scopeWords: table.keyspaces.none.noScopes,
    };
    this.#question = {
      keyspaceMatches: true,
      nowMs: clock.nowMs(),
      address: null,
      anyOfScopes: null,
      allOfScopes: null,
    };
  }

  /**
   * @param secret the complement (`~`) of one stands for a secret that there is none of.
   * @returns the reasons against it; 0 accepts.
   */
  examine(secret: number, asked: VerifyQuestion): ReasonBits {
    const { secrets, keys, organizations, profiles } = this.table;
    const view = secrets.read(secret < 0 ? ~secret : secret);
    const profile = profiles.get(view.profile);
    const { keyspace } = profile;
    const judging = this.#judging(keyspace, asked);
    const keyspaceMatches = judging === keyspace;

    const record = this.#record;
    record.known = secret >= 0 && keyspace.configured;
    record.revoked = view.revoked;
    record.disabled = view.disabled;
    record.expiresAtMs = view.expiresAtMs;
    record.secretNotAfterMs = view.notAfterMs;
    record.bulkRevoked = view.number <= keyspace.revokedThrough.get(view.organization);
    record.organizationSuspended = organizations.isSuspended(view.organization);
    record.featureOn =
      judging.requiresFeature === null ||
      organizations.features(view.organization).has(judging.requiresFeature);
    record.environmentAccepted = profile.environmentAccepted;
    record.keyspaceRetired = keyspace.retired;
    const addressList = keys.addressList(view.key);
    record.anyAddress = addressList === 0;
    record.addresses = keys.ranges(addressList, view.key);
    // The bitsets of two keyspaces cannot be compared: a key of another one holds nothing in this one.
    record.scopeWords = keyspaceMatches ? profile.scopeWords : judging.noScopes;

    const question = this.#question;
    question.keyspaceMatches = keyspaceMatches;
    question.address = asked.address;
    question.anyOfScopes = toAnyOf(judging, asked);
    question.allOfScopes = asked.scopes === null ? null : (judging.operations?.toWords(asked.scopes) ?? null);
    question.nowMs = this.#clock.nowMs();
    return decide(record, question);
  }

  /** What would have opened it, for a denial with `insufficient_scope`. */
  openingScopes(secret: number, asked: VerifyQuestion): readonly string[] {
    const { secrets, profiles } = this.table;
    const profile = profiles.get(secrets.read(secret).profile);
    const { operations } = this.#judging(profile.keyspace, asked);
    if (operations === null || asked.operation === null) return asked.scopes ?? [];
    const words = operations.match(asked.operation.method, asked.operation.path);
    const opening = words === null ? [] : toNames(operations, words);
    // The operation is open to the key, so it is one of the scopes asked for by name that it lacks.
    return opening.some((scope) => profile.scopes.includes(scope)) ? (asked.scopes ?? []) : opening;
  }

  /** When the key or this one secret of it ends, in ms since the epoch; Infinity for never. */
  endsAtMs(secret: number): number {
    const { notAfterMs, expiresAtMs } = this.table.secrets.read(secret);
    return Math.min(notAfterMs, expiresAtMs);
  }

  /** The keyspace whose rules apply. Looked up by id: the question may have been put under an earlier configuration. */
  #judging(own: KeyspaceState, asked: VerifyQuestion): KeyspaceState {
    if (asked.keyspace === null) return own;
    return this.table.keyspaces.find(asked.keyspace.id) ?? this.table.keyspaces.none;
  }
}

/** The scopes of which a key must hold one. An operation or a scope that the keyspace does not know is opened by none. */
function toAnyOf(
  { operations, noScopes }: KeyspaceState,
  { operation, scopes }: VerifyQuestion,
): ScopeWords | null {
  if (scopes?.some((scope) => !operations?.scopeNames.includes(scope))) return noScopes;
  if (operation === null || operations === null) return null;
  return operations.match(operation.method, operation.path) ?? noScopes;
}

function toNames(operations: OperationTable, words: ScopeWords): readonly string[] {
  return operations.scopeNames.filter((_, i) => (words[i >>> 5]! >>> (i & 31)) & 1);
}
