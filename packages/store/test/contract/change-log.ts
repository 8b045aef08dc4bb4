import { type Change, createReplica, createSoleOwner } from '@keyhold/coherence';
import { describe, expect, test } from 'vitest';
import { headOf, LEADS, MESSAGES, type OpenStore, openWorld, refusalOf, SYSTEM } from '../_util.ts';

export function describeChangeLog(open: OpenStore): void {
  describe('the change log', () => {
    test('has no hole under concurrency, and every answer has its own seq', async () => {
      const { store, root, issue, newKey } = await openWorld(open);
      const head = await headOf(store);
      const keys = await Promise.all(Array.from({ length: 20 }, () => issue()));
      const calls = keys.flatMap((key, i) => [
        store.issueKey(root, newKey({ organization: i % 4 === 0 ? 'nobody' : 'acme' }), null),
        store.revokeKey(root, { id: key.id }, { reason: null }),
        store.patchOrganization(root, 'globex', { name: `Globex ${i}` }),
      ]);
      const settled = await Promise.allSettled(calls);
      const seqs = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value.seq] : []));
      const changes = await store.readChanges(head, 1_000);
      expect(changes.map(({ seq }) => seq)).toEqual(changes.map((_, i) => head + 1 + i));
      expect(new Set(seqs).size).toBe(seqs.length);
      expect(changes).toHaveLength(20 + seqs.length);
      expect(await headOf(store)).toBe(changes.at(-1)?.seq);
    });

    test('is read in pieces of any size, and empty at the head', async () => {
      const { store, issue } = await openWorld(open);
      for (let i = 0; i < 5; i++) await issue();
      const all = await store.readChanges(0, 1_000);
      for (const limit of [1, 2, 7]) {
        const pieces: Change[] = [];
        for (;;) {
          const piece = await store.readChanges(pieces.at(-1)?.seq ?? 0, limit);
          if (piece.length === 0) break;
          expect(piece.length).toBeLessThanOrEqual(limit);
          pieces.push(...piece);
        }
        expect(pieces).toEqual(all);
      }
    });

    test('ends where a snapshot ends: both say the same of every key', async () => {
      const { store, root, clock, issue, newSecret, createOperator } = await openWorld(open);
      const keys = await Promise.all(Array.from({ length: 5 }, () => issue()));
      const recycle = { secret: newSecret(), graceMs: 100, expectedGeneration: null };
      await store.recycleKey(root, { id: keys[0]!.id }, recycle);
      await store.disableKey(root, { id: keys[1]!.id });
      await store.revokeKey(root, { id: keys[2]!.id }, { reason: null });
      await store.patchKey(root, { id: keys[3]!.id }, { expiresAtMs: clock.nowMs() + 1, scopes: [] });
      const { record } = await createOperator(['verify'], ['leads']);
      await store.revokeOperator(root, record.id);
      const fromLog = new Map<string, unknown>();
      const fromSnapshot = new Map<string, unknown>();
      for (const { payload } of await store.readChanges(0, 1_000)) {
        if (payload.kind === 'keys') for (const key of payload.keys) fromLog.set(key.id, key);
        if (payload.kind === 'operator') {
          fromLog.set(payload.key.id, payload.key).set(payload.operator.id, payload.operator);
        }
        if (payload.kind === 'organization') fromLog.set(payload.organization.id, payload.organization);
      }
      const kinds: string[] = [];
      await store.readSnapshot((page) => {
        kinds.push(page.kind);
        if (page.kind === 'keys') for (const key of page.keys) fromSnapshot.set(key.id, key);
        if (page.kind === 'operators') for (const each of page.operators) fromSnapshot.set(each.id, each);
        if (page.kind === 'organizations')
          for (const each of page.organizations) fromSnapshot.set(each.id, each);
      });
      fromSnapshot.delete('keyhold');
      expect(fromSnapshot).toEqual(fromLog);
      expect(kinds).toEqual(['configuration', 'organizations', 'operators', 'keys']);
    });

    test('a table that followed the log is the one that a snapshot makes, however it came about', async () => {
      const { store, root, clock, issue, newKey, newSecret, createOperator } = await openWorld(open);
      const replica = createReplica({ clock });
      const reader = createSoleOwner({ log: store, replica, clock });
      await reader.start();
      const [recycled, disabled, revoked, patched] = await Promise.all([issue(), issue(), issue(), issue()]);
      const recycle = { secret: newSecret(), graceMs: 100, expectedGeneration: null };
      await store.recycleKey(root, { id: recycled.id }, recycle);
      await store.disableKey(root, { id: disabled.id });
      await store.revokeKey(root, { id: revoked.id }, { reason: null });
      await store.patchKey(
        root,
        { id: patched.id },
        { expiresAtMs: clock.nowMs() + 1, allowedCidrs: ['10.0.0.0/8'] },
      );
      await store.importKeys(root, [{ key: newKey({ organization: 'globex' }) }]);
      await store.patchOrganization(root, 'globex', { suspended: true, features: ['one', 'two'] });
      await store.revokeOrganizationKeys(root, 'globex', { keyspace: null, reason: null });
      await createOperator(['verify'], ['leads']);
      const keyspaces = [
        LEADS,
        { ...MESSAGES, key: { ...MESSAGES.key, alsoAccepted: ['other_{random:hex:64}'] } },
      ];
      await store.applyConfiguration(SYSTEM, { keyspaces }, { acceptOlder: false });
      await reader.follower.catchUp();
      expect(replica.appliedSeq).toBe(await headOf(store));
      expect(await reader.compareTables()).toEqual([]);
      await store.writeOutRevocations(10);
      expect(await reader.compareTables()).toEqual([]);
      await reader.close();
    });

    test('a snapshot is of one moment, whatever is written while it is read', async () => {
      const { store, root, newKey } = await openWorld(open);
      const rows = Array.from({ length: 50 }, () => ({ key: newKey() }));
      await store.importKeys(root, rows);
      const head = await headOf(store);
      let known = 0;
      const snapshot = store.readSnapshot((page) => {
        if (page.kind === 'keys') known += page.keys.length;
      });
      const [seq] = await Promise.all([
        snapshot,
        ...Array.from({ length: 20 }, () => store.issueKey(root, newKey(), null)),
      ]);
      const changes = await store.readChanges(seq, 1_000);
      // The root operator's token is a key as well.
      expect(known + changes.length).toBe(50 + 1 + 20);
      expect(seq + changes.length).toBe(head + 20);
    });

    test('a receiver that throws gets its own error back, and the store goes on', async () => {
      const { store, issue } = await openWorld(open);
      const call = store.readSnapshot(() => {
        throw new TypeError('not this page');
      });
      await expect(call).rejects.toThrow('not this page');
      await issue();
    });

    test('is kept for two hours at least, then trimmed from the front, the newest change never', async () => {
      const { store, clock, issue } = await openWorld(open);
      await issue();
      clock.advance(2 * 60 * 60 * 1000 - 1);
      const { seq } = await issue();
      expect((await store.readChanges(0, 1_000))[0]?.seq).toBe(1);
      clock.advance(2 * 60 * 60 * 1000 + 1);
      await issue();
      expect((await store.readChanges(0, 1_000)).map((change) => change.seq)).toEqual([seq + 1]);
      clock.advance(24 * 60 * 60 * 1000);
      await store.flushUsage({ node: 'a', usage: [], lastUsed: [] });
      expect((await store.readChanges(0, 1_000)).map((change) => change.seq)).toEqual([seq + 1]);
    });

    test('who was away for longer than the log is kept finds no hole in its place: it loads everything', async () => {
      const { store, clock, issue } = await openWorld(open);
      await issue();
      const replica = createReplica({ clock });
      const reader = createSoleOwner({ log: store, replica, clock });
      await reader.start();
      const left = replica.examiner;
      for (let i = 0; i < 3; i++) {
        clock.advance(2 * 60 * 60 * 1000 + 1);
        await issue();
      }
      expect((await store.readChanges(0, 1_000)).length).toBeLessThan(3);
      await reader.follower.catchUp();
      expect(replica.examiner).not.toBe(left);
      expect(replica.appliedSeq).toBe(await headOf(store));
      // And the root operator's token.
      expect(replica.keyCount).toBe(4 + 1);
      await reader.close();
    });

    test('a store that is closed says so', async () => {
      const { store, issue } = await openWorld(open);
      const last = issue();
      await store.close();
      expect((await last).number).toBe(1);
      expect(await refusalOf(store.ping())).toBe('store_unavailable');
      await store.close();
    });
  });
}
