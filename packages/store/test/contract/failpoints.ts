import { describe, expect, test } from 'vitest';
import { FAILPOINTS, type Failpoint } from '../../src/failpoint.ts';
import {
  digestOf,
  LEADS,
  type OpenStore,
  openEmpty,
  openWorld,
  readEverything,
  refusalOf,
  SYSTEM,
  type World,
} from '../_util.ts';

/** What passes each family of failpoints; the families and the list are compared below. */
const SCENARIOS: Readonly<Record<string, (world: World) => Promise<() => Promise<unknown>>>> = {
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
    return async () => expect(await store.writeOutRevocations(10)).toBe(1);
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
  revoke: onKey((world, id) => world.store.revokeKey(world.root, { id }, { reason: null })),
  disable: onKey((world, id) => world.store.disableKey(world.root, { id })),
  enable: onKey(async (world, id) => await world.store.enableKey(world.root, { id }), true),
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
  create_portal_session: async ({ store, root, clock }) => {
    const expiresAtMs = clock.nowMs() + 1_000;
    const session = { id: 'ps_new', keyspace: 'leads', organization: 'acme', expiresAtMs } as const;
    return () => store.createPortalSession(root, session);
  },
  flush_usage: async ({ store, issue }) => {
    const { id: keyId } = await issue();
    const usage = [{ keyId, hourMs: 0, outcome: 'accepted', count: 1 }] as const;
    return async () => {
      await store.flushUsage({ node: 'a', usage, lastUsed: [{ keyId, atMs: 1 }] });
      expect(await store.getKeyUsage(keyId, { fromMs: 0, toMs: 1 })).toMatchObject([{ count: 1 }]);
    };
  },
  commit: async ({ store, root, newKey }) => {
    const key = newKey();
    return () => store.issueKey(root, key, ONCE);
  },
};

const ONCE = { key: 'once', requestDigest: digestOf('body') };

/** Those that a store passes before it has anything to compare. */
const ELSEWHERE = ['bootstrap', 'migrate'];

export function describeFailpoints(open: OpenStore): void {
  describe('all or nothing', () => {
    test('every failpoint has a scenario', () => {
      const families = new Set(FAILPOINTS.map(familyOf));
      expect([...families].sort()).toEqual([...Object.keys(SCENARIOS), ...ELSEWHERE].sort());
    });

    test.each(Object.keys(SCENARIOS))('%s leaves nothing behind, whichever step fails', async (family) => {
      const trap = createTrap();
      const world = await openWorld(open, trap.onFailpoint);
      const call = await SCENARIOS[family]!(world);
      const names = FAILPOINTS.filter((name) => familyOf(name) === family && name !== 'commit.after');
      for (const name of names) {
        const before = await readEverything(world.store);
        trap.arm(name);
        await refusalOf(call());
        expect(trap.sprung()).toBe(name);
        expect(await readEverything(world.store)).toEqual(before);
      }
      await call();
      expect(await readEverything(world.store)).toBeDefined();
    });

    test('a mutation that fails takes none of those it shares a commit with along', async () => {
      const trap = createTrap();
      const { store, root, newKey } = await openWorld(open, trap.onFailpoint);
      const keys = Array.from({ length: 5 }, () => newKey());
      trap.arm('issue.after_change');
      const settled = await Promise.allSettled(keys.map((key) => store.issueKey(root, key, null)));
      expect(settled.map(({ status }) => status).sort()).toEqual([
        ...Array.from({ length: 4 }, () => 'fulfilled'),
        'rejected',
      ]);
      expect((await store.listKeys({ limit: 10 })).data).toHaveLength(4);
    });

    test('what was committed and not answered is unavailable, there, and found by a repeat', async () => {
      const trap = createTrap();
      const { store, root, newKey } = await openWorld(open, trap.onFailpoint);
      const key = newKey();
      trap.arm('commit.after');
      expect(await refusalOf(store.issueKey(root, key, ONCE))).toBe('store_unavailable');
      expect((await store.getKey({ id: key.id })).number).toBe(1);
      expect(await store.issueKey(root, newKey(), ONCE)).toMatchObject({
        replayed: true,
        value: { id: key.id },
      });
    });

    test('a first operator is made whole or not at all', async () => {
      const trap = createTrap();
      const { store } = await openEmpty(open, trap.onFailpoint);
      const operator = {
        id: 'op_1',
        keyId: 'key_1',
        name: 'first',
        secret: { digest: digestOf('first'), maskedKey: 'khop_…' },
      } as const;
      for (const name of FAILPOINTS.filter((each) => familyOf(each) === 'bootstrap')) {
        trap.arm(name);
        await refusalOf(store.bootstrapOperator(SYSTEM, operator));
        expect(trap.sprung()).toBe(name);
        expect((await store.listOperators({ limit: 10 })).data).toEqual([]);
      }
      expect(await store.bootstrapOperator(SYSTEM, operator)).not.toBeNull();
    });
  });
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

interface Trap {
  readonly onFailpoint: (name: Failpoint) => void;
  readonly arm: (name: Failpoint) => void;
  readonly sprung: () => Failpoint | null;
}

/** Fails once, at the failpoint it is armed for. */
function createTrap(): Trap {
  let armed: Failpoint | null = null;
  let sprung: Failpoint | null = null;
  return {
    onFailpoint(name) {
      if (name !== armed) return;
      armed = null;
      sprung = name;
      throw new Error(name);
    },
    arm(name) {
      armed = name;
      sprung = null;
    },
    sprung: () => sprung,
  };
}

function familyOf(name: Failpoint): string {
  return name.slice(0, name.indexOf('.'));
}
