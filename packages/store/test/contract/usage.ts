import { describe, expect, test } from 'vitest';
import { headOf, type OpenStore, openWorld, refusalOf } from '../_util.ts';

const HOUR_MS = 3_600_000;

export function describeUsage(open: OpenStore): void {
  describe('usage', () => {
    test('counts of all flushes and all nodes add up, by hour and outcome', async () => {
      const { store, issue } = await openWorld(open);
      const { id: keyId } = await issue();
      const other = await issue();
      const count = (hourMs: number, outcome: 'accepted' | 'denied', n: number) =>
        ({ keyId, hourMs, outcome, count: n }) as const;
      const usage = [count(HOUR_MS, 'accepted', 2), count(0, 'denied', 1), count(0, 'accepted', 5)];
      await store.flushUsage({ node: 'a', usage, lastUsed: [] });
      await store.flushUsage({ node: 'b', usage: [count(0, 'accepted', 1)], lastUsed: [] });
      await store.flushUsage({ node: 'a', usage: [count(0, 'accepted', 10)], lastUsed: [] });
      expect(await store.getKeyUsage(keyId, { fromMs: 0, toMs: HOUR_MS + 1 })).toEqual([
        { hourMs: 0, outcome: 'accepted', count: 16 },
        { hourMs: 0, outcome: 'denied', count: 1 },
        { hourMs: HOUR_MS, outcome: 'accepted', count: 2 },
      ]);
      expect(await store.getKeyUsage(keyId, { fromMs: 0, toMs: HOUR_MS })).toHaveLength(2);
      expect(await store.getKeyUsage(keyId, { fromMs: 1, toMs: HOUR_MS + 1 })).toHaveLength(1);
      expect(await store.getKeyUsage(other.id, { fromMs: 0, toMs: 2 * HOUR_MS })).toEqual([]);
      const nobody = store.getKeyUsage('key_none', { fromMs: 0, toMs: 1 });
      expect(await refusalOf(nobody)).toBe('key_not_found');
    });

    test('counts stop at the largest that can be told, and what is counted after that is written like any other', async () => {
      const { store, issue } = await openWorld(open);
      const { id: keyId, number, keyspace, organization } = await issue();
      const most = Number.MAX_SAFE_INTEGER;
      const usage = Array.from({ length: 30 }, () => ({
        keyId,
        hourMs: 0,
        outcome: 'denied' as const,
        count: most,
      }));
      const refusals = Array.from({ length: 30 }, () => ({
        keyId,
        reason: 'revoked' as const,
        count: most,
        lastAtMs: 1,
        address: null,
        operation: null,
      }));
      for (const node of ['a', 'a', 'b']) await store.flushUsage({ node, usage, lastUsed: [], refusals });
      const few = [{ keyId, hourMs: 0, outcome: 'denied' as const, count: 1 }];
      await store.flushUsage({ node: 'a', usage: few, lastUsed: [{ keyId, atMs: 7 }], refusals });
      expect(await store.getKeyUsage(keyId, { fromMs: 0, toMs: 1 })).toEqual([
        { hourMs: 0, outcome: 'denied', count: most },
      ]);
      const daily = { keyspace, organization, numbers: [number], fromDay: 0, toDay: 1 };
      expect(await store.listDailyUsage(daily)).toMatchObject([{ count: most }]);
      expect(await store.getKeyActivity(keyId)).toMatchObject({
        lastUsed: { atMs: 7 },
        refusals: [{ reason: 'revoked', count: most }],
      });
    });

    test('last use only moves forward, and none of it is in the change log', async () => {
      const { store, issue } = await openWorld(open);
      const key = await issue();
      const head = await headOf(store);
      for (const atMs of [1_000, 3_000, 2_000]) {
        await store.flushUsage({ node: 'a', usage: [], lastUsed: [{ keyId: key.id, atMs }] });
      }
      expect(await store.getKey({ id: key.id })).toEqual({ ...key, lastUsedAtMs: 3_000 });
      expect(await headOf(store)).toBe(head);
    });

    test('who may speak of some keyspaces counts nothing for keys of others', async () => {
      const { store, issue } = await openWorld(open);
      const { id: keyId, keyspace } = await issue();
      const flush = (keyspaces: readonly string[], count: number) =>
        store.flushUsage({
          node: 'a',
          keyspaces,
          usage: [{ keyId, hourMs: 0, outcome: 'accepted', count }],
          lastUsed: [{ keyId, atMs: count }],
        });
      await flush(['another'], 5);
      expect(await store.getKeyUsage(keyId, { fromMs: 0, toMs: 1 })).toEqual([]);
      expect(await store.getKey({ id: keyId })).toMatchObject({ lastUsedAtMs: null });
      await flush(['another', keyspace], 7);
      expect(await store.getKeyUsage(keyId, { fromMs: 0, toMs: 1 })).toMatchObject([{ count: 7 }]);
      expect(await store.getKey({ id: keyId })).toMatchObject({ lastUsedAtMs: 7 });
    });

    test('a batch of any size is taken, keys that do not exist and all', async () => {
      const { store, issue } = await openWorld(open);
      const keys = await Promise.all(Array.from({ length: 7 }, () => issue()));
      const keyIds = Array.from({ length: 40 }, () => [
        ...keys.map(({ id }) => id),
        'key_none' as const,
      ]).flat();
      const usage = keyIds.map((keyId, i) => ({ keyId, hourMs: i, outcome: 'accepted', count: 1 }) as const);
      const lastUsed = keyIds.map((keyId, atMs) => ({ keyId, atMs }));
      await store.flushUsage({ node: 'a', usage, lastUsed });
      for (const { id } of keys) {
        expect(await store.getKeyUsage(id, { fromMs: 0, toMs: 1_000 })).toHaveLength(40);
        expect((await store.getKey({ id })).lastUsedAtMs).toBe(keyIds.lastIndexOf(id));
      }
      await store.flushUsage({ node: 'a', usage: [], lastUsed: [] });
    });

    test('a secret of the store is made once and stays', async () => {
      const { store } = await openWorld(open);
      const [one, two] = await Promise.all([store.secretFor('cursor'), store.secretFor('cursor')]);
      expect(one).toHaveLength(32);
      expect(two).toEqual(one);
      expect(await store.secretFor('session')).not.toEqual(one);
    });
  });
}
