import type { ReplicatedOperator, ReplicatedOrganization } from '@keyhold/coherence';
import { parseList } from './json-columns.ts';
import type { View } from './transaction.ts';

/** Every organization, the operators' own included, for a snapshot. */
export async function readOrganizations(view: View): Promise<readonly ReplicatedOrganization[]> {
  const revocations = await view.db
    .selectFrom('organization_revocation')
    .select(['organization', 'keyspace', (eb) => eb.fn.max('revoked_through').as('revoked_through')])
    .groupBy(['organization', 'keyspace'])
    .execute();
  const revokedThrough = Map.groupBy(revocations, (each) => each.organization);
  const rows = await view.db
    .selectFrom('organization')
    .select(['id', 'suspended_at_ms', 'features'])
    .orderBy('position')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    suspended: row.suspended_at_ms !== null,
    features: parseList(row.features),
    revokedThrough: Object.fromEntries(
      (revokedThrough.get(row.id) ?? []).map((each) => [each.keyspace, each.revoked_through]),
    ),
  }));
}

/** Every operator, revoked ones included, for a snapshot. */
export async function readOperators(view: View): Promise<readonly ReplicatedOperator[]> {
  const rows = await view.db
    .selectFrom('operator')
    .innerJoin('key', 'key.position', 'operator.key_position')
    .select(['operator.id', 'key.id as keyId', 'operator.keyspaces'])
    .orderBy('operator.position')
    .execute();
  return rows.map(({ id, keyId, keyspaces }) => ({
    id,
    keyId,
    keyspaces: keyspaces === null ? null : parseList(keyspaces),
  }));
}
