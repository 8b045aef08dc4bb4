import type { ReplicatedKey } from '@keyhold/coherence';
import { formatInstant, isActive, KeyholdError, type KeyLife, type KeyspaceDefinition } from '@keyhold/core';
import type { MutationVerb } from '../failpoint.ts';
import type { Idempotency, KeyRecord, MutationContext, NewClaimLink, NewKey } from '../records.ts';
import type { ImportOutcome, ImportRow, Mutated } from '../store.ts';
import { type AuditActor, authorize, requireKeyspace } from './authorize.ts';
import { insertClaimLink } from './claim-links.ts';
import { findAnswer, rememberAnswer } from './idempotency.ts';
import { insertUnused } from './key-activity.ts';
import { readChangedKey } from './key-rows.ts';
import { requireIssuingKeyspace, takeKeyNumber } from './keyspaces.ts';
import { type AuditDraft, finishMutation, nothingToDo } from './mutation.ts';
import { findOrganization, organizationNotFound, requireOrganization } from './organization-rows.ts';
import { insertSecret } from './secret-rows.ts';
import { together } from './together.ts';
import type { Transaction } from './transaction.ts';

/** See {@link Store.issueKey}. */
export async function issueKey(
  tx: Transaction,
  context: MutationContext,
  key: NewKey,
  idempotency: Idempotency | null,
  claimLink: NewClaimLink | null = null,
): Promise<Mutated<KeyRecord>> {
  const actor = await authorize(tx, context, {
    scope: 'keys:write',
    keyspace: key.keyspace,
    selfService: true,
  });
  const answered = await findAnswer<KeyRecord>(tx, actor, idempotency);
  if (answered !== null) return answered;

  const [definition] = await together(
    requireIssuingKeyspace(tx, key.keyspace),
    requireOrganization(tx, key.organization),
  );
  if (actor.organization !== null && actor.organization !== key.organization)
    throw organizationNotFound(key.organization);
  if (isActive(newLife(key), tx.nowMs)) await requireRoom(tx, definition, key.organization);

  const position = await insertKey(tx, actor, key, 'issue');
  await tx.failpoint('issue.after_key');
  await together(
    insertUnused(tx, position),
    insertSecret(tx, position, 1, key.secret, claimLink !== null),
    ...(claimLink === null ? [] : [insertClaimLink(tx, position, 1, claimLink)]),
  );
  await tx.failpoint('issue.after_secret');
  const { record, replicated } = await readChangedKey(tx, position);
  const mutated = await finishMutation<KeyRecord>(tx, context, actor, {
    verb: 'issue',
    audit: [issueEvent('key.issue', record, claimLink)],
    change: { kind: 'keys', keys: [replicated] },
    subject: record.id,
    changed: [{ table: 'key', positions: [position] }],
    value: (seq) => ({ ...record, seq }),
  });
  await rememberAnswer(tx, actor, idempotency, mutated);
  await tx.failpoint('issue.after_idempotency');
  return mutated;
}

/** See {@link Store.importKeys}: one change for all the rows that could be imported. */
export async function importKeys(
  tx: Transaction,
  context: MutationContext,
  rows: readonly ImportRow[],
): Promise<Mutated<readonly ImportOutcome[]>> {
  const actor = await authorize(tx, context, { scope: 'keys:write', keyspace: null, selfService: false });
  const outcomes: ImportOutcome[] = [];
  const positions: number[] = [];
  const replicated: ReplicatedKey[] = [];
  const audit: AuditDraft[] = [];
  let readSeq = 0;
  for (const { key } of rows) {
    requireKeyspace(actor, key.keyspace);
    const refusal = await findRefusal(tx, key);
    if (refusal !== null) {
      readSeq = Math.max(readSeq, refusal.seq);
      outcomes.push({ status: 'refused', code: refusal.code });
      continue;
    }
    const position = await insertKey(tx, actor, key, 'import');
    await tx.failpoint('import.after_key');
    await together(insertUnused(tx, position), insertSecret(tx, position, 1, key.secret, false));
    await tx.failpoint('import.after_secret');
    const imported = await readChangedKey(tx, position);
    positions.push(position);
    replicated.push(imported.replicated);
    audit.push(issueEvent('key.import', imported.record));
    outcomes.push({ status: 'imported', key: imported.record });
  }
  if (positions.length === 0) return nothingToDo(readSeq, outcomes);
  return await finishMutation<readonly ImportOutcome[]>(tx, context, actor, {
    verb: 'import',
    audit,
    change: { kind: 'keys', keys: replicated },
    subject: `${positions.length} keys`,
    changed: [{ table: 'key', positions }],
    value: (seq) =>
      outcomes.map((outcome) =>
        outcome.status === 'imported' ? { status: 'imported', key: { ...outcome.key, seq } } : outcome,
      ),
  });
}

/** Counts against the keyspace's cap inside the transaction. @throws {KeyholdError} `active_key_limit_reached`. */
export async function requireRoom(
  tx: Transaction,
  definition: KeyspaceDefinition,
  organization: string,
): Promise<void> {
  if (await hasRoom(tx, definition, organization)) return;
  throw new KeyholdError(
    'active_key_limit_reached',
    `The organization has ${definition.limits.activeKeysPerOrganization} active keys in "${definition.id}", which is the most it may have. Revoke one first.`,
  );
}

/** @returns the new key's position. The row has no seq yet: {@link finishMutation} stamps it. */
export async function insertKey(
  tx: Transaction,
  actor: AuditActor,
  key: Omit<NewKey, 'secret'> & { readonly secret: { readonly maskedKey: string } },
  verb: MutationVerb & ('issue' | 'import' | 'create_operator' | 'bootstrap'),
): Promise<number> {
  const number = await takeKeyNumber(tx, key.keyspace);
  await tx.failpoint(`${verb}.after_number`);
  const { position } = await tx.db
    .insertInto('key')
    .values({
      id: key.id,
      keyspace: key.keyspace,
      number,
      organization: key.organization,
      name: key.name,
      environment: key.environment,
      scopes: JSON.stringify(key.scopes),
      masked_key: key.secret.maskedKey,
      allowed_cidrs: JSON.stringify(key.allowedCidrs),
      metadata: JSON.stringify(key.metadata),
      generation: 1,
      created_at_ms: tx.nowMs,
      created_by: actor.id,
      created_by_name: actor.name,
      expires_at_ms: key.expiresAtMs,
      disabled_at_ms: null,
      quarantined_at_ms: null,
      revoked_at_ms: null,
      seq: 0,
    })
    .returning('position')
    .executeTakeFirstOrThrow();
  return position;
}

async function findRefusal(
  tx: Transaction,
  key: NewKey,
): Promise<{ readonly code: (ImportOutcome & { status: 'refused' })['code']; readonly seq: number } | null> {
  const definition = await requireIssuingKeyspace(tx, key.keyspace);
  const existing = await tx.db
    .selectFrom('secret')
    .innerJoin('key', 'key.position', 'secret.key_position')
    .select('key.seq')
    .where('secret.lookup', '=', Buffer.from(key.secret.digest, 'hex'))
    .executeTakeFirst();
  if (existing !== undefined) return { code: 'already_exists', seq: existing.seq };
  if ((await findOrganization(tx, key.organization)) === undefined) {
    return { code: 'organization_not_found', seq: 0 };
  }
  if (isActive(newLife(key), tx.nowMs) && !(await hasRoom(tx, definition, key.organization))) {
    return { code: 'active_key_limit_reached', seq: 0 };
  }
  return null;
}

function newLife(key: NewKey): KeyLife {
  return { revoked: false, disabled: false, expiresAtMs: key.expiresAtMs };
}

function issueEvent(
  action: 'key.issue' | 'key.import',
  key: KeyRecord,
  claimLink: NewClaimLink | null = null,
): AuditDraft {
  return {
    action,
    subject: { kind: 'key', id: key.id },
    keyspace: key.keyspace,
    organization: key.organization,
    details: {
      number: key.number,
      name: key.name,
      environment: key.environment,
      scopes: key.scopes,
      expires_at: key.expiresAtMs === null ? null : formatInstant(key.expiresAtMs),
      allowed_cidrs: key.allowedCidrs,
      ...(claimLink !== null && { claim_link: claimLink.id }),
    },
  };
}

async function hasRoom(
  tx: Transaction,
  definition: KeyspaceDefinition,
  organization: string,
): Promise<boolean> {
  const cap = definition.limits.activeKeysPerOrganization;
  if (cap === null) return true;
  const { count } = await tx.db
    .selectFrom('key')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('organization', '=', organization)
    .where('keyspace', '=', definition.id)
    .where('revoked_at_ms', 'is', null)
    .where((eb) =>
      eb(
        'number',
        '>',
        eb.fn.coalesce(
          eb
            .selectFrom('organization_revocation')
            .select((bulk) => bulk.fn.max('revoked_through').as('revoked_through'))
            .where('organization', '=', organization)
            .where('keyspace', '=', definition.id),
          eb.lit(0),
        ),
      ),
    )
    .where((eb) => eb.or([eb('expires_at_ms', 'is', null), eb('expires_at_ms', '>', tx.nowMs)]))
    .executeTakeFirstOrThrow();
  return count < cap;
}
