import { createPortalSessionId, type KeyId, OPERATOR_SCOPES, type OperatorScope } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { describe, expect, test } from 'vitest';
import type { MutationContext } from '../../src/records.ts';
import {
  asKey,
  byNumber,
  contextOf,
  headOf,
  LEADS,
  MESSAGES,
  type OpenStore,
  openWorld,
  refusalOf,
  refusalsOf,
  replayKeys,
  SYSTEM,
  type World,
} from '../_util.ts';

export function describeAuthorization(open: OpenStore): void {
  describe('who may write', () => {
    test('an issue that races the revocation of its operator is in the log before it, or not at all', async () => {
      const { store, root, createOperator, newKey } = await openWorld(open);
      for (let round = 0; round < 10; round++) {
        const { record, context } = await createOperator(['keys:write']);
        const issues = Array.from({ length: 6 }, () => store.issueKey(context, newKey(), null));
        const revocation = store.revokeOperator(root, record.id);
        issues.push(...Array.from({ length: 6 }, () => store.issueKey(context, newKey(), null)));
        const settled = await Promise.allSettled(issues);
        const { seq } = await revocation;
        for (const each of settled) {
          if (each.status === 'fulfilled') expect(each.value.seq).toBeLessThan(seq);
          else expect(each.reason).toMatchObject({ code: 'unauthenticated' });
        }
        expect(await refusalOf(store.issueKey(context, newKey(), null))).toBe('unauthenticated');
      }
      const { data } = await store.listKeys({ limit: 1_000 });
      expect([...(await replayKeys(store)).keys()].sort()).toEqual(data.map(({ id }) => id).sort());
    });

    test.each(callsByScope())('%s needs the scope %s and no other', async (_name, scope, prepare) => {
      const world = await openWorld(open);
      const call = await prepare(world);
      const without = await world.createOperator(OPERATOR_SCOPES.filter((each) => each !== scope));
      const { context } = await world.createOperator([scope]);
      const head = await headOf(world.store);
      expect(await refusalOf(call(without.context))).toBe('insufficient_scope');
      expect(await headOf(world.store)).toBe(head);
      await call(context);
    });

    test('an operator of some keyspaces reaches into no other', async () => {
      const { store, issue, newKey, createOperator } = await openWorld(open);
      const { context } = await createOperator(['keys:write', 'portal:write'], ['leads']);
      const foreign = await issue({ keyspace: 'messages' });
      await issue({ keyspace: 'leads' }, context);
      const session = {
        id: createPortalSessionId(createSeededRandom(1), 0),
        keyspace: 'messages',
        organization: 'acme',
        expiresAtMs: Number.MAX_SAFE_INTEGER,
        userName: null,
        returnUrl: null,
      };
      const calls = [
        issue({ keyspace: 'messages' }, context),
        store.importKeys(context, [{ key: newKey({ keyspace: 'messages' }) }]),
        store.revokeOrganizationKeys(context, 'acme', { keyspace: 'messages', reason: null }),
        store.revokeOrganizationKeys(context, 'acme', { keyspace: null, reason: null }),
        store.createPortalSession(context, session),
      ];
      expect(new Set(await refusalsOf(calls))).toEqual(new Set(['keyspace_not_permitted']));
      const revoking = store.revokeKey(context, { id: foreign.id }, { reason: null });
      expect(await refusalOf(revoking)).toBe('key_not_found');
      await store.revokeOrganizationKeys(context, 'acme', { keyspace: 'leads', reason: null });
    });

    test('an operator token stops at its expiry, to the millisecond', async () => {
      const { store, root, clock, newKey, newSecret } = await openWorld(open);
      const { value } = await store.createOperator(
        root,
        {
          id: 'op_short',
          keyId: 'key_short',
          name: 'short',
          scopes: ['keys:write'],
          keyspaces: null,
          expiresAtMs: clock.nowMs() + 100,
          secret: newSecret(),
        },
        null,
      );
      const context = contextOf({ kind: 'operator', keyId: value.keyId, generation: 1 });
      clock.advance(99);
      await store.issueKey(context, newKey(), null);
      clock.advance(1);
      expect(await refusalOf(store.issueKey(context, newKey(), null))).toBe('unauthenticated');
    });

    test('a customers key is no operator token, nor the reverse, nor a generation that never was', async () => {
      const { store, rootOperator, issue, newKey } = await openWorld(open);
      const key = await issue();
      for (const context of [
        contextOf({ kind: 'operator', keyId: key.id, generation: 1 }),
        contextOf({ kind: 'operator', keyId: rootOperator.keyId, generation: 2 }),
        contextOf({ kind: 'key', keyId: rootOperator.keyId, generation: 1 }),
        contextOf({ kind: 'operator', keyId: 'key_none', generation: 1 }),
        contextOf({ kind: 'portal_session', id: 'ps_none' }),
      ]) {
        expect(await refusalOf(store.issueKey(context, newKey(), null))).toBe('unauthenticated');
      }
    });

    test('a key manages the keys of its own organization and keyspace, and no others', async () => {
      const { store, issue, newSecret } = await openWorld(open);
      const own = await issue({ keyspace: 'leads' });
      const sibling = await issue({ keyspace: 'leads' }, asKey(own));
      expect(sibling.createdBy).toBe(own.id);
      const secret = () => ({ secret: newSecret(), graceMs: 0, expectedGeneration: null });
      await store.recycleKey(asKey(own), byNumber(sibling), secret());
      await store.revokeKey(asKey(own), byNumber(sibling), { reason: null });
      const foreign = [
        await issue({ keyspace: 'leads', organization: 'globex' }),
        await issue({ keyspace: 'messages' }),
      ];
      for (const key of foreign) {
        for (const selector of [byNumber(key), { id: key.id }, { ...byNumber(key), organization: 'acme' }]) {
          if (key.organization === 'acme' && 'number' in selector) selector.keyspace = 'messages';
          const call = store.revokeKey(asKey(own), selector, { reason: null });
          expect(await refusalOf(call)).toBe('key_not_found');
        }
      }
      const elsewhere = issue({ keyspace: 'leads', organization: 'globex' }, asKey(own));
      expect(await refusalOf(elsewhere)).toBe('organization_not_found');
      expect(await refusalOf(issue({ keyspace: 'messages' }, asKey(own)))).toBe('keyspace_not_permitted');
      const calls = [
        store.patchKey(asKey(own), byNumber(own), { allowedCidrs: [] }),
        store.patchOrganization(asKey(own), 'acme', { suspended: false }),
      ];
      expect(new Set(await refusalsOf(calls))).toEqual(new Set(['insufficient_scope']));
    });

    test.each(waysToLoseAKey())('a key that is %s manages nothing', async (_name, lose) => {
      const world = await openWorld(open);
      const key = await world.issue({ keyspace: 'leads', expiresAtMs: world.clock.nowMs() + 1_000 });
      await world.issue({ keyspace: 'leads' }, asKey(key));
      await lose(world, key);
      expect(await refusalOf(world.issue({ keyspace: 'leads' }, asKey(key)))).toBe('unauthenticated');
    });

    test('a portal session manages one organization in one keyspace until it expires', async () => {
      const { store, clock, issue, createSession } = await openWorld(open);
      const session = await createSession('leads', 'acme', 100);
      const key = await issue({ keyspace: 'leads' }, session);
      const foreign = await issue({ keyspace: 'leads', organization: 'globex' });
      const call = store.revokeKey(session, byNumber(foreign), { reason: null });
      expect(await refusalOf(call)).toBe('key_not_found');
      expect(await refusalOf(issue({ keyspace: 'messages' }, session))).toBe('keyspace_not_permitted');
      clock.advance(99);
      await store.revokeKey(session, byNumber(key), { reason: null });
      clock.advance(1);
      expect(await refusalOf(issue({ keyspace: 'leads' }, session))).toBe('unauthenticated');
    });

    test('a portal session ends with the feature that its keyspace requires, as keys do', async () => {
      const { store, root, issue, createSession } = await openWorld(open);
      const leads = { ...LEADS, requiresFeature: 'partner-api' };
      await store.applyConfiguration(SYSTEM, { keyspaces: [MESSAGES, leads] }, { acceptOlder: false });
      await store.patchOrganization(root, 'acme', { features: ['partner-api'] });
      const session = await createSession('leads', 'acme');
      const { actor } = session;
      if (actor.kind !== 'portal_session') throw new Error('It is no session.');
      expect(await store.readPortalSession(actor.id)).not.toBeNull();
      await issue({ keyspace: 'leads' }, session);
      await store.patchOrganization(root, 'acme', { features: [] });
      expect(await store.readPortalSession(actor.id)).toBeNull();
      expect(await refusalOf(issue({ keyspace: 'leads' }, session))).toBe('unauthenticated');
    });

    test('a portal session is read until it expires or its organization is suspended', async () => {
      const { store, root, clock } = await openWorld(open);
      const id = 'ps_one';
      const session = {
        id,
        keyspace: 'leads',
        organization: 'acme',
        expiresAtMs: clock.nowMs() + 10,
        userName: 'Sam Ortiz',
        returnUrl: 'https://leads.example/settings',
      } as const;
      const created = await store.createPortalSession(root, session);
      expect(created).toEqual({ ...session, createdAtMs: clock.nowMs() });
      expect(await store.readPortalSession(id)).toEqual(created);
      expect(await store.readPortalSession('ps_two')).toBeNull();
      await store.patchOrganization(root, 'acme', { suspended: true });
      expect(await store.readPortalSession(id)).toBeNull();
      await store.patchOrganization(root, 'acme', { suspended: false });
      clock.advance(9);
      expect(await store.readPortalSession(id)).toEqual(created);
      clock.advance(1);
      expect(await store.readPortalSession(id)).toBeNull();
      const nobody = store.createPortalSession(root, { ...session, id: 'ps_3', organization: 'nobody' });
      expect(await refusalOf(nobody)).toBe('organization_not_found');
      const nothing = store.createPortalSession(root, { ...session, id: 'ps_4', keyspace: 'nothing' });
      expect(await refusalOf(nothing)).toBe('keyspace_not_found');
    });
  });
}

/** Makes what the call needs, and returns the call. */
type Prepare = (world: World) => Promise<(context: MutationContext) => Promise<unknown>>;

function callsByScope(): readonly (readonly [string, OperatorScope, Prepare])[] {
  const onKey =
    (call: (world: World, context: MutationContext, key: { id: KeyId }) => Promise<unknown>): Prepare =>
    async (world) => {
      const { id } = await world.issue();
      return (context) => call(world, context, { id });
    };
  const plain =
    (call: (world: World, context: MutationContext) => Promise<unknown>): Prepare =>
    async (world) =>
    (context) =>
      call(world, context);
  const organization = { id: 'new', name: 'x', features: [], tags: [], suspended: false };
  return [
    ['issuing a key', 'keys:write', plain(({ issue }, context) => issue({}, context))],
    [
      'importing keys',
      'keys:write',
      plain(({ store, newKey }, context) => store.importKeys(context, [{ key: newKey() }])),
    ],
    [
      'patching a key',
      'keys:write',
      onKey(({ store }, context, key) => store.patchKey(context, key, { name: 'x' })),
    ],
    [
      'recycling a key',
      'keys:write',
      onKey(({ store, newSecret }, context, key) =>
        store.recycleKey(context, key, { secret: newSecret(), graceMs: 0, expectedGeneration: null }),
      ),
    ],
    [
      'revoking a key',
      'keys:write',
      onKey(({ store }, context, key) => store.revokeKey(context, key, { reason: null })),
    ],
    ['disabling a key', 'keys:write', onKey(({ store }, context, key) => store.disableKey(context, key))],
    ['enabling a key', 'keys:write', onKey(({ store }, context, key) => store.enableKey(context, key))],
    [
      'revoking all keys of an organization',
      'keys:write',
      plain(({ store }, context) =>
        store.revokeOrganizationKeys(context, 'acme', { keyspace: null, reason: null }),
      ),
    ],
    [
      'creating an organization',
      'organizations:write',
      plain(({ store }, context) => store.createOrganization(context, organization, null)),
    ],
    [
      'patching an organization',
      'organizations:write',
      plain(({ store }, context) => store.patchOrganization(context, 'acme', { suspended: true })),
    ],
    [
      'creating a portal session',
      'portal:write',
      plain(({ store, clock }, context) => {
        const expiresAtMs = clock.nowMs() + 1;
        const session = { id: 'ps_new', keyspace: 'leads', organization: 'acme', expiresAtMs } as const;
        return store.createPortalSession(context, { ...session, userName: null, returnUrl: null });
      }),
    ],
    [
      'creating an operator',
      'operators:write',
      plain(({ createOperator }, context) => createOperator([], null, context)),
    ],
    [
      'revoking an operator',
      'operators:write',
      async ({ store, createOperator }) => {
        const { record } = await createOperator(['verify']);
        return (context) => store.revokeOperator(context, record.id);
      },
    ],
  ];
}

type Loss = (world: World, key: Awaited<ReturnType<World['issue']>>) => Promise<unknown>;

function waysToLoseAKey(): readonly (readonly [string, Loss])[] {
  const configure = async ({ store }: World, leads: typeof LEADS) =>
    await store.applyConfiguration(SYSTEM, { keyspaces: [MESSAGES, leads] }, { acceptOlder: false });
  return [
    ['revoked', ({ store, root }, key) => store.revokeKey(root, { id: key.id }, { reason: null })],
    ['disabled', ({ store, root }, key) => store.disableKey(root, { id: key.id })],
    ['expired', async ({ clock }) => clock.advance(1_000)],
    [
      'recycled',
      ({ store, root, newSecret }, key) =>
        store.recycleKey(root, { id: key.id }, { secret: newSecret(), graceMs: 0, expectedGeneration: null }),
    ],
    [
      'covered by a bulk revocation',
      ({ store, root }) => store.revokeOrganizationKeys(root, 'acme', { keyspace: null, reason: null }),
    ],
    [
      'of a suspended organization',
      ({ store, root }) => store.patchOrganization(root, 'acme', { suspended: true }),
    ],
    ['of a retired keyspace', (world) => configure(world, { ...LEADS, retired: true })],
    [
      'of an organization without the feature',
      (world) => configure(world, { ...LEADS, requiresFeature: 'leads' }),
    ],
  ];
}
