import type { ReplicatedKey } from '@keyhold/coherence';
import { describe, expect, test } from 'vitest';
import {
  asKey,
  byNumber,
  headOf,
  keysAt,
  type OpenStore,
  openWorld,
  refusalOf,
  refusalsOf,
  type World,
} from '../_util.ts';

export function describeKeyLife(open: OpenStore): void {
  describe('the life of a key', () => {
    test('issuing writes the key, its audit event and its change, and reads back whole', async () => {
      const { store, root, rootOperator, newKey, clock } = await openWorld(open);
      const head = await headOf(store);
      const key = newKey({
        name: 'Ünïcode ✓',
        scopes: ['send', 'query'],
        expiresAtMs: clock.nowMs() + 5_000,
        allowedCidrs: ['192.0.2.0/24'],
        metadata: { plan: { tier: 3 } },
      });
      const issued = await store.issueKey(root, key, null);
      const { secret, ...fields } = key;
      const record = {
        ...fields,
        number: 1,
        maskedKey: secret.maskedKey,
        createdAtMs: clock.nowMs(),
        createdBy: rootOperator.id,
        createdByName: 'first',
        disabledAtMs: null,
        disabledByCustomer: false,
        revokedAtMs: null,
        lastUsedAtMs: null,
        generation: 1,
        graceUntilMs: null,
        claimUntilMs: null,
        linkTriedAgainAtMs: null,
        seq: head + 1,
      };
      expect(issued).toEqual({ seq: head + 1, replayed: false, value: record });
      expect(await store.getKey({ id: key.id })).toEqual(record);
      expect(await store.getKey(byNumber(issued.value))).toEqual(record);
      expect(await store.readChanges(head, 10)).toEqual([
        {
          seq: head + 1,
          payload: {
            kind: 'keys',
            keys: [
              {
                id: key.id,
                keyspace: 'messages',
                number: 1,
                organization: 'acme',
                environment: 'live',
                scopes: ['send', 'query'],
                name: 'Ünïcode ✓',
                expiresAtMs: key.expiresAtMs,
                allowedCidrs: ['192.0.2.0/24'],
                revoked: false,
                disabled: false,
                secrets: [{ digest: secret.digest, generation: 1, notAfterMs: null }],
              },
            ],
          },
        },
      ]);
      const { data } = await store.listAuditEvents({ subject: key.id, limit: 10 });
      expect(data).toMatchObject([
        {
          action: 'key.issue',
          atMs: clock.nowMs(),
          actor: { kind: 'operator', id: rootOperator.id },
          keyspace: 'messages',
          organization: 'acme',
          requestId: 'request-1',
          sourceAddress: '192.0.2.1',
        },
      ]);
      expect(JSON.stringify(data)).not.toContain(secret.digest);
    });

    test('numbers count from 1 in each keyspace, without a gap under concurrency', async () => {
      const { issue } = await openWorld(open);
      const keyspaces = Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? 'leads' : 'messages'));
      const keys = await Promise.all(keyspaces.map((keyspace) => issue({ keyspace })));
      for (const keyspace of ['leads', 'messages']) {
        const numbers = keys.filter((key) => key.keyspace === keyspace).map(({ number }) => number);
        expect(numbers.sort((a, b) => a - b)).toEqual(numbers.map((_, i) => i + 1));
      }
    });

    test('a digest is unique in the whole store', async () => {
      const { newSecret, issue } = await openWorld(open);
      const secret = newSecret();
      const calls = [issue({ secret }), issue({ secret, keyspace: 'leads', organization: 'globex' })];
      const settled = await Promise.allSettled(calls);
      expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    test('what is not there is named: organization, keyspace, key', async () => {
      const { store, root, issue } = await openWorld(open);
      expect(await refusalOf(issue({ organization: 'nobody' }))).toBe('organization_not_found');
      expect(await refusalOf(issue({ keyspace: 'nothing' }))).toBe('keyspace_not_found');
      expect(await refusalOf(issue({ keyspace: 'keyhold' }))).toBe('keyspace_not_found');
      expect(await refusalOf(store.getKey({ id: 'key_none' }))).toBe('key_not_found');
      const call = store.revokeKey(root, { id: 'key_none' }, { reason: null });
      expect(await refusalOf(call)).toBe('key_not_found');
    });

    test('fifty that create at once under a cap of ten make exactly ten', async () => {
      const { store, issue } = await openWorld(open);
      const calls = Array.from({ length: 50 }, () => issue({ keyspace: 'leads' }));
      const settled = await Promise.allSettled(calls);
      const refused = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
      expect(refused).toEqual(Array.from({ length: 40 }, () => 'active_key_limit_reached'));
      expect((await store.listKeys({ keyspace: 'leads', limit: 100 })).data).toHaveLength(10);
      await issue({ keyspace: 'leads', organization: 'globex' });
    });

    test('the cap counts a disabled key, and neither a revoked one nor one at its expiry', async () => {
      const { store, clock, root, issue } = await openWorld(open);
      const expiresAtMs = clock.nowMs() + 1_000;
      await issue({ keyspace: 'leads', expiresAtMs });
      const others = await Promise.all(Array.from({ length: 9 }, () => issue({ keyspace: 'leads' })));
      await store.disableKey(root, { id: others[0]!.id });
      expect(await refusalOf(issue({ keyspace: 'leads' }))).toBe('active_key_limit_reached');
      clock.advance(999);
      expect(await refusalOf(issue({ keyspace: 'leads' }))).toBe('active_key_limit_reached');
      clock.advance(1);
      await issue({ keyspace: 'leads' });
      await store.revokeKey(root, { id: others[1]!.id }, { reason: null });
      await issue({ keyspace: 'leads' });
      expect(await refusalOf(issue({ keyspace: 'leads' }))).toBe('active_key_limit_reached');
    });

    test('a later expiry that makes a key active again is checked against the cap', async () => {
      const { store, clock, root, issue } = await openWorld(open);
      const expired = await issue({ keyspace: 'leads', expiresAtMs: clock.nowMs() + 10 });
      const others = await Promise.all(Array.from({ length: 9 }, () => issue({ keyspace: 'leads' })));
      // Still active: it counts already, so moving its end needs no room.
      const moved = { expiresAtMs: clock.nowMs() + 20 };
      await store.patchKey(root, { id: expired.id }, moved);
      clock.advance(20);
      await issue({ keyspace: 'leads' });
      const later = { expiresAtMs: clock.nowMs() + 1 };
      const call = store.patchKey(root, { id: expired.id }, later);
      expect(await refusalOf(call)).toBe('active_key_limit_reached');
      await store.patchKey(root, { id: expired.id }, { expiresAtMs: clock.nowMs(), name: 'Renamed' });
      await store.revokeKey(root, { id: others[0]!.id }, { reason: null });
      expect((await store.patchKey(root, { id: expired.id }, later)).value).toMatchObject(later);
    });

    test('a patch changes what it names, and nothing at all when nothing is new', async () => {
      const { store, root, issue } = await openWorld(open);
      const key = await issue({ scopes: ['send', 'query'], metadata: { a: 1 } });
      const patch = { name: 'Renamed', scopes: ['query'], allowedCidrs: ['::1/128'], metadata: {} };
      const patched = await store.patchKey(root, { id: key.id }, patch);
      expect(patched.value).toEqual({ ...key, ...patch, seq: patched.seq });
      const head = await headOf(store);
      const again = await store.patchKey(root, { id: key.id }, patch);
      expect(again).toEqual({ seq: patched.seq, value: patched.value, replayed: false });
      expect(await headOf(store)).toBe(head);
      const cleared = await store.patchKey(root, { id: key.id }, { expiresAtMs: null });
      expect(cleared.seq).toBe(patched.seq);
    });

    test('without a grace a recycled key has one good secret, and keeps all else', async () => {
      const { store, root, clock, issue, newSecret } = await openWorld(open);
      const key = await issue({ expiresAtMs: clock.nowMs() + 1_000 });
      const secret = newSecret();
      const recycle = { secret, graceMs: 0, expectedGeneration: 1 };
      const { seq, value } = await store.recycleKey(root, { id: key.id }, recycle);
      expect(value).toEqual({ ...key, maskedKey: secret.maskedKey, generation: 2, seq });
      expect(await secretsOf(store, seq)).toMatchObject([
        { generation: 1, notAfterMs: clock.nowMs() },
        { generation: 2, notAfterMs: null, digest: secret.digest },
      ]);
    });

    test('a second recycle within a grace ends the oldest secret at once', async () => {
      const { store, root, clock, issue, newSecret } = await openWorld(open);
      const key = await issue();
      const beganAtMs = clock.nowMs();
      const first = await store.recycleKey(
        root,
        { id: key.id },
        { secret: newSecret(), graceMs: 1_000, expectedGeneration: null },
      );
      expect(first.value.graceUntilMs).toBe(beganAtMs + 1_000);
      clock.advance(400);
      const second = await store.recycleKey(
        root,
        { id: key.id },
        { secret: newSecret(), graceMs: 1_000, expectedGeneration: null },
      );
      expect(await secretsOf(store, second.seq)).toMatchObject([
        { generation: 1, notAfterMs: beganAtMs + 400 },
        { generation: 2, notAfterMs: beganAtMs + 1_400 },
        { generation: 3, notAfterMs: null },
      ]);
      clock.advance(1_000);
      expect((await store.getKey({ id: key.id })).graceUntilMs).toBeNull();
    });

    test('of two racing recycles that saw one generation, one wins', async () => {
      const { store, root, issue, newSecret } = await openWorld(open);
      const key = await issue();
      const calls = [0, 1].map(() =>
        store.recycleKey(
          root,
          { id: key.id },
          { secret: newSecret(), graceMs: 0, expectedGeneration: key.generation },
        ),
      );
      const settled = await Promise.allSettled(calls);
      const refused = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []));
      expect(refused).toEqual(['recycle_conflict']);
      expect((await store.getKey({ id: key.id })).generation).toBe(2);
    });

    test('revoked is final, and revoking again answers with what to wait for', async () => {
      const { store, root, clock, issue, newSecret } = await openWorld(open);
      const key = await issue();
      const revoked = await store.revokeKey(root, { id: key.id }, { reason: 'leaked' });
      expect(revoked.value.revokedAtMs).toBe(clock.nowMs());
      clock.advance(1);
      const suspended = await store.patchOrganization(root, 'acme', { suspended: true });
      const head = await headOf(store);
      const again = await store.revokeKey(root, { id: key.id }, { reason: null });
      expect(again).toEqual({ seq: suspended.seq, value: revoked.value, replayed: false });
      const recycle = { secret: newSecret(), graceMs: 0, expectedGeneration: null };
      const calls = [
        store.recycleKey(root, { id: key.id }, recycle),
        store.enableKey(root, { id: key.id }),
        store.disableKey(root, { id: key.id }),
        store.patchKey(root, { id: key.id }, { name: 'Again' }),
      ];
      expect(new Set(await refusalsOf(calls))).toEqual(new Set(['key_revoked']));
      expect(await headOf(store)).toBe(head);
    });

    test('disable and enable each write once', async () => {
      const { store, root, clock, issue } = await openWorld(open);
      const key = await issue();
      const disabled = await store.disableKey(root, { id: key.id });
      expect(disabled.value.disabledAtMs).toBe(clock.nowMs());
      expect(await store.disableKey(root, { id: key.id })).toEqual(disabled);
      const enabled = await store.enableKey(root, { id: key.id });
      expect(enabled.value.disabledAtMs).toBeNull();
      expect(await store.enableKey(root, { id: key.id })).toEqual(enabled);
    });

    test.each([
      ['revoke', { revoked: true }],
      ['disable', { disabled: true }],
      ['enable', { disabled: false }],
    ] as const)(
      'what a %s answers and tells the nodes is the key as it then stands, several at once too',
      async (verb, difference) => {
        const { store, root, clock, issue, newSecret, newClaimLink } = await openWorld(open);
        const before: ReplicatedKey[] = [];
        for (const recycles of [2, 1, 0]) {
          const { id } = await issue({ allowedCidrs: ['192.0.2.0/24'], expiresAtMs: clock.nowMs() + 90_000 });
          for (let i = 0; i < recycles; i++) {
            const recycle = { secret: newSecret(), graceMs: 60_000, expectedGeneration: null };
            await store.recycleKey(root, { id }, { ...recycle, claimLink: i === 1 ? newClaimLink() : null });
          }
          if (verb === 'enable') await store.disableKey(root, { id });
          const { seq } = await store.patchKey(root, { id }, { name: 'New' });
          before.push(...(await keysAt(store, seq)));
        }
        expect(before.map(({ secrets }) => secrets.length)).toEqual([3, 2, 1]);
        const after = before.map((key) => ({ ...key, ...difference }));
        const [one, ...others] = before.map(({ id }) => ({ id }));
        const { seq, value } = await (verb === 'revoke'
          ? store.revokeKey(root, one!, { reason: null })
          : store[`${verb}Key`](root, one!));
        expect(value).toEqual(await store.getKey(one!));
        expect(await keysAt(store, seq)).toEqual(after.slice(0, 1));
        const ids = others.map(({ id }) => id);
        const several = await store.changeKeys(root, verb, ids, { reason: null });
        expect(await keysAt(store, several.seq)).toEqual(after.slice(1));
      },
    );

    test('a key at its expiry cannot be recycled, one a millisecond before it can', async () => {
      const { store, root, clock, issue, newSecret } = await openWorld(open);
      const key = await issue({ expiresAtMs: clock.nowMs() + 100 });
      const recycle = () =>
        store.recycleKey(root, { id: key.id }, { secret: newSecret(), graceMs: 0, expectedGeneration: null });
      clock.advance(99);
      await recycle();
      clock.advance(1);
      expect(await refusalOf(recycle())).toBe('key_expired');
    });

    test('an import tells each row what became of it, in one change', async () => {
      const { store, root, newKey, issue } = await openWorld(open);
      const there = await issue();
      await Promise.all(Array.from({ length: 9 }, () => issue({ keyspace: 'leads' })));
      const twice = newKey({ keyspace: 'leads' });
      const rows = [
        newKey(),
        twice,
        newKey({ secret: twice.secret }),
        newKey({ organization: 'nobody' }),
        newKey({ keyspace: 'leads' }),
        newKey({ keyspace: 'leads', organization: 'globex' }),
      ].map((key) => ({ key }));
      const head = await headOf(store);
      const imported = await store.importKeys(root, rows);
      expect(imported.seq).toBe(head + 1);
      expect(imported.value.map((each) => (each.status === 'refused' ? each.code : each.status))).toEqual([
        'imported',
        'imported',
        'already_exists',
        'organization_not_found',
        'active_key_limit_reached',
        'imported',
      ]);
      const [first] = imported.value;
      expect(first).toMatchObject({ status: 'imported', key: { id: rows[0]!.key.id, seq: head + 1 } });
      expect(await store.readChanges(head, 10)).toHaveLength(1);
      expect((await store.listAuditEvents({ action: 'key.import', limit: 10 })).data).toHaveLength(3);

      const again = await store.importKeys(root, [{ key: newKey({ secret: rows[0]!.key.secret }) }]);
      expect(again).toMatchObject({ seq: head + 1, value: [{ status: 'refused', code: 'already_exists' }] });
      expect((await store.getKey({ id: there.id })).seq).toBeLessThan(head);
    });

    test('text is kept and compared byte for byte', async () => {
      const { store, issue } = await openWorld(open);
      const name = `'; DROP TABLE key; -- \u{1F511} a\u0301`;
      const metadata = { note: '"\\\u0000\u001f', key: null };
      const key = await issue({ name, metadata });
      expect(await store.getKey({ id: key.id })).toMatchObject({ name, metadata });
      const upper = `key_${key.id.slice('key_'.length).toUpperCase()}` as const;
      expect(await refusalOf(store.getKey({ id: upper }))).toBe('key_not_found');
    });

    test('a key may be revoked with the credential that it is', async () => {
      const { store, issue } = await openWorld(open);
      const key = await issue({ keyspace: 'leads' });
      const { value } = await store.revokeKey(asKey(key), byNumber(key), { reason: null });
      expect(value.revokedAtMs).not.toBeNull();
      const again = store.revokeKey(asKey(key), byNumber(key), { reason: null });
      expect(await refusalOf(again)).toBe('unauthenticated');
    });
  });
}

async function secretsOf(store: World['store'], seq: number) {
  const [change] = await store.readChanges(seq - 1, 1);
  return change?.payload.kind === 'keys' ? change.payload.keys[0]?.secrets : undefined;
}
