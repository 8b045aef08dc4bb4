import type { ReplicatedKey } from '@keyhold/coherence';
import { type KeyLife, OPERATOR_KEYSPACE } from '@keyhold/core';
import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import { keyNotFound } from '../not-found.ts';
import type { KeyRecord, KeySelector } from '../records.ts';
import { parseList, parseObject } from './json-columns.ts';
import type { Tables } from './schema.ts';
import { together } from './together.ts';
import type { Transaction, View } from './transaction.ts';

const KEY_COLUMNS = [
  'key.position',
  'key.id',
  'key.keyspace',
  'key.number',
  'key.organization',
  'key.name',
  'key.environment',
  'key.scopes',
  'key.masked_key',
  'key.allowed_cidrs',
  'key.metadata',
  'key.generation',
  'key.created_at_ms',
  'key.created_by',
  'key.created_by_name',
  'key.expires_at_ms',
  'key.disabled_at_ms',
  'key.disabled_by_customer',
  'key.quarantined_at_ms',
  'key.revoked_at_ms',
  'key.seq',
] as const;

/** A key row with what other tables say of it. Read {@link revokedAt}, not its columns, to know whether it is revoked. */
export type KeyRow = Awaited<ReturnType<ReturnType<typeof selectKeys>['executeTakeFirstOrThrow']>>;

export function selectKeys(db: Kysely<Tables>) {
  return db
    .selectFrom('key')
    .select(KEY_COLUMNS)
    .select((eb) => [
      bulkRevokedAt(eb).as('bulk_revoked_at_ms'),
      eb
        .selectFrom('secret')
        .select('secret.not_after_ms')
        .whereRef('secret.key_position', '=', 'key.position')
        .where(sql<boolean>`secret.generation = key.generation - 1`)
        .as('grace_until_ms'),
      eb
        .selectFrom('key_last_used')
        .select('key_last_used.at_ms')
        .whereRef('key_last_used.key_position', '=', 'key.position')
        .where('key_last_used.at_ms', '>', 0)
        .as('last_used_at_ms'),
      eb
        .selectFrom('claim_link')
        .select('claim_link.expires_at_ms')
        .whereRef('claim_link.key_position', '=', 'key.position')
        .where('claim_link.claimed_at_ms', 'is', null)
        .where('claim_link.ended_at_ms', 'is', null)
        .limit(1)
        .as('claim_until_ms'),
      eb
        .selectFrom('claim_link')
        .select('claim_link.tried_again_at_ms')
        .whereRef('claim_link.key_position', '=', 'key.position')
        .whereRef('claim_link.generation', '=', 'key.generation')
        .as('link_tried_again_at_ms'),
    ]);
}

/** When the first bulk revocation that covers a key took place; the key row says so itself only once it is written out. */
export function bulkRevokedAt(eb: ExpressionBuilder<Tables, 'key'>) {
  return eb
    .selectFrom('organization_revocation as bulk')
    .select('bulk.at_ms')
    .whereRef('bulk.organization', '=', 'key.organization')
    .whereRef('bulk.keyspace', '=', 'key.keyspace')
    .whereRef('bulk.revoked_through', '>=', 'key.number')
    .orderBy('bulk.revoked_through')
    .limit(1);
}

export function revokedAt(row: KeyRow): number | null {
  return row.revoked_at_ms ?? row.bulk_revoked_at_ms;
}

/** Whether whoever disabled the key was its own customer, who may enable it again then. */
export function isDisabledByCustomer(row: KeyRow): boolean {
  return row.disabled_at_ms !== null && row.quarantined_at_ms === null && row.disabled_by_customer === 1;
}

export function lifeOf(row: KeyRow): KeyLife {
  return {
    revoked: revokedAt(row) !== null,
    disabled: row.disabled_at_ms !== null,
    expiresAtMs: row.expires_at_ms,
  };
}

/** The position of the key that is meant, whoever's it is; of none, if there is none. */
export function selectPosition(db: Kysely<Tables>, selector: KeySelector) {
  const query = db.selectFrom('key').select('key.position');
  return 'id' in selector
    ? query.where('key.id', '=', selector.id)
    : query
        .where('key.keyspace', '=', selector.keyspace)
        .where('key.number', '=', selector.number)
        .where('key.organization', '=', selector.organization);
}

/** Finds a customer's key; operator tokens are no keys to those who manage keys. @throws {KeyholdError} `key_not_found`. */
export async function requireKey(view: View, selector: KeySelector): Promise<KeyRow> {
  const row = await selectKeys(view.db)
    .where('key.position', 'in', selectPosition(view.db, selector))
    .where('key.keyspace', '<>', OPERATOR_KEYSPACE)
    .executeTakeFirst();
  if (row === undefined) throw keyNotFound();
  return row;
}

export function toKeyRecord(row: KeyRow, nowMs: number): KeyRecord {
  return {
    id: row.id,
    number: row.number,
    keyspace: row.keyspace,
    organization: row.organization,
    name: row.name,
    environment: row.environment,
    scopes: parseList(row.scopes),
    maskedKey: row.masked_key,
    allowedCidrs: parseList(row.allowed_cidrs),
    metadata: parseObject(row.metadata),
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
    createdByName: row.created_by_name,
    expiresAtMs: row.expires_at_ms,
    disabledAtMs: row.disabled_at_ms,
    disabledByCustomer: isDisabledByCustomer(row),
    revokedAtMs: revokedAt(row),
    lastUsedAtMs: row.last_used_at_ms,
    generation: row.generation,
    graceUntilMs: row.grace_until_ms !== null && row.grace_until_ms > nowMs ? row.grace_until_ms : null,
    claimUntilMs: row.claim_until_ms,
    linkTriedAgainAtMs: row.link_tried_again_at_ms,
    seq: row.seq,
  };
}

/** A key as management and as the change log tell it. */
export interface ChangedKey {
  readonly record: KeyRecord;
  readonly replicated: ReplicatedKey;
}

/** What the change log tells of a secret, and whose it is. */
export type SecretRow = Awaited<ReturnType<ReturnType<typeof selectSecrets>['executeTakeFirstOrThrow']>>;

/** In the order in which they were made. */
export function selectSecrets(db: Kysely<Tables>) {
  return db
    .selectFrom('secret')
    .select(['secret.key_position', 'secret.lookup', 'secret.generation', 'secret.not_after_ms'])
    .orderBy('secret.generation');
}

/** The key as it stands in this transaction. */
export async function readChangedKey(tx: Transaction, position: number): Promise<ChangedKey> {
  const [row, secrets] = await together(
    selectKeys(tx.db).where('key.position', '=', position).executeTakeFirstOrThrow(),
    selectSecrets(tx.db).where('secret.key_position', '=', position).execute(),
  );
  return toChangedKey(row, secrets, tx.nowMs);
}

/** @param secrets all of the key's, and none but those. */
export function toChangedKey(row: KeyRow, secrets: readonly SecretRow[], nowMs: number): ChangedKey {
  return {
    record: toKeyRecord(row, nowMs),
    replicated: {
      id: row.id,
      keyspace: row.keyspace,
      number: row.number,
      organization: row.organization,
      environment: row.environment,
      scopes: parseList(row.scopes),
      name: row.name,
      expiresAtMs: row.expires_at_ms,
      allowedCidrs: parseList(row.allowed_cidrs),
      revoked: revokedAt(row) !== null,
      disabled: row.disabled_at_ms !== null,
      secrets: secrets.map((secret) => ({
        digest: Buffer.from(secret.lookup).toString('hex'),
        generation: secret.generation,
        notAfterMs: secret.not_after_ms,
      })),
    },
  };
}
