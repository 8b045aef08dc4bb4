import type { KeyId } from '@keyhold/core';
import { describe, expect, test } from 'vitest';
import type { NewVerdict, RefusalCount } from '../../src/activity-records.ts';
import { headOf, type OpenStore, openWorld, refusalOf, SYSTEM } from '../_util.ts';

export function describeActivity(open: OpenStore): void {
  describe('what keys do', () => {
    test('refusals add up by key and reason and keep the last of them, whoever writes last', async () => {
      const { store, issue } = await openWorld(open);
      const [{ id: keyId }, other] = [await issue(), await issue()];
      const head = await headOf(store);
      const flush = (node: string, refusals: readonly RefusalCount[]) =>
        store.flushUsage({ node, usage: [], lastUsed: [], refusals });
      const refusal = (lastAtMs: number, count: number, address: string | null): RefusalCount => ({
        keyId,
        reason: 'expired',
        count,
        lastAtMs,
        address,
        operation: `GET /${lastAtMs}`,
      });
      await flush('a', [refusal(2_000, 3, '192.0.2.2'), { ...refusal(1, 1, null), reason: 'disabled' }]);
      await flush('b', [refusal(1_000, 4, '192.0.2.1'), { ...refusal(1, 1, null), keyId: 'key_none' }]);
      expect(await store.getKeyActivity(keyId)).toEqual({
        lastUsed: null,
        refusals: [
          { reason: 'expired', count: 7, lastAtMs: 2_000, address: '192.0.2.2', operation: 'GET /2000' },
          { reason: 'disabled', count: 1, lastAtMs: 1, address: null, operation: 'GET /1' },
        ],
      });
      expect((await store.getKeyActivity(other.id)).refusals).toEqual([]);
      expect(await headOf(store)).toBe(head);
      expect(await refusalOf(store.getKeyActivity('key_none'))).toBe('key_not_found');
    });

    test('what somebody tells of keys that are not his to speak of is passed over, and what he tells twice adds up', async () => {
      const { store, issue } = await openWorld(open);
      const { id: keyId, keyspace } = await issue();
      const refusal = { keyId, reason: 'revoked', address: null, operation: null } as const;
      const refusals = [
        { ...refusal, count: 2, lastAtMs: 20, address: '192.0.2.2' },
        { ...refusal, count: 1, lastAtMs: 10 },
      ];
      const flush = (keyspaces: readonly string[]) =>
        store.flushUsage({ node: 'a', keyspaces, usage: [], lastUsed: [], refusals });
      await flush(['another']);
      expect((await store.getKeyActivity(keyId)).refusals).toEqual([]);
      await flush(['another', keyspace]);
      expect((await store.getKeyActivity(keyId)).refusals).toEqual([
        { reason: 'revoked', count: 3, lastAtMs: 20, address: '192.0.2.2', operation: null },
      ]);
    });

    test('the address of a last use is that of the last one', async () => {
      const { store, issue } = await openWorld(open);
      const { id: keyId } = await issue();
      for (const [atMs, address] of [
        [3_000, '192.0.2.3'],
        [2_000, '192.0.2.2'],
      ] as const) {
        await store.flushUsage({ node: 'a', usage: [], lastUsed: [{ keyId, atMs, address }] });
      }
      expect((await store.getKeyActivity(keyId)).lastUsed).toEqual({ atMs: 3_000, address: '192.0.2.3' });
      await store.flushUsage({ node: 'a', usage: [], lastUsed: [{ keyId, atMs: 4_000 }] });
      expect((await store.getKeyActivity(keyId)).lastUsed).toEqual({ atMs: 4_000, address: null });
    });

    test('verdicts are asked for while somebody looks on, for ten seconds after the last look', async () => {
      const { store, clock } = await openWorld(open);
      const areAskedFor = async () => {
        const { watched } = await store.flushUsage({ node: 'a', usage: [], lastUsed: [] });
        expect(await store.areVerdictsWatched()).toBe(watched);
        return watched;
      };
      expect(await areAskedFor()).toBe(false);
      await store.watchVerdicts();
      expect(await areAskedFor()).toBe(true);
      clock.advance(9_999);
      expect(await areAskedFor()).toBe(true);
      clock.advance(1);
      expect(await areAskedFor()).toBe(false);
    });

    test('verdicts come once each, oldest first, narrowed by what is asked, and are gone after a minute', async () => {
      const { store, clock } = await openWorld(open);
      const verdict = (path: string, fields: Partial<NewVerdict> = {}): NewVerdict => ({
        atMs: clock.nowMs(),
        face: 'verify',
        keyspace: 'messages',
        organization: 'acme',
        keyId: 'key_1',
        reason: null,
        operation: `GET ${path}`,
        address: null,
        sampled: false,
        ...fields,
      });
      const flush = (...verdicts: NewVerdict[]) =>
        store.flushUsage({ node: 'a', usage: [], lastUsed: [], verdicts });
      const paths = async (query: Parameters<typeof store.listVerdicts>[0]) =>
        (await store.listVerdicts(query)).data.map(({ operation }) => operation?.slice(4));
      await store.watchVerdicts();
      await flush(verdict('/1'), verdict('/2', { reason: 'revoked', sampled: true }));
      const first = await store.listVerdicts({});
      expect(first.data).toEqual([
        { ...verdict('/1'), node: 'a' },
        { ...verdict('/2', { reason: 'revoked', sampled: true }), node: 'a' },
      ]);
      await flush(verdict('/3', { keyspace: null, organization: null, keyId: null, reason: 'unknown' }));
      expect(await paths({ after: first.next })).toEqual(['/3']);
      expect(await paths({ accepted: true })).toEqual(['/1']);
      expect(await paths({ accepted: false })).toEqual(['/2', '/3']);
      expect(await paths({ keyspaces: ['messages'] })).toEqual(['/1', '/2']);
      expect(await paths({ keyspaces: [] })).toEqual([]);
      expect(await paths({ organization: 'globex' })).toEqual([]);
      expect(await paths({ keyId: 'key_1', keyspace: 'messages' })).toEqual(['/1', '/2']);
      const { next } = await store.listVerdicts({ organization: 'globex' });
      expect(await paths({ after: next })).toEqual([]);
      clock.advance(60_001);
      await store.watchVerdicts();
      expect(await paths({})).toEqual([]);
      await flush(verdict('/4'));
      expect(await paths({ after: next })).toEqual(['/4']);
      expect(await refusalOf(store.listVerdicts({ after: 'x' }))).toBe('invalid_cursor');
    });
  });

  describe('several keys at once', () => {
    test('one change does it, and tells of each key what became of it', async () => {
      const { store, root, issue } = await openWorld(open);
      const [active, disabled, revoked] = [await issue(), await issue(), await issue()];
      await store.disableKey(root, { id: disabled.id });
      await store.revokeKey(root, { id: revoked.id }, { reason: null });
      const head = await headOf(store);
      const ids: readonly KeyId[] = [active.id, 'key_none', revoked.id, disabled.id];
      const { value, seq } = await store.changeKeys(root, 'disable', ids, { reason: 'leak' });
      expect(value).toEqual([
        { id: active.id, status: 'done' },
        { id: 'key_none', status: 'refused', code: 'key_not_found' },
        { id: revoked.id, status: 'refused', code: 'key_revoked' },
        { id: disabled.id, status: 'unchanged' },
      ]);
      expect([seq, await headOf(store)]).toEqual([head + 1, head + 1]);
      expect((await store.getKey({ id: active.id })).disabledAtMs).not.toBeNull();
      const { data } = await store.listAuditEvents({ limit: 10, subject: active.id });
      expect(data[0]).toMatchObject({
        action: 'key.disable',
        details: { reason: 'leak', keys_at_once: 4 },
      });
      const ended = await store.changeKeys(root, 'revoke', [active.id, disabled.id, revoked.id], {
        reason: null,
      });
      expect(ended.value.map(({ status }) => status)).toEqual(['done', 'done', 'unchanged']);
      expect((await store.listKeys({ limit: 10, state: 'revoked' })).data).toHaveLength(3);
    });

    test('nothing to do is told with the seq to wait for', async () => {
      const { store, root, issue } = await openWorld(open);
      const key = await issue();
      const first = await store.changeKeys(root, 'revoke', [key.id], { reason: null });
      await issue();
      const again = await store.changeKeys(root, 'revoke', [key.id], { reason: null });
      expect(again).toMatchObject({ seq: first.seq, value: [{ status: 'unchanged' }] });
    });

    test('an operator reaches no key beyond his keyspaces, and no operator token', async () => {
      const { store, rootOperator, createOperator, issue } = await openWorld(open);
      const [mine, other] = [await issue({ keyspace: 'leads' }), await issue({ keyspace: 'messages' })];
      const { context } = await createOperator(['keys:write'], ['leads']);
      const ids = [mine.id, other.id, rootOperator.keyId];
      const { value } = await store.changeKeys(context, 'revoke', ids, { reason: null });
      expect(value.map((outcome) => outcome.status)).toEqual(['done', 'refused', 'refused']);
      expect((await store.getKey({ id: other.id })).revokedAtMs).toBeNull();
      const reader = await createOperator(['keys:read']);
      expect(await refusalOf(store.changeKeys(reader.context, 'revoke', ids, { reason: null }))).toBe(
        'insufficient_scope',
      );
      const system = await store.changeKeys(SYSTEM, 'enable', [other.id], { reason: null });
      expect(system.value[0]?.status).toBe('unchanged');
    });
  });

  describe('organizations and the audit log, narrowed', () => {
    test('organizations are found by the beginning of their id or name, and by being suspended', async () => {
      const { store, root } = await openWorld(open);
      const add = (id: string, name: string, suspended: boolean) =>
        store.createOrganization(root, { id, name, features: [], tags: [], suspended }, null);
      await add('Zeta-1', 'acorn', true);
      await add('beta', 'Zeta two', false);
      const ids = async (query: Omit<Parameters<typeof store.listOrganizations>[0], 'limit'>) =>
        (await store.listOrganizations({ limit: 10, ...query })).data.map(({ id }) => id);
      expect(await ids({ search: 'ZETA' })).toEqual(['beta', 'Zeta-1']);
      expect(await ids({ search: 'ac' })).toEqual(['Zeta-1', 'acme']);
      expect(await ids({ search: 'eta' })).toEqual([]);
      expect(await ids({ suspended: true })).toEqual(['Zeta-1']);
      expect(await ids({ search: 'zeta', suspended: false })).toEqual(['beta']);
      expect(await ids({ search: 'keyhold' })).toEqual([]);
      expect(await store.countOrganizations({})).toEqual({ value: 4, atLeast: false });
      expect(await store.countOrganizations({ suspended: true })).toEqual({ value: 1, atLeast: false });
    });

    test('an event names who acted and on what as they are called now, and by the id alone what is not kept', async () => {
      const { store, root, clock, issue, createSession } = await openWorld(open);
      const { id } = await issue();
      await store.patchKey(root, { id }, { name: 'CRM' });
      const session = await createSession('messages', 'acme');
      await issue({}, session);
      await store.patchOrganization(root, 'acme', { name: 'Acme Ltd.' });
      const name = async (subject: string) =>
        (await store.listAuditEvents({ subject, limit: 1 })).data.map(({ actor, subject: named }) => [
          actor.kind,
          actor.name,
          named.name,
        ]);
      expect(await name(id)).toEqual([['operator', 'first', 'CRM']]);
      expect(await name('acme')).toEqual([['operator', 'first', 'Acme Ltd.']]);
      clock.advance(90 * 86_400_000);
      const system = await store.listAuditEvents({ action: 'configuration.apply', limit: 1 });
      expect(system.data[0]).toMatchObject({ actor: { id: 'test', name: null }, subject: { name: null } });
    });

    test('audit events between two moments come once each, at every page size', async () => {
      const { store, clock, issue } = await openWorld(open);
      const moments: number[] = [];
      for (let i = 0; i < 6; i++) {
        clock.advance(1_000);
        moments.push(clock.nowMs());
        await issue();
        await issue({ keyspace: 'leads' });
      }
      const [, fromMs, , , toMs] = moments;
      for (const limit of [1, 2, 3, 8, 100]) {
        const found: number[] = [];
        let after: string | null = null;
        do {
          const page = await store.listAuditEvents({
            fromMs: fromMs!,
            toMs: toMs!,
            limit,
            ...(after !== null && { after }),
          });
          found.push(...page.data.map(({ atMs }) => atMs));
          after = page.next;
        } while (after !== null);
        expect(found).toEqual([3, 3, 2, 2, 1, 1].map((i) => moments[i]));
      }
      const ofLeads = await store.listAuditEvents({ fromMs: fromMs!, keyspace: 'leads', limit: 100 });
      expect(ofLeads.data).toHaveLength(5);
    });
  });
}
