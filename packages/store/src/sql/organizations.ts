import { type JsonObject, KeyholdError, OPERATOR_ORGANIZATION } from '@keyhold/core';
import type { Idempotency, MutationContext, OrganizationPatch, OrganizationRecord } from '../records.ts';
import type { Mutated } from '../store.ts';
import { type AuditActor, authorize } from './authorize.ts';
import { findAnswer, rememberAnswer } from './idempotency.ts';
import { finishMutation, nothingToDo } from './mutation.ts';
import {
  findOrganization,
  readReplicatedOrganization,
  requireOrganization,
  toOrganizationRecord,
} from './organization-rows.ts';
import { together } from './together.ts';
import type { Transaction, View } from './transaction.ts';

const REQUIREMENT = { scope: 'organizations:write', keyspace: null, selfService: false } as const;

/** See {@link Store.createOrganization}. */
export async function createOrganization(
  tx: Transaction,
  context: MutationContext,
  organization: {
    readonly id: string;
    readonly name: string;
    readonly features: readonly string[];
    readonly tags: readonly string[];
    readonly suspended: boolean;
  },
  idempotency: Idempotency | null,
): Promise<Mutated<OrganizationRecord>> {
  const actor = await authorize(tx, context, REQUIREMENT);
  const answered = await findAnswer<OrganizationRecord>(tx, actor, idempotency);
  if (answered !== null) return answered;
  const { id, name, features, tags, suspended } = organization;
  if (id === OPERATOR_ORGANIZATION || (await findOrganization(tx, id)) !== undefined) {
    throw new KeyholdError(
      'organization_exists',
      `There is an organization "${id}" already. Use it, or choose another id.`,
    );
  }
  await tx.db
    .insertInto('organization')
    .values({
      id,
      name,
      features: JSON.stringify(features),
      tags: JSON.stringify(tags),
      suspended_at_ms: suspended ? tx.nowMs : null,
      created_at_ms: tx.nowMs,
      seq: 0,
    })
    .execute();
  const mutated = await finishOrganization(tx, context, actor, id, 'create_organization', {
    action: 'organization.create',
    details: { name, features, tags, suspended },
  });
  await rememberAnswer(tx, actor, idempotency, mutated);
  await tx.failpoint('create_organization.after_idempotency');
  return mutated;
}

/** See {@link Store.patchOrganization}. */
export async function patchOrganization(
  tx: Transaction,
  context: MutationContext,
  id: string,
  patch: OrganizationPatch,
): Promise<Mutated<OrganizationRecord>> {
  const [actor, row] = await together(authorize(tx, context, REQUIREMENT), requireOrganization(tx, id));
  const before = toOrganizationRecord(row);
  const details = changesOf(before, patch);
  if (Object.keys(details).length === 0) return nothingToDo(row.seq, before);
  await tx.db
    .updateTable('organization')
    .set({
      suspended_at_ms: (patch.suspended ?? before.suspended) ? (row.suspended_at_ms ?? tx.nowMs) : null,
      ...(patch.name !== undefined && { name: patch.name }),
      ...(patch.features !== undefined && { features: JSON.stringify(patch.features) }),
      ...(patch.tags !== undefined && { tags: JSON.stringify(patch.tags) }),
    })
    .where('position', '=', row.position)
    .execute();
  return await finishOrganization(tx, context, actor, id, 'patch_organization', {
    action: details['suspended'] === undefined ? 'organization.patch' : suspensionAction(patch),
    details,
  });
}

/** See {@link Store.getOrganization}. */
export async function getOrganization(view: View, id: string): Promise<OrganizationRecord> {
  return toOrganizationRecord(await requireOrganization(view, id));
}

async function finishOrganization(
  tx: Transaction,
  context: MutationContext,
  actor: AuditActor,
  id: string,
  verb: 'create_organization' | 'patch_organization',
  event: { readonly action: string; readonly details: JsonObject },
): Promise<Mutated<OrganizationRecord>> {
  const row = await requireOrganization(tx, id);
  const record = toOrganizationRecord(row);
  return await finishMutation<OrganizationRecord>(tx, context, actor, {
    verb,
    audit: [{ ...event, subject: { kind: 'organization', id }, keyspace: null, organization: id }],
    change: { kind: 'organization', organization: await readReplicatedOrganization(tx, id) },
    subject: id,
    changed: [{ table: 'organization', positions: [row.position] }],
    value: (seq) => ({ ...record, seq }),
  });
}

function suspensionAction(patch: OrganizationPatch): string {
  return patch.suspended === true ? 'organization.suspend' : 'organization.resume';
}

/** The fields a patch changes, for the audit log: old and new value of each. */
function changesOf(before: OrganizationRecord, patch: OrganizationPatch): JsonObject {
  const names = ['name', 'features', 'tags', 'suspended'] as const;
  return Object.fromEntries(
    names
      .filter(
        (name) => patch[name] !== undefined && JSON.stringify(patch[name]) !== JSON.stringify(before[name]),
      )
      .map((name) => [name, { from: before[name], to: patch[name] ?? null }]),
  );
}
