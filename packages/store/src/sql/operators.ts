import type { ChangePayload } from '@keyhold/coherence';
import {
  KeyholdError,
  type KeyId,
  OPERATOR_KEYSPACE,
  OPERATOR_ORGANIZATION,
  OPERATOR_SCOPES,
  type OperatorId,
  type OperatorScope,
} from '@keyhold/core';
import type { Kysely } from 'kysely';
import type {
  Idempotency,
  MutationContext,
  NewSecret,
  OperatorQuery,
  OperatorRecord,
  Page,
} from '../records.ts';
import type { Mutated } from '../store.ts';
import { type AuditActor, authorize } from './authorize.ts';
import { findAnswer, rememberAnswer } from './idempotency.ts';
import { insertKey } from './issue-key.ts';
import { parseList } from './json-columns.ts';
import { readChangedKey } from './key-rows.ts';
import { finishMutation, nothingToDo } from './mutation.ts';
import { afterPosition, toPage } from './pages.ts';
import type { Tables } from './schema.ts';
import { insertSecret } from './secret-rows.ts';
import type { Transaction, View } from './transaction.ts';

const REQUIREMENT = { scope: 'operators:write', keyspace: null, selfService: false } as const;

interface NewOperator {
  readonly id: OperatorId;
  readonly keyId: KeyId;
  readonly name: string;
  readonly scopes: readonly OperatorScope[];
  readonly keyspaces: readonly string[] | null;
  readonly expiresAtMs: number | null;
  readonly secret: NewSecret;
}

/** See {@link Store.createOperator}. */
export async function createOperator(
  tx: Transaction,
  context: MutationContext,
  operator: NewOperator,
  idempotency: Idempotency | null,
): Promise<Mutated<OperatorRecord>> {
  const actor = await authorize(tx, context, REQUIREMENT);
  const answered = await findAnswer<OperatorRecord>(tx, actor, idempotency);
  if (answered !== null) return answered;
  requireWithinOwn(actor, operator);
  const mutated = await insertOperator(tx, context, actor, operator, 'create_operator');
  await rememberAnswer(tx, actor, idempotency, mutated);
  await tx.failpoint('create_operator.after_idempotency');
  return mutated;
}

/** See {@link Store.bootstrapOperator}. */
export async function bootstrapOperator(
  tx: Transaction,
  context: MutationContext,
  operator: Pick<NewOperator, 'id' | 'keyId' | 'name' | 'secret'>,
): Promise<Mutated<OperatorRecord> | null> {
  const actor = await authorize(tx, context, { ...REQUIREMENT, scope: null });
  const first = await tx.db.selectFrom('operator').select('position').limit(1).executeTakeFirst();
  if (first !== undefined) return null;
  const everything = { scopes: OPERATOR_SCOPES, keyspaces: null, expiresAtMs: null };
  return await insertOperator(tx, context, actor, { ...operator, ...everything }, 'bootstrap');
}

/** See {@link Store.revokeOperator}. */
export async function revokeOperator(
  tx: Transaction,
  context: MutationContext,
  id: OperatorId,
): Promise<Mutated<OperatorRecord>> {
  const actor = await authorize(tx, context, REQUIREMENT);
  const row = await requireOperator(tx, id);
  requireReach(actor, toOperatorRecord(row), 'Revoke only operators who reach no further than you do.');
  if (row.revoked_at_ms !== null) return nothingToDo(row.seq, toOperatorRecord(row));
  await requireOtherGrantor(tx, row);
  await tx.db
    .updateTable('key')
    .set({ revoked_at_ms: tx.nowMs })
    .where('position', '=', row.key_position)
    .execute();
  return await finishOperator(tx, context, actor, id, 'revoke_operator', 'operator.revoke');
}

/** See {@link Store.releaseOperator}. */
export async function releaseOperator(
  tx: Transaction,
  context: MutationContext,
  id: OperatorId,
): Promise<Mutated<OperatorRecord>> {
  const actor = await authorize(tx, context, { ...REQUIREMENT, scope: null });
  const row = await requireOperator(tx, id);
  if (row.quarantined_at_ms === null || row.revoked_at_ms !== null) {
    return nothingToDo(row.seq, toOperatorRecord(row));
  }
  await tx.db
    .updateTable('key')
    .set({ disabled_at_ms: null, quarantined_at_ms: null })
    .where('position', '=', row.key_position)
    .execute();
  return await finishOperator(tx, context, actor, id, 'release_operator', 'operator.enable');
}

/** See {@link Store.listOperators}; newest first. */
export async function listOperators(view: View, query: OperatorQuery): Promise<Page<OperatorRecord>> {
  const { keyspaces, limit } = query;
  const newestFirst = selectOperators(view.db)
    .where('operator.position', '<', afterPosition(query))
    .orderBy('operator.position', 'desc');
  if (keyspaces === undefined) {
    return toPage(await newestFirst.limit(limit + 1).execute(), limit, toOperatorRecord);
  }
  // Which keyspaces stand in the column is not for SQL to say, and operators are few.
  const limited = await newestFirst.where('operator.keyspaces', 'is not', null).execute();
  const within = limited.filter((row) => reaches(keyspaces, toOperatorRecord(row).keyspaces));
  return toPage(within.slice(0, limit + 1), limit, toOperatorRecord);
}

/** @throws {KeyholdError} `operator_not_found`. */
async function requireOperator(view: View, id: OperatorId): Promise<OperatorRow> {
  const row = await selectOperators(view.db).where('operator.id', '=', id).executeTakeFirst();
  if (row === undefined) {
    throw new KeyholdError('operator_not_found', `There is no operator "${id}". Check the id.`);
  }
  return row;
}

async function insertOperator(
  tx: Transaction,
  context: MutationContext,
  actor: AuditActor,
  operator: NewOperator,
  verb: 'create_operator' | 'bootstrap',
): Promise<Mutated<OperatorRecord>> {
  const key = {
    id: operator.keyId,
    keyspace: OPERATOR_KEYSPACE,
    organization: OPERATOR_ORGANIZATION,
    name: operator.name,
    environment: null,
    scopes: OPERATOR_SCOPES.filter((scope) => operator.scopes.includes(scope)),
    expiresAtMs: operator.expiresAtMs,
    allowedCidrs: [],
    metadata: {},
    secret: operator.secret,
  };
  const position = await insertKey(tx, actor, key, verb);
  await tx.failpoint(`${verb}.after_key`);
  await insertSecret(tx, position, 1, operator.secret, false);
  await tx.failpoint(`${verb}.after_secret`);
  await tx.db
    .insertInto('operator')
    .values({
      id: operator.id,
      key_position: position,
      keyspaces: operator.keyspaces === null ? null : JSON.stringify(operator.keyspaces),
      seq: 0,
    })
    .execute();
  return await finishOperator(tx, context, actor, operator.id, verb, 'operator.create');
}

async function finishOperator(
  tx: Transaction,
  context: MutationContext,
  actor: AuditActor,
  id: OperatorId,
  verb: 'create_operator' | 'bootstrap' | 'revoke_operator' | 'release_operator',
  action: 'operator.create' | 'operator.revoke' | 'operator.enable',
): Promise<Mutated<OperatorRecord>> {
  const row = await selectOperators(tx.db).where('operator.id', '=', id).executeTakeFirstOrThrow();
  const record = toOperatorRecord(row);
  const { replicated } = await readChangedKey(tx, row.key_position);
  const { name, scopes, keyspaces, keyId } = record;
  const change: ChangePayload = { kind: 'operator', operator: { id, keyId, keyspaces }, key: replicated };
  return await finishMutation<OperatorRecord>(tx, context, actor, {
    verb,
    audit: [
      {
        action,
        subject: { kind: 'operator', id },
        keyspace: null,
        organization: null,
        details: action === 'operator.create' ? { name, scopes, keyspaces } : { name },
      },
    ],
    change,
    subject: id,
    changed: [
      { table: 'operator', positions: [row.position] },
      { table: 'key', positions: [row.key_position] },
    ],
    value: (seq) => ({ ...record, seq }),
  });
}

/** @throws {KeyholdError} `grant_exceeds_own`. */
function requireWithinOwn(actor: AuditActor, operator: NewOperator): void {
  const scope = operator.scopes.find((each) => actor.scopes !== null && !actor.scopes.includes(each));
  if (scope !== undefined) {
    throw new KeyholdError(
      'grant_exceeds_own',
      `You do not hold the scope "${scope}", so you cannot grant it. Leave it out, or ask someone who holds it.`,
    );
  }
  requireReach(actor, operator, 'Grant only keyspaces that you reach yourself.');
}

/** @param remedy what to do instead. @throws {KeyholdError} `grant_exceeds_own`. */
function requireReach(
  actor: AuditActor,
  { keyspaces }: { readonly keyspaces: readonly string[] | null },
  remedy: string,
): void {
  if (reaches(actor.keyspaces, keyspaces)) return;
  throw new KeyholdError('grant_exceeds_own', `Your token reaches some keyspaces only. ${remedy}`);
}

/** Says whether every one of `theirs` is in `own`; null: every keyspace. */
function reaches(own: readonly string[] | null, theirs: readonly string[] | null): boolean {
  return own === null || theirs?.every((keyspace) => own.includes(keyspace)) === true;
}

/**
 * Somebody must be left who can make operators, for as long and as far as the one who goes.
 *
 * @throws {KeyholdError} `last_operator`.
 */
async function requireOtherGrantor(tx: Transaction, row: OperatorRow): Promise<void> {
  if (!mayGrant(row) || row.disabled_at_ms !== null) return;
  if (row.expires_at_ms !== null && row.expires_at_ms <= tx.nowMs) return;
  const others = await selectOperators(tx.db)
    .where('operator.position', '<>', row.position)
    .where('key.revoked_at_ms', 'is', null)
    .where('key.disabled_at_ms', 'is', null)
    .where((eb) => eb.or([eb('key.expires_at_ms', 'is', null), eb('key.expires_at_ms', '>', tx.nowMs)]))
    .execute();
  const { keyspaces } = toOperatorRecord(row);
  const stays = others.some(
    (other) =>
      mayGrant(other) &&
      lastsAsLong(other.expires_at_ms, row.expires_at_ms) &&
      reaches(toOperatorRecord(other).keyspaces, keyspaces),
  );
  if (stays) return;
  throw new KeyholdError(
    'last_operator',
    'No other operator can make operators for as long and as far. Create one with "operators:write" first.',
  );
}

function lastsAsLong(expiresAtMs: number | null, asMs: number | null): boolean {
  return expiresAtMs === null || (asMs !== null && expiresAtMs >= asMs);
}

function mayGrant(row: OperatorRow): boolean {
  return parseList(row.scopes).includes('operators:write');
}

type OperatorRow = Awaited<ReturnType<ReturnType<typeof selectOperators>['executeTakeFirstOrThrow']>>;

export function selectOperators(db: Kysely<Tables>) {
  return db
    .selectFrom('operator')
    .innerJoin('key', 'key.position', 'operator.key_position')
    .leftJoin('key_last_used', 'key_last_used.key_position', 'operator.key_position')
    .select([
      'operator.position',
      'operator.id',
      'operator.key_position',
      'operator.keyspaces',
      'operator.seq',
      'key.id as key_id',
      'key.name',
      'key.scopes',
      'key.masked_key',
      'key.created_at_ms',
      'key.expires_at_ms',
      'key.disabled_at_ms',
      'key.quarantined_at_ms',
      'key.revoked_at_ms',
      'key_last_used.at_ms as last_used_at_ms',
    ]);
}

export function toOperatorRecord(row: OperatorRow): OperatorRecord {
  const scopes = parseList(row.scopes);
  return {
    id: row.id,
    keyId: row.key_id,
    name: row.name,
    scopes: OPERATOR_SCOPES.filter((scope) => scopes.includes(scope)),
    keyspaces: row.keyspaces === null ? null : parseList(row.keyspaces),
    maskedKey: row.masked_key,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    disabledAtMs: row.disabled_at_ms,
    revokedAtMs: row.revoked_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
    seq: row.seq,
  };
}
