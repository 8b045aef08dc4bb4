import { OPERATOR_SCOPES } from '@keyhold/core';
import { describe, expect, test } from 'vitest';
import {
  contextOf,
  headOf,
  type OpenStore,
  openEmpty,
  openWorld,
  refusalOf,
  refusalsOf,
  SYSTEM,
} from '../_util.ts';

export function describeOperators(open: OpenStore): void {
  describe('operators', () => {
    test('of two that bootstrap at once one makes the first operator, and never again', async () => {
      const { store } = await openEmpty(open);
      const bootstrap = (n: number) =>
        store.bootstrapOperator(SYSTEM, {
          id: `op_${n}`,
          keyId: `key_${n}`,
          name: 'first',
          secret: { digest: String(n).repeat(64), maskedKey: 'khop_…' },
        });
      const made = (await Promise.all([bootstrap(1), bootstrap(2)])).filter((each) => each !== null);
      expect(made).toHaveLength(1);
      expect(made[0]?.value).toMatchObject({ scopes: OPERATOR_SCOPES, keyspaces: null, revokedAtMs: null });
      // Even when it is gone: a second operator, made as the break-glass command makes one, revokes it.
      const reset = {
        id: 'op_9',
        keyId: 'key_9',
        name: 'reset',
        scopes: OPERATOR_SCOPES,
        keyspaces: null,
        expiresAtMs: null,
        secret: { digest: '9'.repeat(64), maskedKey: 'khop_…' },
      } as const;
      await store.createOperator(SYSTEM, reset, null);
      const second = contextOf({ kind: 'operator', keyId: 'key_9', generation: 1 });
      await store.revokeOperator(second, made[0]!.value.id);
      expect(await bootstrap(3)).toBeNull();
      const { data } = await store.listAuditEvents({ action: 'operator.create', limit: 10 });
      expect(data.map(({ actor }) => actor)).toEqual([
        { kind: 'system', id: 'test', name: null },
        { kind: 'system', id: 'test', name: null },
      ]);
    });

    test('a new one is a key of the built-in keyspace in the log, and no key to anyone else', async () => {
      const { store, createOperator } = await openWorld(open);
      const { record } = await createOperator(['keys:read', 'verify'], ['leads']);
      const [change] = await store.readChanges(record.seq - 1, 1);
      expect(change?.payload).toMatchObject({
        kind: 'operator',
        operator: { id: record.id, keyId: record.keyId, keyspaces: ['leads'] },
        key: {
          id: record.keyId,
          keyspace: 'keyhold',
          organization: 'keyhold',
          scopes: ['verify', 'keys:read'],
        },
      });
      expect(record.scopes).toEqual(['verify', 'keys:read']);
    });

    test('nobody grants more than they hold', async () => {
      const { createOperator } = await openWorld(open);
      const some = await createOperator(['operators:write', 'keys:read'], ['leads']);
      for (const [scopes, keyspaces] of [
        [['keys:write'], ['leads']],
        [['keys:read'], ['leads', 'messages']],
        [['keys:read'], null],
      ] as const) {
        const call = createOperator(scopes, keyspaces, some.context);
        expect(await refusalOf(call)).toBe('grant_exceeds_own');
      }
      await createOperator(['keys:read'], ['leads'], some.context);
      await createOperator(['operators:write'], [], some.context);
    });

    test('the last one who can make others stays, however many revoke at once', async () => {
      const { store, root, rootOperator, clock, createOperator, newSecret } = await openWorld(open);
      await createOperator(['keys:write']);
      const expiring = {
        id: 'op_e',
        keyId: 'key_e',
        name: 'expiring',
        scopes: ['operators:write'],
        keyspaces: null,
        expiresAtMs: clock.nowMs() + 100,
        secret: newSecret(),
      } as const;
      await store.createOperator(root, expiring, null);
      clock.advance(100);
      expect(await refusalOf(store.revokeOperator(root, rootOperator.id))).toBe('last_operator');
      const other = await createOperator(['operators:write']);
      const settled = await Promise.allSettled([
        store.revokeOperator(root, other.record.id),
        store.revokeOperator(other.context, rootOperator.id),
      ]);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('the last one without an expiry and a limit stays, whoever else can make others', async () => {
      const { store, root, rootOperator, clock, createOperator, newSecret } = await openWorld(open);
      await createOperator(['operators:write'], ['leads']);
      const expiring = {
        id: 'op_e',
        keyId: 'key_e',
        name: 'expiring',
        scopes: ['operators:write'],
        keyspaces: null,
        expiresAtMs: clock.nowMs() + 100,
        secret: newSecret(),
      } as const;
      await store.createOperator(root, expiring, null);
      const shortLived = contextOf({ kind: 'operator', keyId: 'key_e', generation: 1 });
      expect(await refusalOf(store.revokeOperator(shortLived, rootOperator.id))).toBe('last_operator');
      await store.revokeOperator(root, 'op_e');
      await createOperator(['operators:write']);
      await store.revokeOperator(root, rootOperator.id);
    });

    test('one of some keyspaces revokes and lists only who reaches no further', async () => {
      const { store, rootOperator, createOperator } = await openWorld(open);
      await createOperator(['operators:write']);
      const wide = await createOperator(['verify'], ['leads', 'messages']);
      const elsewhere = await createOperator(['verify'], ['messages']);
      const within = await createOperator(['keys:write'], ['leads']);
      const some = await createOperator(['operators:write'], ['leads']);
      for (const { id } of [rootOperator, wide.record, elsewhere.record]) {
        expect(await refusalOf(store.revokeOperator(some.context, id))).toBe('grant_exceeds_own');
      }
      const reach = { keyspaces: ['leads'], limit: 1 };
      const first = await store.listOperators(reach);
      expect(first.data).toEqual([some.record]);
      const second = await store.listOperators({ ...reach, after: first.next! });
      expect(second).toEqual({ data: [within.record], next: null });
      await store.revokeOperator(some.context, within.record.id);
      await store.revokeOperator(some.context, some.record.id);
    });

    test('revoking is final, and repeating it says what to wait for', async () => {
      const { store, root, createOperator } = await openWorld(open);
      const { record } = await createOperator(['verify']);
      const revoked = await store.revokeOperator(root, record.id);
      expect(revoked.value.revokedAtMs).not.toBeNull();
      await createOperator(['verify']);
      const head = await headOf(store);
      expect(await store.revokeOperator(root, record.id)).toEqual(revoked);
      expect(await headOf(store)).toBe(head);
      expect(await refusalOf(store.revokeOperator(root, 'op_none'))).toBe('operator_not_found');
    });

    test('a token is out of reach of what manages keys', async () => {
      const { store, root, rootOperator, newSecret } = await openWorld(open);
      const token = { id: rootOperator.keyId };
      const calls = [
        store.revokeKey(root, token, { reason: null }),
        store.disableKey(root, token),
        store.patchKey(root, token, { expiresAtMs: 0 }),
        store.recycleKey(root, token, { secret: newSecret(), graceMs: 0, expectedGeneration: null }),
        store.getKeyUsage(rootOperator.keyId, { fromMs: 0, toMs: 1 }),
      ];
      expect(new Set(await refusalsOf(calls))).toEqual(new Set(['key_not_found']));
    });

    test('lists page newest first', async () => {
      const { store, rootOperator, createOperator } = await openWorld(open);
      const { record } = await createOperator(['verify']);
      const first = await store.listOperators({ limit: 1 });
      expect(first.data).toEqual([record]);
      const second = await store.listOperators({ limit: 1, after: first.next! });
      expect(second).toEqual({ data: [rootOperator], next: null });
    });
  });
}
