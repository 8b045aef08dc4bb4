import { describe, expect, test } from 'vitest';
import type { KeyQuery, KeyRecord } from '../../src/records.ts';
import type { Store } from '../../src/store.ts';
import { LEADS, type OpenStore, openWorld, refusalOf, SYSTEM } from '../_util.ts';

export function describeKeyLists(open: OpenStore): void {
  describe('lists of keys', () => {
    test('pages hold each key once, newest first, at every page size', async () => {
      const { store, issue } = await openWorld(open);
      const keys: KeyRecord[] = [];
      for (let i = 0; i < 7; i++) keys.push(await issue({ keyspace: i % 2 === 0 ? 'messages' : 'leads' }));
      const newestFirst = keys.toReversed();
      for (const limit of [1, 2, 3, 6, 7, 8, 1_000]) {
        expect(await readAll(store, { limit })).toEqual(newestFirst);
        const leads = newestFirst.filter(({ keyspace }) => keyspace === 'leads');
        expect(await readAll(store, { limit, keyspace: 'leads' })).toEqual(leads);
      }
    });

    test('a page that was begun goes on where it stopped, whatever is issued meanwhile', async () => {
      const { store, issue } = await openWorld(open);
      const [first, second] = [await issue(), await issue()];
      const page = await store.listKeys({ limit: 1 });
      expect(page.data).toEqual([second]);
      await issue();
      const rest = await store.listKeys({ limit: 10, after: page.next! });
      expect(rest).toEqual({ data: [first], next: null });
    });

    test('filters narrow together', async () => {
      const { store, issue } = await openWorld(open);
      const a = await issue({ keyspace: 'messages', organization: 'acme' });
      const b = await issue({ keyspace: 'leads', organization: 'acme' });
      const c = await issue({ keyspace: 'messages', organization: 'globex' });
      const list = async (query: Partial<KeyQuery>) =>
        (await store.listKeys({ limit: 10, ...query })).data.map(({ id }) => id);
      expect(await list({ organization: 'acme' })).toEqual([b.id, a.id]);
      expect(await list({ organization: 'acme', keyspace: 'messages' })).toEqual([a.id]);
      expect(await list({ keyspaces: ['messages'] })).toEqual([c.id, a.id]);
      expect(await list({ keyspaces: [] })).toEqual([]);
      expect(await list({ keyspaces: ['leads'], keyspace: 'messages' })).toEqual([]);
    });

    test('a state is that of the moment: active up to the last millisecond, then expired', async () => {
      const { store, root, clock, issue } = await openWorld(open);
      const expiring = await issue({ expiresAtMs: clock.nowMs() + 10 });
      const disabled = await issue();
      const revoked = await issue({ expiresAtMs: clock.nowMs() + 10 });
      await store.disableKey(root, { id: disabled.id });
      await store.revokeKey(root, { id: revoked.id }, { reason: null });
      const inState = async (state: KeyQuery['state']) =>
        (await store.listKeys({ limit: 10, ...(state && { state }) })).data.map(({ id }) => id);
      clock.advance(9);
      expect(await inState('active')).toEqual([disabled.id, expiring.id]);
      expect(await inState('expired')).toEqual([]);
      clock.advance(1);
      expect(await inState('active')).toEqual([disabled.id]);
      expect(await inState('expired')).toEqual([expiring.id]);
      expect(await inState('disabled')).toEqual([disabled.id]);
      expect(await inState('revoked')).toEqual([revoked.id]);
    });

    test('the keys of a keyspace that was removed are still listed; one that never was is not there', async () => {
      const { store, issue } = await openWorld(open);
      const key = await issue({ keyspace: 'leads' });
      const newer = { acceptOlder: true };
      await store.applyConfiguration(SYSTEM, { keyspaces: [{ ...LEADS, retired: true }] }, newer);
      await store.applyConfiguration(SYSTEM, { keyspaces: [] }, newer);
      const { data } = await store.listKeys({ limit: 10, keyspace: 'leads' });
      expect(data.map(({ id }) => id)).toEqual([key.id]);
      expect(await refusalOf(store.listKeys({ limit: 10, keyspace: 'nothing' }))).toBe('keyspace_not_found');
    });

    test('operator tokens are not among the keys', async () => {
      const { store, rootOperator } = await openWorld(open);
      expect((await store.listKeys({ limit: 10 })).data).toEqual([]);
      expect(await refusalOf(store.listKeys({ limit: 10, keyspace: 'keyhold' }))).toBe('keyspace_not_found');
      expect(await refusalOf(store.getKey({ id: rootOperator.keyId }))).toBe('key_not_found');
    });

    test('a cursor that is not one is refused', async () => {
      const { store } = await openWorld(open);
      for (const after of ['', '0', '-1', '1.5', 'abc', '1 OR 1=1', '99999999999999999999']) {
        expect(await refusalOf(store.listKeys({ limit: 1, after }))).toBe('invalid_cursor');
      }
    });
  });
}

async function readAll(store: Store, query: KeyQuery): Promise<readonly KeyRecord[]> {
  const all: KeyRecord[] = [];
  let page = await store.listKeys(query);
  for (;;) {
    expect(page.data.length).toBeLessThanOrEqual(query.limit);
    all.push(...page.data);
    if (page.next === null) return all;
    page = await store.listKeys({ ...query, after: page.next });
  }
}
