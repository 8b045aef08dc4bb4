import { describe, expect, test } from 'vitest';
import { digestOf, headOf, type OpenStore, openWorld, refusalOf, refusalsOf } from '../_util.ts';

const ONCE = { key: 'once', requestDigest: digestOf('body') };
const DAY_MS = 24 * 60 * 60 * 1000;

export function describeIdempotency(open: OpenStore): void {
  describe('idempotency', () => {
    test('a repeat answers as the first did and writes nothing', async () => {
      const { store, root, newKey } = await openWorld(open);
      const first = await store.issueKey(root, newKey(), ONCE);
      await store.revokeKey(root, { id: first.value.id }, { reason: null });
      const head = await headOf(store);
      expect(await store.issueKey(root, newKey(), ONCE)).toEqual({ ...first, replayed: true });
      expect(await headOf(store)).toBe(head);
    });

    test('of twenty repeats at the same time one creates', async () => {
      const { store, root, newKey } = await openWorld(open);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => store.issueKey(root, newKey(), ONCE)),
      );
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
      expect(new Set(answers.map(({ value }) => value.id)).size).toBe(1);
      expect((await store.listKeys({ limit: 10 })).data).toHaveLength(1);
    });

    test('the same key with another request is refused', async () => {
      const { store, root, newKey } = await openWorld(open);
      await store.issueKey(root, newKey(), ONCE);
      const other = { key: 'once', requestDigest: digestOf('another body') };
      const calls = [
        store.issueKey(root, newKey(), other),
        store.createOrganization(
          root,
          { id: 'o', name: 'o', features: [], tags: [], suspended: false },
          other,
        ),
      ];
      expect(new Set(await refusalsOf(calls))).toEqual(new Set(['idempotency_key_reused']));
    });

    test('two actors never meet in one key', async () => {
      const { store, root, newKey, createOperator } = await openWorld(open);
      const { context } = await createOperator(['keys:write']);
      const one = await store.issueKey(root, newKey(), ONCE);
      const two = await store.issueKey(context, newKey(), { ...ONCE, requestDigest: digestOf('other') });
      expect(two.replayed).toBe(false);
      expect(two.value.id).not.toBe(one.value.id);
    });

    test('a refused create leaves the key free', async () => {
      const { store, root, newKey } = await openWorld(open);
      const call = store.issueKey(root, newKey({ organization: 'nobody' }), ONCE);
      expect(await refusalOf(call)).toBe('organization_not_found');
      expect((await store.issueKey(root, newKey(), ONCE)).replayed).toBe(false);
    });

    test('an actor that is no longer good gets no answer either', async () => {
      const { store, root, newKey, createOperator } = await openWorld(open);
      const { record, context } = await createOperator(['keys:write']);
      await store.issueKey(context, newKey(), ONCE);
      await store.revokeOperator(root, record.id);
      expect(await refusalOf(store.issueKey(context, newKey(), ONCE))).toBe('unauthenticated');
    });

    test('a key is remembered for a day', async () => {
      const { store, root, clock, newKey } = await openWorld(open);
      await store.issueKey(root, newKey(), ONCE);
      clock.advance(DAY_MS - 1);
      expect((await store.issueKey(root, newKey(), ONCE)).replayed).toBe(true);
      clock.advance(1);
      expect((await store.issueKey(root, newKey(), ONCE)).replayed).toBe(false);
    });

    test('organizations and operators repeat likewise', async () => {
      const { store, root, newSecret } = await openWorld(open);
      const organization = { id: 'o', name: 'o', features: [], tags: [], suspended: false };
      const first = await store.createOrganization(root, organization, ONCE);
      expect(await store.createOrganization(root, organization, ONCE)).toEqual({ ...first, replayed: true });
      const operator = (n: number) =>
        ({
          id: `op_${n}`,
          keyId: `key_${n}`,
          name: 'o',
          scopes: ['verify'],
          keyspaces: null,
          expiresAtMs: null,
          secret: newSecret(),
        }) as const;
      const twice = { key: 'twice', requestDigest: digestOf('operator') };
      const created = await store.createOperator(root, operator(1), twice);
      expect(await store.createOperator(root, operator(2), twice)).toEqual({ ...created, replayed: true });
    });
  });
}
