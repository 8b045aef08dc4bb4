import type { Failpoint } from '../../src/failpoint.ts';
import { digestOf, LEADS, SYSTEM, type World } from '../_world.ts';

/** What passes each family of failpoints; the families and the list are compared below. */
export const SCENARIOS: Readonly<Record<string, (world: World) => Promise<() => Promise<unknown>>>> = {
  configure:
    async ({ store }) =>
    () =>
      store.applyConfiguration(SYSTEM, { keyspaces: [LEADS] }, { acceptOlder: true }),
  create_organization: async ({ store, root }) => {
    const organization = { id: 'new', name: 'New', features: [], tags: [], suspended: false };
    return () => store.createOrganization(root, organization, ONCE);
  },
  patch_organization:
    async ({ store, root }) =>
    () =>
      store.patchOrganization(root, 'acme', { suspended: true }),
  revoke_organization_keys: async ({ store, root, issue }) => {
    await issue();
    return () => store.revokeOrganizationKeys(root, 'acme', { keyspace: null, reason: null });
  },
  write_out: async ({ store, root, issue }) => {
    await issue();
    await store.revokeOrganizationKeys(root, 'acme', { keyspace: null, reason: null });
    return () => store.writeOutRevocations(10);
  },
  issue: async ({ store, root, newKey }) => {
    const key = newKey();
    return () => store.issueKey(root, key, ONCE);
  },
  import: async ({ store, root, newKey }) => {
    const rows = [{ key: newKey() }, { key: newKey() }];
    return () => store.importKeys(root, rows);
  },
  patch: onKey((world, id) => world.store.patchKey(world.root, { id }, { name: 'New' })),
  recycle: onKey((world, id) =>
    world.store.recycleKey(
      world.root,
      { id },
      { secret: world.newSecret(), graceMs: 0, expectedGeneration: 1 },
    ),
  ),
  claim: async ({ store, root, newKey, newClaimLink }) => {
    const link = newClaimLink();
    await store.issueKey(root, newKey(), null, link);
    return () => store.claimKey(SYSTEM, link.id);
  },
  revoke: onKey((world, id) => world.store.revokeKey(world.root, { id }, { reason: null })),
  disable: onKey((world, id) => world.store.disableKey(world.root, { id })),
  enable: onKey(async (world, id) => await world.store.enableKey(world.root, { id }), true),
  change_keys: async ({ store, root, issue }) => {
    const ids = [(await issue()).id, (await issue()).id];
    return () => store.changeKeys(root, 'revoke', ids, { reason: null });
  },
  create_operator: async ({ store, root, newSecret }) => {
    const operator = {
      id: 'op_new',
      keyId: 'key_new',
      name: 'new',
      scopes: ['verify'],
      keyspaces: null,
      expiresAtMs: null,
      secret: newSecret(),
    } as const;
    return () => store.createOperator(root, operator, ONCE);
  },
  revoke_operator: async ({ store, root, createOperator }) => {
    const { record } = await createOperator(['verify']);
    return () => store.revokeOperator(root, record.id);
  },
  restore: async ({ store, issue }) => {
    await issue();
    return () => store.completeRestore(SYSTEM, { vouched: false, details: {} });
  },
  release_keys: async ({ store, issue, quarantine }) => {
    await issue();
    await issue();
    await quarantine();
    return () => store.releaseKeys(SYSTEM, { keyspace: 'messages', organization: null }, 10);
  },
  release_operator: async ({ store, rootOperator, quarantine }) => {
    await quarantine();
    return () => store.releaseOperator(SYSTEM, rootOperator.id);
  },
  create_portal_session: async ({ store, root, clock }) => {
    const expiresAtMs = clock.nowMs() + 1_000;
    const session = { id: 'ps_new', keyspace: 'leads', organization: 'acme', expiresAtMs } as const;
    return () => store.createPortalSession(root, { ...session, userName: null, returnUrl: null });
  },
  flush_usage: async ({ store, issue }) => {
    const { id: keyId } = await issue();
    const usage = [{ keyId, hourMs: 0, outcome: 'accepted', count: 1 }] as const;
    return () => store.flushUsage({ node: 'a', usage, lastUsed: [{ keyId, atMs: 1 }] });
  },
  commit: async ({ store, root, newKey }) => {
    const key = newKey();
    return () => store.issueKey(root, key, ONCE);
  },
};

export const ONCE = { key: 'once', requestDigest: digestOf('body') };

export const FIRST_OPERATOR = {
  id: 'op_1',
  keyId: 'key_1',
  name: 'first',
  secret: { digest: digestOf('first'), maskedKey: 'khop_…' },
} as const;

export function familyOf(name: Failpoint): string {
  return name.slice(0, name.indexOf('.'));
}

function onKey(
  call: (world: World, id: `key_${string}`) => Promise<unknown>,
  disabled = false,
): (world: World) => Promise<() => Promise<unknown>> {
  return async (world) => {
    const { id } = await world.issue();
    if (disabled) await world.store.disableKey(world.root, { id });
    return () => call(world, id);
  };
}
