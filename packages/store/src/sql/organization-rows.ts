import type { ReplicatedOrganization } from '@keyhold/coherence';
import { KeyholdError, OPERATOR_ORGANIZATION } from '@keyhold/core';
import type { Selectable } from 'kysely';
import type { OrganizationRecord } from '../records.ts';
import { parseList } from './json-columns.ts';
import type { Tables } from './schema.ts';
import type { View } from './transaction.ts';

export type OrganizationRow = Selectable<Tables['organization']>;

/** Finds a customer's organization; the operators' own is none. */
export async function findOrganization(view: View, id: string): Promise<OrganizationRow | undefined> {
  if (id === OPERATOR_ORGANIZATION) return undefined;
  return await view.db.selectFrom('organization').selectAll().where('id', '=', id).executeTakeFirst();
}

/** @throws {KeyholdError} `organization_not_found`. */
export async function requireOrganization(view: View, id: string): Promise<OrganizationRow> {
  const row = await findOrganization(view, id);
  if (row === undefined) throw organizationNotFound(id);
  return row;
}

export function organizationNotFound(id: string): KeyholdError {
  return new KeyholdError(
    'organization_not_found',
    `There is no organization "${id}". Create it first, or check its id.`,
  );
}

export function toOrganizationRecord(row: OrganizationRow): OrganizationRecord {
  return {
    id: row.id,
    name: row.name,
    features: parseList(row.features),
    tags: parseList(row.tags),
    suspended: row.suspended_at_ms !== null,
    createdAtMs: row.created_at_ms,
    seq: row.seq,
  };
}

/** The organization as it stands in this transaction, for the change log. */
export async function readReplicatedOrganization(view: View, id: string): Promise<ReplicatedOrganization> {
  const row = await requireOrganization(view, id);
  const revocations = await view.db
    .selectFrom('organization_revocation')
    .select(['keyspace', (eb) => eb.fn.max('revoked_through').as('revoked_through')])
    .where('organization', '=', id)
    .groupBy('keyspace')
    .execute();
  return {
    id,
    suspended: row.suspended_at_ms !== null,
    features: parseList(row.features),
    revokedThrough: Object.fromEntries(revocations.map((each) => [each.keyspace, each.revoked_through])),
  };
}
