import type {
  ChangePayload,
  ParentMessage,
  ReplicatedKeyspace,
  ReplicatedOrganization,
} from '@keyhold/coherence';

/** What an attached verifier is shown of the stream: keys of its keyspaces, never operators'. */
export interface KeyspaceView {
  /** @returns null for a message of which nothing is left. Every change stays one, so that the log has no hole. */
  show(message: ParentMessage): ParentMessage | null;
}

export function createKeyspaceView(keyspaces: ReadonlySet<string>): KeyspaceView {
  const isShown = ({ keyspace }: { readonly keyspace: string }) => keyspaces.has(keyspace);
  const showConfigured = (all: readonly ReplicatedKeyspace[]) =>
    all.filter(({ definition }) => keyspaces.has(definition.id));
  const showOrganization = (organization: ReplicatedOrganization): ReplicatedOrganization => ({
    ...organization,
    revokedThrough: Object.fromEntries(
      Object.entries(organization.revokedThrough).filter(([keyspace]) => keyspaces.has(keyspace)),
    ),
  });

  function showChange(payload: ChangePayload): ChangePayload {
    switch (payload.kind) {
      case 'keys':
        return { ...payload, keys: payload.keys.filter(isShown) };
      case 'organization':
        return { ...payload, organization: showOrganization(payload.organization) };
      case 'operator':
        return { kind: 'keys', keys: [] };
      case 'configuration':
        return { ...payload, keyspaces: showConfigured(payload.keyspaces) };
      default:
        return payload satisfies never;
    }
  }

  return {
    show(message) {
      if (message.kind === 'changes') {
        const changes = message.changes.map(({ seq, payload }) => ({ seq, payload: showChange(payload) }));
        return { ...message, changes };
      }
      if (message.kind !== 'page') return message;
      const { page } = message;
      switch (page.kind) {
        case 'operators':
          return null;
        case 'keys':
          return { ...message, page: { ...page, keys: page.keys.filter(isShown) } };
        case 'organizations':
          return { ...message, page: { ...page, organizations: page.organizations.map(showOrganization) } };
        case 'configuration':
          return { ...message, page: { ...page, keyspaces: showConfigured(page.keyspaces) } };
        default:
          return page satisfies never;
      }
    },
  };
}
