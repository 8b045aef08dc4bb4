import { describe, expect, test } from 'vitest';
import type { KeyFilter, KeyQuery, KeyRecord, KeySafety, KeySort } from '../../src/records.ts';
import type { Store } from '../../src/store.ts';
import { digestOf, type OpenStore, openWorld, refusalOf, type World } from '../_util.ts';

const DAY_MS = 86_400_000;
const SORTS: readonly KeySort[] = ['created', 'last_used', 'expires', 'name'];
const SAFETIES: readonly KeySafety[] = ['never_expires', 'idle_90_days', 'never_used', 'expiring_soon'];

export function describeKeySearch(open: OpenStore): void {
  describe('search among keys', () => {
    test('every filter with every order gives what a list of everything, filtered and sorted, gives', async () => {
      const world = await openMixed(open);
      const { store, clock } = world;
      const all = (await store.listKeys({ limit: 1_000 })).data;
      const filters: readonly KeyFilter[] = [
        {},
        { keyspace: 'leads' },
        { keyspaces: ['leads'], organization: 'globex' },
        { search: 'serv' },
        { state: 'active', search: 'PROD' },
        { state: 'revoked' },
        { state: 'expired', keyspace: 'messages' },
        { state: 'disabled', organization: 'acme' },
        ...SAFETIES.map((safety) => ({ safety })),
        ...SAFETIES.map((safety) => ({ safety, search: 's', keyspace: 'messages' })),
      ];
      for (const filter of filters) {
        const matching = all.filter((key) => isMatch(key, filter, clock.nowMs()));
        for (const sort of SORTS) {
          for (const descending of [true, false]) {
            const expected = toSorted(matching, sort, descending).map(({ id }) => id);
            const query = { ...filter, sort, descending, limit: 7 };
            expect(await readIds(store, query), JSON.stringify(query)).toEqual(expected);
          }
        }
        const { search: _, ...counted } = filter;
        const count = all.filter((key) => isMatch(key, counted, clock.nowMs())).length;
        expect(await store.countKeys(counted)).toEqual({ value: count, atLeast: false });
      }
    });

    test('a key is found by its id, number, name and what is shown of it, and by nothing else', async () => {
      const { store, issue } = await openWorld(open);
      const masked = (maskedKey: string) => ({ digest: digestOf(maskedKey), maskedKey });
      const key = await issue({ name: 'Nairobi 1', secret: masked('esms_live_****o5p6') });
      const other = await issue({ name: 'nairobi_2', secret: masked('ll_a1b2c3d4e5…') });
      await issue({ name: '100%', keyspace: 'leads', secret: masked('x…') });
      const find = async (search: string) =>
        (await store.listKeys({ limit: 10, search })).data.map(({ id }) => id);
      for (const search of [key.id, 'nairobi 1', 'esms_live_****o5p6', 'esms_', 'o5p6', '*o5p6']) {
        expect(await find(search), search).toEqual([key.id]);
      }
      expect(await find('NAIROBI')).toEqual([other.id, key.id]);
      expect(await find('ll_a1')).toEqual([other.id]);
      expect(await find('#2')).toEqual([other.id]);
      expect(await find('2')).toEqual([other.id]);
      expect(await find('1')).toHaveLength(2);
      for (const search of ['airobi', 'p6', 'O5P6', 'Esms_', '%', '_', '#0', '#99', key.id.toUpperCase()]) {
        expect(await find(search), search).toEqual([]);
      }
    });

    test('names beyond A–Z are found as they are written, the same in every store', async () => {
      const { store, issue } = await openWorld(open);
      const key = await issue({ name: 'École ÀB' });
      const find = async (search: string) => (await store.listKeys({ limit: 10, search })).data;
      expect((await find('École Àb')).map(({ id }) => id)).toEqual([key.id]);
      expect(await find('école')).toEqual([]);
    });

    test('what was refused of a bulk revocation that is being written out is revoked already', async () => {
      const { store, root, issue } = await openWorld(open);
      const key = await issue();
      await store.revokeOrganizationKeys(root, 'acme', { keyspace: null, reason: null });
      const ids = async (filter: KeyFilter) => await readIds(store, { ...filter, sort: 'name', limit: 1 });
      expect(await ids({ state: 'revoked' })).toEqual([key.id]);
      expect(await ids({ safety: 'never_used' })).toEqual([]);
      expect(await store.countKeys({ state: 'active' })).toEqual({ value: 0, atLeast: false });
      expect(await store.countKeys({ state: 'revoked' })).toEqual({ value: 1, atLeast: false });
    });

    test('a cursor of another order is refused', async () => {
      const { store, issue } = await openWorld(open);
      await issue();
      await issue();
      const page = await store.listKeys({ limit: 1, sort: 'name' });
      for (const sort of ['created', 'last_used', 'expires'] as const) {
        const other = store.listKeys({ limit: 1, sort, after: page.next! });
        expect(await refusalOf(other)).toBe('invalid_cursor');
      }
    });
  });
}

/** Sixty keys that differ in everything that is asked about. */
async function openMixed(open: OpenStore): Promise<World> {
  const world = await openWorld(open);
  const { store, root, clock, issue } = world;
  const startMs = clock.nowMs();
  for (let i = 0; i < 60; i++) {
    const key = await issue({
      keyspace: i % 6 === 0 ? 'leads' : 'messages',
      organization: i % 4 === 0 ? 'globex' : 'acme',
      name: ['Production', 'production', 'Server 1', 'server 2', 'Zed'][i % 5]!,
      expiresAtMs: i % 3 === 0 ? null : startMs + (i % 7) * 30 * DAY_MS + i,
    });
    clock.advance(2 * DAY_MS);
    if (i % 2 === 0) {
      const lastUsed = [{ keyId: key.id, atMs: clock.nowMs() }];
      await store.flushUsage({ node: 'a', usage: [], lastUsed });
    }
    if (i % 7 === 0) await store.revokeKey(root, { id: key.id }, { reason: null });
    else if (i % 5 === 0) await store.disableKey(root, { id: key.id });
  }
  return world;
}

function isMatch(key: KeyRecord, filter: KeyFilter, nowMs: number): boolean {
  const { keyspace, keyspaces, organization, search, state, safety } = filter;
  const revoked = key.revokedAtMs !== null;
  const expired = key.expiresAtMs !== null && key.expiresAtMs <= nowMs;
  const states = {
    active: !revoked && !expired,
    disabled: !revoked && !expired && key.disabledAtMs !== null,
    expired: !revoked && expired,
    revoked,
  };
  const safeties = {
    never_expires: key.expiresAtMs === null,
    idle_90_days: (key.lastUsedAtMs ?? key.createdAtMs) <= nowMs - 90 * DAY_MS,
    never_used: key.lastUsedAtMs === null,
    expiring_soon: key.expiresAtMs !== null && key.expiresAtMs <= nowMs + 30 * DAY_MS,
  };
  return (
    (keyspace === undefined || key.keyspace === keyspace) &&
    (keyspaces === undefined || keyspaces.includes(key.keyspace)) &&
    (organization === undefined || key.organization === organization) &&
    (search === undefined || key.name.toLowerCase().startsWith(search.toLowerCase())) &&
    (state === undefined || states[state]) &&
    (safety === undefined || (states.active && safeties[safety]))
  );
}

function toSorted(keys: readonly KeyRecord[], sort: KeySort, descending: boolean): readonly KeyRecord[] {
  const toValue = {
    created: () => 0,
    // Never used is below every use, the one made first nearest to it.
    last_used: (key: KeyRecord) => key.lastUsedAtMs ?? -key.createdAtMs,
    expires: (key: KeyRecord) => key.expiresAtMs ?? Number.MAX_SAFE_INTEGER,
    name: (key: KeyRecord) => key.name.toLowerCase(),
  }[sort];
  // Everything was listed newest first.
  const ascending = keys.toReversed().toSorted((a, b) => {
    const [x, y] = [toValue(a), toValue(b)];
    if (x === y) return 0;
    return x < y ? -1 : 1;
  });
  return descending ? ascending.toReversed() : ascending;
}

async function readIds(store: Store, query: KeyQuery): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | null = null;
  do {
    const page = await store.listKeys({ ...query, ...(after !== null && { after }) });
    ids.push(...page.data.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  return ids;
}
