import { describe, expect, test } from 'vitest';
import { keysAt, type OpenStore, openWorld, refusalOf, SYSTEM } from '../_util.ts';
import type { World } from '../_world.ts';

const HELD: { readonly keyspace: string } = { keyspace: 'leads' };

/** A key that waits for its link to be claimed. */
async function issueByLink({ store, root, newKey, newClaimLink }: World) {
  const [key, link] = [newKey(HELD), newClaimLink()];
  const { value, seq } = await store.issueKey(root, key, null, link);
  return { record: value, seq, link, digest: key.secret.digest };
}

export function describeClaimLinks(open: OpenStore): void {
  describe('claim links', () => {
    test('verification accepts the secret when the link is claimed, and the sealed text is gone then', async () => {
      const world = await openWorld(open);
      const { store } = world;
      const { record, seq, link, digest } = await issueByLink(world);
      expect(record.claimUntilMs).toBe(link.expiresAtMs);
      expect(await keysAt(store, seq)).toMatchObject([{ secrets: [{ digest, notAfterMs: 0 }] }]);
      expect(await store.readClaimLink(link.id)).toMatchObject({
        sealedKey: 'sealed',
        key: { id: record.id },
      });

      const claimed = await store.claimKey({ ...SYSTEM, sourceAddress: '192.0.2.7' }, link.id);
      expect(claimed.value).toMatchObject({ id: record.id, claimUntilMs: null, seq: claimed.seq });
      expect(await keysAt(store, claimed.seq)).toMatchObject([{ secrets: [{ digest, notAfterMs: null }] }]);
      expect(await store.listClaimLinks(record.id)).toMatchObject([
        { id: link.id, sealedKey: null, claimedAtMs: world.clock.nowMs(), claimedFrom: '192.0.2.7' },
      ]);
    });

    test('of many claims of one link one succeeds', async () => {
      const world = await openWorld(open);
      const { link } = await issueByLink(world);
      const claims = Array.from({ length: 20 }, () => world.store.claimKey(SYSTEM, link.id));
      const outcomes = await Promise.allSettled(claims);
      const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
      expect(refused).toEqual(Array.from({ length: 19 }, () => 'claim_link_used'));
    });

    test('a key that waits for its claim counts for the cap, and no more once its link has expired', async () => {
      const world = await openWorld(open);
      const { store, clock, issue } = world;
      const waiting = await issueByLink(world);
      for (let i = 1; i < 10; i++) await issue(HELD);
      expect(await refusalOf(issue(HELD))).toBe('active_key_limit_reached');
      clock.advance(60_000);
      expect(await refusalOf(store.claimKey(SYSTEM, waiting.link.id))).toBe('claim_link_ended');
      expect((await store.expireClaimLinks(SYSTEM, 10)).value).toEqual({ expiredCount: 1 });
      expect((await store.expireClaimLinks(SYSTEM, 10)).value).toEqual({ expiredCount: 0 });
      expect(await store.getKey({ id: waiting.record.id })).toMatchObject({
        revokedAtMs: clock.nowMs(),
        claimUntilMs: null,
      });
      await issue(HELD);
    });

    test('recycling by a link ends the secret before at once, and its own link when it is recycled again', async () => {
      const world = await openWorld(open);
      const { store, root, clock, issue, newSecret, newClaimLink } = world;
      const key = await issue();
      const recycle = (claimLink: ReturnType<typeof newClaimLink> | null) =>
        store.recycleKey(
          root,
          { id: key.id },
          { secret: newSecret(), graceMs: 0, expectedGeneration: null, claimLink },
        );
      const first = newClaimLink();
      const { seq } = await recycle(first);
      const [changed] = await keysAt(store, seq);
      expect(changed?.secrets).toMatchObject([
        { generation: 1, notAfterMs: clock.nowMs() },
        { generation: 2, notAfterMs: 0 },
      ]);

      await recycle(newClaimLink());
      expect(await refusalOf(store.claimKey(SYSTEM, first.id))).toBe('claim_link_ended');
      await recycle(null);
      expect(await store.getKey({ id: key.id })).toMatchObject({ generation: 4, claimUntilMs: null });
    });

    test.each(['revoke', 'bulk revoke', 'restore'] as const)(
      'after a %s the link opens nothing',
      async (how) => {
        const world = await openWorld(open);
        const { store, root } = world;
        const { record, link } = await issueByLink(world);
        if (how === 'revoke') await store.revokeKey(root, { id: record.id }, { reason: null });
        if (how === 'bulk revoke') {
          await store.revokeOrganizationKeys(root, 'acme', { keyspace: null, reason: null });
        }
        if (how === 'restore') await store.completeRestore(SYSTEM, { vouched: true, details: {} });
        expect(await refusalOf(store.claimKey(SYSTEM, link.id))).toBe('claim_link_ended');
      },
    );

    test('a second attempt is in the audit log with the offer to recycle', async () => {
      const world = await openWorld(open);
      const { store } = world;
      const { record, link } = await issueByLink(world);
      await store.claimKey({ ...SYSTEM, sourceAddress: '192.0.2.7' }, link.id);
      await store.refuseClaim({ ...SYSTEM, sourceAddress: '203.0.113.9' }, link.id, 'already_claimed');
      const { data } = await store.listAuditEvents({ limit: 10, action: 'key.claim_refused' });
      expect(data).toMatchObject([
        {
          subject: { kind: 'key', id: record.id },
          sourceAddress: '203.0.113.9',
          details: { cause: 'already_claimed', claimed_from: '192.0.2.7', offer: 'recycle' },
        },
      ]);
    });

    test('a second attempt stands beside the key and its link until the key is recycled, a wrong passphrase does not', async () => {
      const world = await openWorld(open);
      const { store, clock, root, newSecret } = world;
      const { record, link } = await issueByLink(world);
      const selector = { id: record.id };
      await store.refuseClaim(SYSTEM, link.id, 'wrong_passphrase');
      await store.claimKey(SYSTEM, link.id);
      expect(await store.getKey(selector)).toMatchObject({ linkTriedAgainAtMs: null });
      clock.advance(1_000);
      const stranger = { ...SYSTEM, sourceAddress: '203.0.113.9' };
      await store.refuseClaim(stranger, link.id, 'already_claimed');
      const triedAgainAtMs = clock.nowMs();
      expect(await store.getKey(selector)).toMatchObject({ linkTriedAgainAtMs: triedAgainAtMs });
      const noted = { triedAgainAtMs, triedAgainFrom: '203.0.113.9' };
      expect(await store.listClaimLinks(record.id)).toMatchObject([noted]);
      const recycling = { secret: newSecret(), graceMs: 0, expectedGeneration: 1 };
      await store.recycleKey(root, selector, recycling);
      expect(await store.getKey(selector)).toMatchObject({ linkTriedAgainAtMs: null });
      expect(await store.listClaimLinks(record.id)).toMatchObject([noted]);
    });

    test('the tenth wrong passphrase revokes the key, and none before', async () => {
      const world = await openWorld(open);
      const { store } = world;
      const { record, link } = await issueByLink(world);
      for (let i = 1; i < 10; i++) await store.refuseClaim(SYSTEM, link.id, 'wrong_passphrase');
      expect((await store.readClaimLink(link.id))?.key.revokedAtMs).toBeNull();
      await store.refuseClaim(SYSTEM, link.id, 'wrong_passphrase');
      expect((await store.getKey({ id: record.id })).revokedAtMs).not.toBeNull();
      expect(await refusalOf(store.claimKey(SYSTEM, link.id))).toBe('claim_link_ended');
    });

    test('only the process itself claims, and only links that there are', async () => {
      const world = await openWorld(open);
      const { store, root } = world;
      const { link } = await issueByLink(world);
      expect(await refusalOf(store.claimKey(root, link.id))).toBe('insufficient_scope');
      expect(await refusalOf(store.claimKey(SYSTEM, 'clm_none'))).toBe('claim_link_not_found');
      expect(await store.readClaimLink('clm_none')).toBeNull();
      expect(await refusalOf(store.listClaimLinks('key_none'))).toBe('key_not_found');
    });
  });
}
