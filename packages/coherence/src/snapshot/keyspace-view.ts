import type { Change, ChangePayload, ReplicatedOrganization } from '../change.ts';

/**
 * What a child is shown of a change that serves only these keyspaces: their keys, their configuration and their bulk
 * revocations, never operators. A change of which nothing is left stays one, so that the log has no hole.
 */
export function showChange({ seq, payload }: Change, keyspaces: ReadonlySet<string>): Change {
  return { seq, payload: showPayload(payload, keyspaces) };
}

function showPayload(payload: ChangePayload, shown: ReadonlySet<string>): ChangePayload {
  switch (payload.kind) {
    case 'keys':
      return { ...payload, keys: payload.keys.filter(({ keyspace }) => shown.has(keyspace)) };
    case 'organization':
      return { ...payload, organization: showOrganization(payload.organization, shown) };
    case 'operator':
      return { kind: 'keys', keys: [] };
    case 'configuration':
      return {
        ...payload,
        keyspaces: payload.keyspaces.filter(({ definition }) => shown.has(definition.id)),
      };
    default:
      return payload satisfies never;
  }
}

function showOrganization(
  organization: ReplicatedOrganization,
  shown: ReadonlySet<string>,
): ReplicatedOrganization {
  const revokedThrough = Object.entries(organization.revokedThrough).filter(([id]) => shown.has(id));
  return { ...organization, revokedThrough: Object.fromEntries(revokedThrough) };
}
