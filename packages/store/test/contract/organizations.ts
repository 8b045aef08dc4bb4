import { describe, expect, test } from 'vitest';
import { headOf, type OpenStore, openWorld, refusalOf, refusalsOf } from '../_util.ts';

const ACME = { id: 'Acme', name: 'Acme', features: ['partner-api'], tags: ['gold'], suspended: false };

export function describeOrganizations(open: OpenStore): void {
  describe('organizations', () => {
    test('ids are told apart byte for byte', async () => {
      const { store, root } = await openWorld(open);
      for (const id of ['Acme', 'ACME', 'acme.', 'a:cme']) {
        await store.createOrganization(root, { ...ACME, id, name: id }, null);
      }
      for (const id of ['acme', 'Acme', 'ACME', 'acme.', 'a:cme']) {
        expect((await store.getOrganization(id)).name).toBe(id);
      }
      expect(await refusalOf(store.getOrganization('aCME'))).toBe('organization_not_found');
    });

    test('of ten that create one id at the same time, one succeeds', async () => {
      const { store, root } = await openWorld(open);
      const calls = Array.from({ length: 10 }, () => store.createOrganization(root, ACME, null));
      const settled = await Promise.allSettled(calls);
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await refusalOf(store.createOrganization(root, ACME, null))).toBe('organization_exists');
    });

    test('the operators own organization does not exist for anyone', async () => {
      const { store, root, issue } = await openWorld(open);
      const keyhold = { ...ACME, id: 'keyhold' };
      expect(await refusalOf(store.createOrganization(root, keyhold, null))).toBe('organization_exists');
      const calls = [
        store.getOrganization('keyhold'),
        store.patchOrganization(root, 'keyhold', { suspended: true }),
        store.revokeOrganizationKeys(root, 'keyhold', { keyspace: null, reason: null }),
        issue({ organization: 'keyhold' }),
      ];
      expect(new Set(await refusalsOf(calls))).toEqual(new Set(['organization_not_found']));
      const { data } = await store.listOrganizations({ limit: 10 });
      expect(data.map(({ id }) => id)).toEqual(['globex', 'acme']);
    });

    test('a patch is one change, says what changed in the audit log, and leaves the rest', async () => {
      const { store, root } = await openWorld(open);
      await store.createOrganization(root, ACME, null);
      const head = await headOf(store);
      const patched = await store.patchOrganization(root, 'Acme', { suspended: true, features: [] });
      expect(patched).toMatchObject({ seq: head + 1, value: { ...ACME, suspended: true, features: [] } });
      expect((await store.readChanges(head, 10)).map(({ payload }) => payload)).toEqual([
        {
          kind: 'organization',
          organization: { id: 'Acme', suspended: true, features: [], revokedThrough: {} },
        },
      ]);
      expect((await store.listAuditEvents({ limit: 1 })).data[0]).toMatchObject({
        action: 'organization.suspend',
        organization: 'Acme',
        details: {
          suspended: { from: false, to: true },
          features: { from: ['partner-api'], to: [] },
        },
      });
    });

    test('a patch that changes nothing writes nothing and answers with the seq to wait for', async () => {
      const { store, root } = await openWorld(open);
      const created = await store.createOrganization(root, ACME, null);
      await store.createOrganization(root, { ...ACME, id: 'later' }, null);
      const head = await headOf(store);
      const again = await store.patchOrganization(root, 'Acme', { name: 'Acme', suspended: false });
      expect(again).toEqual({ seq: created.seq, value: created.value, replayed: false });
      expect(await headOf(store)).toBe(head);
    });

    test('pages hold each organization once, newest first, at every page size', async () => {
      const { store, root } = await openWorld(open);
      for (let i = 0; i < 4; i++) await store.createOrganization(root, { ...ACME, id: `o${i}` }, null);
      const all = ['o3', 'o2', 'o1', 'o0', 'globex', 'acme'];
      for (const limit of [1, 2, 5, 6, 7]) {
        const seen: string[] = [];
        let after: string | null = null;
        do {
          const query: { limit: number; after?: string } = { limit, ...(after !== null && { after }) };
          const page = await store.listOrganizations(query);
          expect(page.data.length).toBeLessThanOrEqual(limit);
          seen.push(...page.data.map(({ id }) => id));
          after = page.next;
        } while (after !== null);
        expect(seen).toEqual(all);
      }
    });
  });
}
