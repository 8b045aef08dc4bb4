import {
  formatInstant,
  isActive,
  type JsonObject,
  KeyholdError,
  type KeyLife,
  transition,
} from '@keyhold/core';
import type { MutationVerb } from '../failpoint.ts';
import { keyNotFound } from '../not-found.ts';
import type {
  KeyPatch,
  KeyRecord,
  KeySelector,
  MutationContext,
  NewClaimLink,
  NewSecret,
} from '../records.ts';
import type { Mutated } from '../store.ts';
import { type AuditActor, authorize, requireKeyspace } from './authorize.ts';
import { endClaimLinks, insertClaimLink } from './claim-links.ts';
import { requireRoom } from './issue-key.ts';
import {
  isDisabledByCustomer,
  type KeyRow,
  lifeOf,
  readChangedKey,
  requireKey,
  toKeyRecord,
} from './key-rows.ts';
import { noteFormatUse, requireConfiguredKeyspace, requireIssuingKeyspace } from './keyspaces.ts';
import { finishMutation, nothingToDo } from './mutation.ts';
import { requireOrganization } from './organization-rows.ts';
import { insertSecret } from './secret-rows.ts';
import type { Transaction } from './transaction.ts';

/** See {@link Store.patchKey}. */
export async function patchKey(
  tx: Transaction,
  context: MutationContext,
  selector: KeySelector,
  patch: KeyPatch,
): Promise<Mutated<KeyRecord>> {
  const { actor, row } = await openKey(tx, context, selector, { selfService: isRename(patch) });
  const before = toKeyRecord(row, tx.nowMs);
  applyTransition(row, 'patch', tx.nowMs);
  const changes = changesOf(before, patch);
  if (Object.keys(changes).length === 0) return await leaveKey(tx, row);

  const expiresAtMs = patch.expiresAtMs === undefined ? row.expires_at_ms : patch.expiresAtMs;
  const life = lifeOf(row);
  if (!isActive(life, tx.nowMs) && isActive({ ...life, expiresAtMs }, tx.nowMs)) {
    await requireRoom(tx, await requireConfiguredKeyspace(tx, row.keyspace), row.organization);
  }
  await tx.db
    .updateTable('key')
    .set({
      expires_at_ms: expiresAtMs,
      ...(patch.name !== undefined && { name: patch.name }),
      ...(patch.scopes !== undefined && { scopes: JSON.stringify(patch.scopes) }),
      ...(patch.allowedCidrs !== undefined && { allowed_cidrs: JSON.stringify(patch.allowedCidrs) }),
      ...(patch.metadata !== undefined && { metadata: JSON.stringify(patch.metadata) }),
    })
    .where('position', '=', row.position)
    .execute();
  return await finishKey(tx, context, actor, row, 'patch', changes);
}

/** See {@link Store.recycleKey}. */
export async function recycleKey(
  tx: Transaction,
  context: MutationContext,
  selector: KeySelector,
  recycle: {
    readonly secret: NewSecret;
    readonly graceMs: number;
    readonly expectedGeneration: number | null;
    readonly claimLink?: NewClaimLink | null;
  },
): Promise<Mutated<KeyRecord>> {
  const { actor, row } = await openKey(tx, context, selector, { selfService: true });
  applyTransition(row, 'recycle', tx.nowMs);
  await requireIssuingKeyspace(tx, row.keyspace);
  if (recycle.expectedGeneration !== null && recycle.expectedGeneration !== row.generation) {
    throw new KeyholdError(
      'recycle_conflict',
      'The key was recycled by another call meanwhile. Read it again, then decide.',
    );
  }
  await endOldSecrets(tx, row, tx.nowMs + recycle.graceMs);
  await tx.failpoint('recycle.after_old_secrets');
  await endClaimLinks(tx, row.position);
  const { secret, claimLink = null } = recycle;
  await insertSecret(tx, row.position, row.generation + 1, secret, claimLink !== null);
  if (claimLink !== null) await insertClaimLink(tx, row.position, row.generation + 1, claimLink);
  await tx.failpoint('recycle.after_secret');
  await noteFormatUse(tx, row.keyspace);
  await tx.failpoint('recycle.after_format');
  await tx.db
    .updateTable('key')
    .set({ generation: row.generation + 1, masked_key: recycle.secret.maskedKey })
    .where('position', '=', row.position)
    .execute();
  return await finishKey(tx, context, actor, row, 'recycle', {
    generation: row.generation + 1,
    grace_seconds: recycle.graceMs / 1_000,
    ...(claimLink !== null && { claim_link: claimLink.id }),
  });
}

/** See {@link Store.revokeKey}. */
export async function revokeKey(
  tx: Transaction,
  context: MutationContext,
  selector: KeySelector,
  options: { readonly reason: string | null },
): Promise<Mutated<KeyRecord>> {
  const { actor, row } = await openKey(tx, context, selector, { selfService: true });
  if (applyTransition(row, 'revoke', tx.nowMs) === null) return await leaveKey(tx, row);
  await tx.db
    .updateTable('key')
    .set({ revoked_at_ms: tx.nowMs })
    .where('position', '=', row.position)
    .execute();
  await endClaimLinks(tx, row.position);
  return await finishKey(tx, context, actor, row, 'revoke', { reason: options.reason });
}

/** See {@link Store.disableKey}. */
export async function disableKey(
  tx: Transaction,
  context: MutationContext,
  selector: KeySelector,
): Promise<Mutated<KeyRecord>> {
  return await setDisabled(tx, context, selector, 'disable', tx.nowMs);
}

/** See {@link Store.enableKey}. */
export async function enableKey(
  tx: Transaction,
  context: MutationContext,
  selector: KeySelector,
): Promise<Mutated<KeyRecord>> {
  return await setDisabled(tx, context, selector, 'enable', null);
}

async function setDisabled(
  tx: Transaction,
  context: MutationContext,
  selector: KeySelector,
  verb: 'disable' | 'enable',
  disabledAtMs: number | null,
): Promise<Mutated<KeyRecord>> {
  const { actor, row } = await openKey(tx, context, selector, { selfService: true });
  const byCustomer = actor.organization !== null;
  const life = applyTransition(row, verb, tx.nowMs);
  // What a customer disabled becomes the operator's when an operator disables it too.
  const takesOver = row.disabled_at_ms !== null && isDisabledByCustomer(row) !== byCustomer;
  if (byCustomer && takesOver) {
    if (verb === 'disable') return await leaveKey(tx, row);
    throw new KeyholdError(
      'insufficient_scope',
      'The key was disabled by the operator of this API. Ask them to enable it.',
    );
  }
  // Disabling a quarantined key is the outcome of its review: it stays disabled when the others are released.
  if (life === null && row.quarantined_at_ms === null && !takesOver) return await leaveKey(tx, row);
  await tx.db
    .updateTable('key')
    .set({
      disabled_at_ms: disabledAtMs,
      disabled_by_customer: byCustomer ? 1 : 0,
      quarantined_at_ms: null,
    })
    .where('position', '=', row.position)
    .execute();
  return await finishKey(tx, context, actor, row, verb, {});
}

/** A customer may give a key another name, and nothing else that a patch can. */
function isRename({ name: _name, ...others }: KeyPatch): boolean {
  return Object.values(others).every((value) => value === undefined);
}

/** Reads the actor and the key, and says whether the one reaches the other. */
async function openKey(
  tx: Transaction,
  context: MutationContext,
  selector: KeySelector,
  { selfService }: { readonly selfService: boolean },
): Promise<{ readonly actor: AuditActor; readonly row: KeyRow }> {
  const actor = await authorize(tx, context, { scope: 'keys:write', keyspace: null, selfService });
  const row = await requireKey(tx, selector);
  const own =
    actor.organization === null ||
    (actor.organization === row.organization && actor.keyspaces?.includes(row.keyspace) === true);
  // To a customer, a key of somebody else does not exist.
  if (!own) throw keyNotFound();
  requireKeyspace(actor, row.keyspace);
  return { actor, row };
}

/** @returns the key's new life, or null when there is nothing to do. @throws {KeyholdError} `key_revoked`, `key_expired`. */
function applyTransition(row: KeyRow, verb: Parameters<typeof transition>[1], nowMs: number): KeyLife | null {
  const result = transition(lifeOf(row), verb, nowMs);
  if (result.kind === 'nothing_to_do') return null;
  if (result.kind === 'apply') return result.life;
  throw new KeyholdError(
    result.code,
    result.code === 'key_revoked'
      ? 'The key is revoked, and that is final. Issue a new one.'
      : 'The key has expired. Give it a later "expires_at" first, or issue a new one.',
  );
}

/** Nothing to do, but an earlier call's change may not be in force everywhere: the seq says what to wait for. */
async function leaveKey(tx: Transaction, row: KeyRow): Promise<Mutated<KeyRecord>> {
  const organization = await requireOrganization(tx, row.organization);
  return nothingToDo(Math.max(row.seq, organization.seq), toKeyRecord(row, tx.nowMs));
}

async function finishKey(
  tx: Transaction,
  context: MutationContext,
  actor: AuditActor,
  row: KeyRow,
  verb: MutationVerb & ('patch' | 'recycle' | 'revoke' | 'disable' | 'enable'),
  details: JsonObject,
): Promise<Mutated<KeyRecord>> {
  const { record, replicated } = await readChangedKey(tx, row.position);
  return await finishMutation<KeyRecord>(tx, context, actor, {
    verb,
    audit: [
      {
        action: `key.${verb}`,
        subject: { kind: 'key', id: record.id },
        keyspace: record.keyspace,
        organization: record.organization,
        details,
      },
    ],
    change: { kind: 'keys', keys: [replicated] },
    subject: record.id,
    changed: [{ table: 'key', positions: [row.position] }],
    value: (seq) => ({ ...record, seq }),
  });
}

/** The newest secret stops at `newestEndsAtMs`; those before it, still in a grace, stop now. */
async function endOldSecrets(tx: Transaction, row: KeyRow, newestEndsAtMs: number): Promise<void> {
  await tx.db
    .updateTable('secret')
    .set({ not_after_ms: tx.nowMs })
    .where('key_position', '=', row.position)
    .where('generation', '<', row.generation)
    .where('not_after_ms', '>', tx.nowMs)
    .execute();
  await tx.db
    .updateTable('secret')
    .set({ not_after_ms: newestEndsAtMs })
    .where('key_position', '=', row.position)
    .where('generation', '=', row.generation)
    .execute();
}

/** The fields a patch changes, for the audit log: old and new value of each. */
function changesOf(before: KeyRecord, patch: KeyPatch): JsonObject {
  const fields = [
    ['name', before.name, patch.name],
    ['scopes', before.scopes, patch.scopes],
    [
      'expires_at',
      toWireInstant(before.expiresAtMs),
      patch.expiresAtMs === undefined ? undefined : toWireInstant(patch.expiresAtMs),
    ],
    ['allowed_cidrs', before.allowedCidrs, patch.allowedCidrs],
    ['metadata', before.metadata, patch.metadata],
  ] as const;
  return Object.fromEntries(
    fields
      .filter(([, from, to]) => to !== undefined && JSON.stringify(from) !== JSON.stringify(to))
      .map(([name, from, to]) => [name, { from, to: to ?? null }]),
  );
}

function toWireInstant(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}
