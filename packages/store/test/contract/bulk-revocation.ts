import { describe, expect, test } from 'vitest';
import { headOf, type OpenStore, openWorld, refusalOf } from '../_util.ts';

const EVERYTHING = { keyspace: null, reason: 'left' };

export function describeBulkRevocation(open: OpenStore): void {
  describe('revoking all keys of an organization', () => {
    test('is one change, and every read shows it at once', async () => {
      const { store, root, clock, issue } = await openWorld(open);
      const a = await issue();
      const b = await issue({ keyspace: 'leads' });
      const other = await issue({ organization: 'globex' });
      const head = await headOf(store);
      clock.advance(5);
      const revokedAtMs = clock.nowMs();
      const revoked = await store.revokeOrganizationKeys(root, 'acme', EVERYTHING);
      expect(revoked).toEqual({ seq: head + 1, value: { revokedCount: 2 }, replayed: false });
      expect((await store.readChanges(head, 10)).map(({ payload }) => payload)).toEqual([
        {
          kind: 'organization',
          organization: {
            id: 'acme',
            suspended: false,
            features: [],
            revokedThrough: { messages: a.number, leads: b.number },
          },
        },
      ]);
      clock.advance(5);
      const list = await store.listKeys({ state: 'revoked', limit: 10 });
      expect(list.data).toEqual([b, a].map((key) => ({ ...key, revokedAtMs })));
      expect((await store.listKeys({ state: 'active', limit: 10 })).data).toEqual([other]);
      expect(await store.getKey({ id: a.id })).toEqual({ ...a, revokedAtMs });
      const revokedInSnapshot = new Map<string, boolean>();
      await store.readSnapshot((page) => {
        if (page.kind === 'keys') for (const key of page.keys) revokedInSnapshot.set(key.id, key.revoked);
      });
      expect([a, b, other].map(({ id }) => revokedInSnapshot.get(id))).toEqual([true, true, false]);
      expect((await store.listAuditEvents({ limit: 1 })).data[0]).toMatchObject({
        action: 'organization.revoke_keys',
        details: { reason: 'left', revoked_count: 2 },
      });
    });

    test('is written out in batches, without a further change', async () => {
      const { store, root, clock, issue } = await openWorld(open);
      const keys = await Promise.all(Array.from({ length: 5 }, () => issue()));
      await issue({ keyspace: 'leads' });
      await store.revokeOrganizationKeys(root, 'acme', { ...EVERYTHING, keyspace: 'messages' });
      const before = await store.listKeys({ limit: 10 });
      const head = await headOf(store);
      clock.advance(1_000);
      const written: number[] = [];
      do written.push(await store.writeOutRevocations(2));
      while (written.at(-1) !== 0);
      expect(written.reduce((sum, each) => sum + each)).toBe(keys.length);
      expect(await headOf(store)).toBe(head);
      expect(await store.listKeys({ limit: 10 })).toEqual(before);
      expect((await store.listKeys({ state: 'revoked', limit: 10 })).data).toHaveLength(5);
    });

    test('leaves keys issued after it good, and gives each key the time of the first that covers it', async () => {
      const { store, root, clock, issue } = await openWorld(open);
      const early = await issue();
      const first = clock.nowMs();
      await store.revokeOrganizationKeys(root, 'acme', EVERYTHING);
      const late = await issue();
      expect((await store.getKey({ id: late.id })).revokedAtMs).toBeNull();
      // A clock that was set back does not turn the order round.
      clock.setWall(first - 60_000);
      await store.revokeOrganizationKeys(root, 'acme', EVERYTHING);
      for (let i = 0; i < 2; i++) {
        expect((await store.getKey({ id: early.id })).revokedAtMs).toBe(first);
        expect((await store.getKey({ id: late.id })).revokedAtMs).toBe(first - 60_000);
        await store.writeOutRevocations(100);
      }
    });

    test('frees the cap, ends what the keys may do, and is final', async () => {
      const { store, root, issue } = await openWorld(open);
      const keys = await Promise.all(Array.from({ length: 10 }, () => issue({ keyspace: 'leads' })));
      const bulk = await store.revokeOrganizationKeys(root, 'acme', { ...EVERYTHING, keyspace: 'leads' });
      await issue({ keyspace: 'leads' });
      const selector = { id: keys[0]!.id };
      expect(await refusalOf(store.enableKey(root, selector))).toBe('key_revoked');
      expect((await store.revokeKey(root, selector, { reason: null })).seq).toBe(bulk.seq);
    });

    test('finds nothing to do the second time, and says what to wait for', async () => {
      const { store, root, issue } = await openWorld(open);
      await issue();
      const bulk = await store.revokeOrganizationKeys(root, 'acme', EVERYTHING);
      await issue({ organization: 'globex' });
      const again = await store.revokeOrganizationKeys(root, 'acme', EVERYTHING);
      expect(again).toEqual({ seq: bulk.seq, value: { revokedCount: 0 }, replayed: false });
    });

    test('waits for keys that were revoked one by one just before', async () => {
      const { store, root, issue } = await openWorld(open);
      const key = await issue();
      const revoked = await store.revokeKey(root, { id: key.id }, { reason: null });
      const bulk = await store.revokeOrganizationKeys(root, 'acme', EVERYTHING);
      expect(bulk).toMatchObject({ seq: revoked.seq, value: { revokedCount: 0 } });
    });

    test('names what is not there', async () => {
      const { store, root } = await openWorld(open);
      const nobody = store.revokeOrganizationKeys(root, 'nobody', EVERYTHING);
      expect(await refusalOf(nobody)).toBe('organization_not_found');
      for (const keyspace of ['nothing', 'keyhold']) {
        const call = store.revokeOrganizationKeys(root, 'acme', { keyspace, reason: null });
        expect(await refusalOf(call)).toBe('keyspace_not_found');
      }
    });
  });
}
