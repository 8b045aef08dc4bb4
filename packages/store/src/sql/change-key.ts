import { formatInstant, isActive, type JsonObject, KeyholdError } from '@keyhold/core';
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
  type KeyRow,
  lifeOf,
  readChangedKey,
  requireKey,
  selectPosition,
  selectSecrets,
  toKeyRecord,
} from './key-rows.ts';
import { noteFormatUse, requireConfiguredKeyspace, requireIssuingKeyspace } from './keyspaces.ts';
import { type AuditDraft, finishMutation, nothingToDo } from './mutation.ts';
import { requireOrganization } from './organization-rows.ts';
import { insertSecret } from './secret-rows.ts';
import { applyTransition, type KeySwitch, switchKey, updateKey } from './switch-key.ts';
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
  return await switchOneKey(tx, context, selector, 'revoke', { reason: options.reason });
}

/** See {@link Store.disableKey}. */
export async function disableKey(
  tx: Transaction,
  context: MutationContext,
  selector: KeySelector,
): Promise<Mutated<KeyRecord>> {
  return await switchOneKey(tx, context, selector, 'disable', {});
}

/** See {@link Store.enableKey}. */
export async function enableKey(
  tx: Transaction,
  context: MutationContext,
  selector: KeySelector,
): Promise<Mutated<KeyRecord>> {
  return await switchOneKey(tx, context, selector, 'enable', {});
}

async function switchOneKey(
  tx: Transaction,
  context: MutationContext,
  selector: KeySelector,
  verb: KeySwitch,
  details: JsonObject,
): Promise<Mutated<KeyRecord>> {
  const [{ actor, row }, secrets] = await together(
    openKey(tx, context, selector, { selfService: true }),
    selectSecrets(tx.db).where('secret.key_position', 'in', selectPosition(tx.db, selector)).execute(),
  );
  const switched = switchKey(tx, actor, { row, secrets }, verb);
  if (switched === null) return await leaveKey(tx, row);
  const [, mutated] = await together(
    switched.write(),
    finishKey(tx, context, actor, row, switched.changed, verb, details),
  );
  return mutated;
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
  // A key beyond the actor's reach is answered as one that does not exist.
  if (!reaches(actor, row)) throw keyNotFound();
  return { actor, row };
}

/** Whether an actor who may change keys may change this one. */
export function reaches(actor: AuditActor, row: KeyRow): boolean {
  return (
    (actor.organization === null || actor.organization === row.organization) &&
    (actor.keyspaces === null || actor.keyspaces.includes(row.keyspace))
  );
}

export function toKeyEvent(
  { record }: ChangedKey,
  verb: 'patch' | 'recycle' | KeySwitch,
  details: JsonObject,
): AuditDraft {
  return {
    action: `key.${verb}`,
    subject: { kind: 'key', id: record.id },
    keyspace: record.keyspace,
    organization: record.organization,
    details,
  };
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
  changed: ChangedKey,
  verb: 'patch' | 'recycle' | KeySwitch,
  details: JsonObject,
): Promise<Mutated<KeyRecord>> {
  const { record, replicated } = changed;
  return await finishMutation<KeyRecord>(tx, context, actor, {
    verb,
    audit: [toKeyEvent(changed, verb, details)],
    change: { kind: 'keys', keys: [replicated] },
    subject: record.id,
    changed: [{ table: 'key', positions: [row.position] }],
    value: (seq) => ({ ...record, seq }),
  });
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
