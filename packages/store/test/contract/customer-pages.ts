import { createPortalSessionId, type PortalSessionId } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { describe, expect, test } from 'vitest';
import type { MutationContext } from '../../src/records.ts';
import { byNumber, type OpenStore, openWorld, refusalOf, SYSTEM } from '../_util.ts';

const DAY_MS = 86_400_000;
const MAX_AGE_MS = 10_000;
const ids = createSeededRandom(61);

type SessionContext = MutationContext & { readonly actor: { readonly kind: 'portal_session' } };

function asSession(context: MutationContext): SessionContext & { actor: { id: PortalSessionId } } {
  if (context.actor.kind !== 'portal_session') throw new Error('It is no session.');
  return { ...context, actor: context.actor };
}

function opened() {
  return { id: createPortalSessionId(ids, 0), maxAgeMs: MAX_AGE_MS };
}

export function describeCustomerPages(open: OpenStore): void {
  describe('what customers do on their page', () => {
    test('of many who exchange the code of one link, one gets a session, as long as the link’s', async () => {
      const { store, createSession } = await openWorld(open);
      const link = asSession(await createSession('leads', 'acme', 60_000));
      const results = await Promise.all(
        Array.from({ length: 20 }, () => store.openPortalSession(link, opened())),
      );
      const [won, ...others] = results.filter((record) => record !== null);
      expect(others).toEqual([]);
      expect(await store.readPortalSession(won?.id ?? 'ps_none')).toEqual(won);
      const { id: _a, createdAtMs: _b, ...same } = (await store.readPortalSession(link.actor.id)) ?? {};
      expect(won).toMatchObject(same);
    });

    test('a link that is old, or whose session has ended or expired, opens nothing', async () => {
      const { store, clock, createSession } = await openWorld(open);
      const old = asSession(await createSession('leads', 'acme', 60_000));
      const short = asSession(await createSession('leads', 'acme', 5_000));
      const ended = asSession(await createSession('leads', 'acme', 60_000));
      await store.endPortalSession(ended);
      expect(await store.openPortalSession(ended, opened())).toBeNull();
      clock.advance(5_000);
      expect(await store.openPortalSession(short, opened())).toBeNull();
      clock.advance(MAX_AGE_MS - 5_000);
      expect(await store.openPortalSession(old, opened())).toBeNull();
    });

    test('a session that was ended is no more, and can neither write nor end again', async () => {
      const { store, issue, createSession } = await openWorld(open);
      const session = asSession(await createSession('leads', 'acme'));
      await store.endPortalSession(session);
      expect(await store.readPortalSession(session.actor.id)).toBeNull();
      expect(await refusalOf(issue({ keyspace: 'leads' }, session))).toBe('unauthenticated');
      expect(await refusalOf(store.endPortalSession(session))).toBe('unauthenticated');
    });

    test('a key tells the person whom the host named, also when the session is long gone', async () => {
      const { store, root, clock, issue } = await openWorld(open);
      const id = createPortalSessionId(ids, 0);
      await store.createPortalSession(root, {
        id,
        keyspace: 'leads',
        organization: 'acme',
        expiresAtMs: clock.nowMs() + 1_000,
        userName: 'Sam Ortiz',
        returnUrl: 'https://leads.example/settings',
      });
      const session: MutationContext = { ...root, actor: { kind: 'portal_session', id } };
      const key = await issue({ keyspace: 'leads' }, session);
      clock.advance(90 * DAY_MS);
      expect(await store.getKey({ id: key.id })).toMatchObject({ createdBy: id, createdByName: 'Sam Ortiz' });
    });

    test('a customer enables what a customer disabled, and nothing that an operator did', async () => {
      const { store, root, rootOperator, issue, createSession, quarantine } = await openWorld(open);
      const session = await createSession('leads', 'acme');
      const key = byNumber(await issue({ keyspace: 'leads' }));
      expect((await store.disableKey(session, key)).value.disabledByCustomer).toBe(true);
      expect((await store.enableKey(session, key)).value.disabledAtMs).toBeNull();

      expect((await store.disableKey(root, key)).value.disabledByCustomer).toBe(false);
      await store.disableKey(session, key);
      expect(await refusalOf(store.enableKey(session, key))).toBe('insufficient_scope');

      await store.enableKey(root, key);
      await store.disableKey(session, key);
      await store.disableKey(root, key);
      expect(await refusalOf(store.enableKey(session, key))).toBe('insufficient_scope');

      await store.enableKey(root, key);
      await quarantine();
      await store.releaseOperator(SYSTEM, rootOperator.id);
      const later = await createSession('leads', 'acme');
      expect(await refusalOf(store.enableKey(later, key))).toBe('insufficient_scope');
    });

    test('a customer renames a key, and changes nothing else of it', async () => {
      const { store, issue, createSession, clock } = await openWorld(open);
      const session = await createSession('leads', 'acme');
      const key = byNumber(await issue({ keyspace: 'leads' }));
      expect((await store.patchKey(session, key, { name: 'CRM' })).value.name).toBe('CRM');
      for (const patch of [
        { expiresAtMs: clock.nowMs() + DAY_MS },
        { name: 'x', scopes: ['send'] },
        { allowedCidrs: ['192.0.2.0/24'] },
        { metadata: { a: 1 } },
      ]) {
        expect(await refusalOf(store.patchKey(session, key, patch))).toBe('insufficient_scope');
      }
    });

    test('usage by day is of the organization’s own keys in the range, all nodes and hours of a day added up', async () => {
      const { store, issue } = await openWorld(open);
      const own = await issue({ keyspace: 'leads' });
      const foreign = await issue({ keyspace: 'leads', organization: 'globex' });
      const count = (keyId: typeof own.id, hourMs: number, outcome: 'accepted' | 'denied', n: number) =>
        ({ keyId, hourMs, outcome, count: n }) as const;
      const usage = [
        count(own.id, 0, 'accepted', 1),
        count(own.id, 23 * 3_600_000, 'accepted', 2),
        count(own.id, DAY_MS, 'denied', 4),
        count(own.id, 2 * DAY_MS, 'accepted', 8),
        count(foreign.id, 0, 'accepted', 16),
      ];
      await store.flushUsage({ node: 'a', usage, lastUsed: [] });
      await store.flushUsage({ node: 'b', usage: usage.slice(0, 1), lastUsed: [] });
      const query = { keyspace: 'leads', organization: 'acme', fromDay: 0, toDay: 2 };
      expect(await store.listDailyUsage({ ...query, numbers: [own.number, foreign.number, 999] })).toEqual([
        { number: own.number, day: 0, outcome: 'accepted', count: 4 },
        { number: own.number, day: 1, outcome: 'denied', count: 4 },
      ]);
      expect(await store.listDailyUsage({ ...query, numbers: [] })).toEqual([]);
    });

    test('asking for a key of somebody else is in the audit log, asking for one that nobody has is not', async () => {
      const { store, issue, createSession } = await openWorld(open);
      const session = await createSession('leads', 'acme');
      const own = await issue({ keyspace: 'leads' });
      const foreign = await issue({ keyspace: 'leads', organization: 'globex' });
      for (const number of [own.number, foreign.number, 999]) {
        await store.noteForeignKey(session, { keyspace: 'leads', organization: 'acme', number });
      }
      const { data } = await store.listAuditEvents({ limit: 10, action: 'key.foreign_access' });
      expect(data).toMatchObject([
        { subject: { kind: 'key', id: foreign.id }, organization: 'acme', details: { owner: 'globex' } },
      ]);
    });
  });
}
