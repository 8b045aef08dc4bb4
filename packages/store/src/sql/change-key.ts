import {
  formatInstant,
  isActive,
  type JsonObject,
  KeyholdError,
  type KeyLife,
  transition,
} from '@keyhold/core';
import type { Updateable } from 'kysely';
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
import { type AuditActor, authorize } from './authorize.ts';
import { endClaimLinks, insertClaimLink } from './claim-links.ts';
import { requireRoom } from './issue-key.ts';
import {
  type ChangedKey,
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
import type { Tables } from './schema.ts';
import { insertSecret } from './secret-rows.ts';
import { together } from './together.ts';
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
  const [, changed] = await together(
    updateKey(tx, row, {
      expires_at_ms: expiresAtMs,
      ...(patch.name !== undefined && { name: patch.name }),
      ...(patch.scopes !== undefined && { scopes: JSON.stringify(patch.scopes) }),
      ...(patch.allowedCidrs !== undefined && { allowed_cidrs: JSON.stringify(patch.allowedCidrs) }),
      ...(patch.metadata !== undefined && { metadata: JSON.stringify(patch.metadata) }),
    }),
    readChangedKey(tx, row.position),
  );
  return await finishKey(tx, context, actor, row, changed, 'patch', changes);
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
  await together(endOldSecrets(tx, row, tx.nowMs + recycle.graceMs), endClaimLinks(tx, row.position));
  await tx.failpoint('recycle.after_old_secrets');
  const { secret, claimLink = null } = recycle;
  const generation = row.generation + 1;
  await together(
    insertSecret(tx, row.position, generation, secret, claimLink !== null),
    ...(claimLink === null ? [] : [insertClaimLink(tx, row.position, generation, claimLink)]),
    noteFormatUse(tx, row.keyspace),
  );
  await tx.failpoint('recycle.after_secret');
  const [, changed] = await together(
    updateKey(tx, row, { generation, masked_key: secret.maskedKey }),
    readChangedKey(tx, row.position),
  );
  return await finishKey(tx, context, actor, row, changed, 'recycle', {
    generation,
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
  const [, , changed] = await together(
    updateKey(tx, row, { revoked_at_ms: tx.nowMs }),
    endClaimLinks(tx, row.position),
    readChangedKey(tx, row.position),
  );
  return await finishKey(tx, context, actor, row, changed, 'revoke', { reason: options.reason });
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
  const [, changed] = await together(
    updateKey(tx, row, {
      disabled_at_ms: disabledAtMs,
      disabled_by_customer: byCustomer ? 1 : 0,
      quarantined_at_ms: null,
    }),
    readChangedKey(tx, row.position),
  );
  return await finishKey(tx, context, actor, row, changed, verb, {});
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
  const [actor, row] = await together(
    authorize(tx, context, { scope: 'keys:write', keyspace: null, selfService }),
    requireKey(tx, selector),
  );
  const reaches =
    (actor.organization === null || actor.organization === row.organization) &&
    (actor.keyspaces === null || actor.keyspaces.includes(row.keyspace));
  // A key beyond the actor's reach is answered as one that does not exist.
  if (!reaches) throw keyNotFound();
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
  { record, replicated }: ChangedKey,
  verb: MutationVerb & ('patch' | 'recycle' | 'revoke' | 'disable' | 'enable'),
  details: JsonObject,
): Promise<Mutated<KeyRecord>> {
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

async function updateKey(tx: Transaction, row: KeyRow, columns: Updateable<Tables['key']>): Promise<void> {
  await tx.db.updateTable('key').set(columns).where('position', '=', row.position).execute();
}

/** The newest secret stops at `newestEndsAtMs`; those before it, still in a grace, stop now. */
async function endOldSecrets(tx: Transaction, row: KeyRow, newestEndsAtMs: number): Promise<void> {
  const ofKey = (endsAtMs: number) =>
    tx.db.updateTable('secret').set({ not_after_ms: endsAtMs }).where('key_position', '=', row.position);
  await together(
    ofKey(tx.nowMs).where('generation', '<', row.generation).where('not_after_ms', '>', tx.nowMs).execute(),
    ofKey(newestEndsAtMs).where('generation', '=', row.generation).execute(),
  );
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
