import type { KeyId } from '@keyhold/core';
import { describe, expect, test } from 'vitest';
import { asKey, headOf, type OpenStore, openWorld, refusalOf, SYSTEM, type World } from '../_util.ts';

const NOBODY = { keyspaces: [], operators: [] };

export function describeQuarantine(open: OpenStore): void {
  describe('a restored store', () => {
    test('denies every key and operator token until it is released, and only the process itself may release', async () => {
      const { store, root, rootOperator, issue, quarantine } = await openWorld(open);
      const [first, second, third] = [await issue(), await issue(), await issue({ keyspace: 'leads' })];
      await store.revokeKey(root, { id: third.id }, { reason: null });
      expect(await store.readQuarantine()).toEqual(NOBODY);
      await quarantine();
      expect(await store.readQuarantine()).toMatchObject({
        keyspaces: [{ keyspace: 'messages', keyCount: 2 }],
        operators: [{ id: rootOperator.id, disabledAtMs: expect.any(Number) }],
      });
      expect(await statesOf(store, [first.id, second.id])).toEqual(['disabled', 'disabled']);
      expect(await refusalOf(store.disableKey(root, { id: first.id }))).toBe('unauthenticated');
      expect(await refusalOf(store.revokeKey(asKey(first), { id: first.id }, { reason: null }))).toBe(
        'unauthenticated',
      );

      expect((await store.releaseOperator(SYSTEM, rootOperator.id)).value.disabledAtMs).toBeNull();
      const everybody = { keyspace: 'messages', organization: null };
      expect(await refusalOf(store.releaseKeys(root, everybody, 10))).toBe('insufficient_scope');
      expect(await refusalOf(store.releaseOperator(root, rootOperator.id))).toBe('insufficient_scope');
      expect((await store.releaseKeys(SYSTEM, everybody, 10)).value).toEqual({ releasedCount: 2 });
      expect(await statesOf(store, [first.id, second.id])).toEqual(['active', 'active']);
      expect(await store.readQuarantine()).toEqual(NOBODY);
    });

    test('is released by keyspace and organization, oldest first, so many at a time', async () => {
      const { store, issue, quarantine } = await openWorld(open);
      const [a, b] = [await issue(), await issue()];
      const other = await issue({ organization: 'globex' });
      const lead = await issue({ keyspace: 'leads' });
      await quarantine();
      const ids = [a, b, other, lead].map(({ id }) => id);
      const acme = { keyspace: 'messages', organization: 'acme' };
      expect((await store.releaseKeys(SYSTEM, acme, 1)).value).toEqual({ releasedCount: 1 });
      expect(await statesOf(store, ids)).toEqual(['active', 'disabled', 'disabled', 'disabled']);
      expect((await store.releaseKeys(SYSTEM, acme, 2)).value).toEqual({ releasedCount: 1 });
      expect(await statesOf(store, ids)).toEqual(['active', 'active', 'disabled', 'disabled']);
      const released = await store.releaseKeys(SYSTEM, { keyspace: 'messages', organization: null }, 9);
      const repeated = await store.releaseKeys(SYSTEM, { keyspace: 'messages', organization: null }, 9);
      expect(repeated).toEqual({ seq: released.seq, value: { releasedCount: 0 }, replayed: false });
      expect(await statesOf(store, ids)).toEqual(['active', 'active', 'active', 'disabled']);
      const operators = { keyspace: 'keyhold', organization: null };
      expect((await store.releaseKeys(SYSTEM, operators, 9)).value).toEqual({ releasedCount: 0 });
    });

    test('leaves disabled what was disabled by hand, before the restore or as the outcome of the review', async () => {
      const { store, rootOperator, root, issue, quarantine } = await openWorld(open);
      const [byHand, reviewed, enabled, left] = [await issue(), await issue(), await issue(), await issue()];
      await store.disableKey(root, { id: byHand.id });
      await quarantine();
      await store.releaseOperator(SYSTEM, rootOperator.id);
      await store.disableKey(root, { id: reviewed.id });
      await store.enableKey(root, { id: enabled.id });
      const { value } = await store.releaseKeys(SYSTEM, { keyspace: 'messages', organization: null }, 9);
      expect(value).toEqual({ releasedCount: 1 });
      const ids = [byHand, reviewed, enabled, left].map(({ id }) => id);
      expect(await statesOf(store, ids)).toEqual(['disabled', 'disabled', 'active', 'active']);
    });

    test('tells replicas of each release by the change log, and the audit log of each key', async () => {
      const { store, issue, quarantine } = await openWorld(open);
      const key = await issue();
      await quarantine();
      const before = await headOf(store);
      await store.releaseKeys(SYSTEM, { keyspace: 'messages', organization: null }, 9);
      expect(await store.readChanges(before, 10)).toMatchObject([
        { seq: before + 1, payload: { kind: 'keys', keys: [{ id: key.id, disabled: false }] } },
      ]);
      const { data } = await store.listAuditEvents({ subject: key.id, limit: 1 });
      expect(data).toMatchObject([{ action: 'key.enable', details: { released: true } }]);
    });

    test('answers with seqs above all that were answered, and whoever reads the log has to load everything', async () => {
      const { store, root, issue, quarantine } = await openWorld(open);
      const key = await issue();
      const { seq } = await store.revokeKey(root, { id: key.id }, { reason: null });
      for (let again = 0; again < 2; again++) {
        const answered = await headOf(store);
        await quarantine();
        const head = await headOf(store);
        expect(head).toBeGreaterThan(answered);
        expect((await store.readChanges(seq, 10)).map((change) => change.seq)).toEqual([head]);
        expect(head).toBeGreaterThan(seq + 1);
      }
    });

    test('gives no number a second time, and ends portal sessions', async () => {
      const { store, rootOperator, issue, createSession, quarantine } = await openWorld(open);
      const { number } = await issue();
      const session = await createSession('messages', 'acme');
      await quarantine();
      await store.releaseOperator(SYSTEM, rootOperator.id);
      expect((await issue()).number).toBeGreaterThan(number + 100_000);
      expect(await refusalOf(issue({}, session))).toBe('unauthenticated');
    });

    test('does not count a token in quarantine as somebody who can make operators', async () => {
      const { store, rootOperator, createOperator, quarantine } = await openWorld(open);
      const other = await createOperator(['operators:write']);
      await quarantine();
      await store.releaseOperator(SYSTEM, rootOperator.id);
      expect(await refusalOf(store.revokeOperator(SYSTEM, rootOperator.id))).toBe('last_operator');
      await store.revokeOperator(SYSTEM, other.record.id);
      expect((await store.releaseOperator(SYSTEM, other.record.id)).value.revokedAtMs).not.toBeNull();
    });
  });
}

async function statesOf(store: World['store'], ids: readonly KeyId[]): Promise<readonly string[]> {
  const keys = await Promise.all(ids.map((id) => store.getKey({ id })));
  return keys.map(({ disabledAtMs }) => (disabledAtMs === null ? 'active' : 'disabled'));
}
