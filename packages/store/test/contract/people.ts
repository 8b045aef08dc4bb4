import {
  createInvitationId,
  createPersonId,
  createPersonSessionId,
  type OperatorScope,
  type PersonRole,
} from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { describe, expect, test } from 'vitest';
import type { ConsoleSessionRecord, SecondFactor } from '../../src/people-records.ts';
import type { PersonContext } from '../../src/people-store.ts';
import { type OpenStore, openWorld, refusalOf, SYSTEM } from '../_util.ts';

const HOUR_MS = 3_600_000;
const ids = createSeededRandom(66);
const NO_CODE: SecondFactor = { kind: 'none' };

const newSession = () => ({ id: createPersonSessionId(ids, 0), userAgent: 'a browser' });
const newPerson = (email: string, role: PersonRole) => ({
  id: createPersonId(ids, 0),
  email,
  name: email,
  role,
});
const passwordOf = (passwordHash: string, second: SecondFactor = NO_CODE) => ({ passwordHash, second });

function asPerson(session: ConsoleSessionRecord | null): PersonContext {
  if (session === null) throw new Error('Nobody is logged in.');
  return { ...SYSTEM, actor: { kind: 'person', sessionId: session.id } };
}

/** A store with an owner, whose password's hash is "hash". */
async function openPeople(open: OpenStore) {
  const world = await openWorld(open);
  const { store, clock, root } = world;
  const person = newPerson('Owner@example.com', 'owner');
  const set = { person, passwordHash: 'hash', session: newSession() };
  const owner = asPerson(await store.setUpConsole(SYSTEM, set));

  async function invite(role: PersonRole, email = `a-${role}@example.com`, context = root) {
    const invited = newPerson(email, role);
    const invitation = { id: createInvitationId(ids, 0), expiresAtMs: clock.nowMs() + HOUR_MS };
    await store.invitePerson(context, invited, invitation);
    return { id: invited.id, invitation };
  }
  async function join(role: PersonRole, email?: string) {
    const { id, invitation } = await invite(role, email);
    const accepted = { id: invitation.id, name: role, passwordHash: 'hash', session: newSession() };
    return { id, context: asPerson(await store.acceptInvitation(SYSTEM, accepted)) };
  }
  const logIn = (id = person.id, second: SecondFactor = NO_CODE, passwordHash = 'hash') =>
    store.openConsoleSession(SYSTEM, { id, proof: passwordOf(passwordHash, second), session: newSession() });
  const isOpen = async (context: PersonContext) =>
    (await store.readConsoleSession(context.actor.sessionId)) !== null;
  return { ...world, ownerId: person.id, owner, invite, join, logIn, isOpen };
}

export function describePeople(open: OpenStore): void {
  describe('people and their sessions', () => {
    test('of many who set it up at once, one becomes the owner, and nobody does later', async () => {
      const { store } = await openWorld(open);
      expect(await store.hasPeople()).toBe(false);
      const setUps = Array.from({ length: 10 }, (_, i) =>
        store.setUpConsole(SYSTEM, {
          person: newPerson(`${i}@example.com`, 'owner'),
          passwordHash: 'hash',
          session: newSession(),
        }),
      );
      expect((await Promise.all(setUps)).filter((session) => session !== null)).toHaveLength(1);
      expect(await store.hasPeople()).toBe(true);
      expect((await store.listPeople({ limit: 10 })).data).toHaveLength(1);
    });

    test('an address is one person in any case, and is found in any case', async () => {
      const { store, invite, ownerId } = await openPeople(open);
      expect(await refusalOf(invite('operator', 'OWNER@EXAMPLE.COM'))).toBe('person_exists');
      expect(await store.findLogin({ email: 'owner@Example.com' })).toMatchObject({ id: ownerId });
      expect(await store.findLogin({ email: 'nobody@example.com' })).toBeNull();
    });

    test('an invitation works once, until it expires, is replaced, or its person is disabled', async () => {
      const { store, root, clock, invite } = await openPeople(open);
      const accept = (id: ReturnType<typeof createInvitationId>) =>
        store.acceptInvitation(SYSTEM, { id, name: 'x', passwordHash: 'hash', session: newSession() });
      const invited = await invite('operator');
      const later = { id: createInvitationId(ids, 0), expiresAtMs: clock.nowMs() + HOUR_MS };
      await store.renewInvitation(root, invited.id, later, false);
      expect(await accept(invited.invitation.id)).toBeNull();
      const results = await Promise.all([accept(later.id), accept(later.id)]);
      expect(results.filter((session) => session !== null)).toHaveLength(1);
      const [late, disabled] = [await invite('read_only'), await invite('read_only', 'd@example.com')];
      await store.patchPerson(root, disabled.id, { disabled: true });
      expect(await accept(disabled.invitation.id)).toBeNull();
      clock.advance(HOUR_MS);
      expect(await accept(late.invitation.id)).toBeNull();
    });

    test('following an invitation ends the sessions and the one-time codes of before', async () => {
      const { store, root, clock, owner, ownerId, isOpen } = await openPeople(open);
      await store.beginTotp(owner, 'SECRET');
      const on = { secret: 'SECRET', step: 1, recoveryDigests: ['a'], session: newSession() };
      const withCodes = asPerson(await store.confirmTotp(owner, on));
      const invitation = { id: createInvitationId(ids, 0), expiresAtMs: clock.nowMs() + HOUR_MS };
      await store.renewInvitation(root, ownerId, invitation, false);
      expect(await isOpen(withCodes)).toBe(true);
      const accepted = { id: invitation.id, name: 'Anew', passwordHash: 'new', session: newSession() };
      expect(await store.acceptInvitation(SYSTEM, accepted)).toMatchObject({
        person: { name: 'Anew', totpEnabled: false },
      });
      expect(await isOpen(withCodes)).toBe(false);
    });

    test('logging in takes the password that stands there now, and each one-time code once', async () => {
      const { store, owner, ownerId, logIn } = await openPeople(open);
      expect(await logIn(ownerId, NO_CODE, 'old hash')).toBeNull();
      expect(await logIn()).not.toBeNull();
      await store.beginTotp(owner, 'SECRET');
      const on = { secret: 'SECRET', step: 10, recoveryDigests: ['a', 'b'], session: newSession() };
      await store.confirmTotp(owner, on);
      expect(await logIn()).toBeNull();
      const code = (step: number, secret = 'SECRET') => ({ kind: 'totp', secret, step }) as const;
      for (const spent of [code(10), code(9), code(11, 'OTHER')]) {
        expect(await logIn(ownerId, spent)).toBeNull();
      }
      const racing = await Promise.all(Array.from({ length: 5 }, () => logIn(ownerId, code(11))));
      expect(racing.filter((session) => session !== null)).toHaveLength(1);
      const recovery = { kind: 'recovery', digest: 'a' } as const;
      expect(await logIn(ownerId, recovery)).not.toBeNull();
      expect(await logIn(ownerId, recovery)).toBeNull();
      expect(await logIn(ownerId, { kind: 'recovery', digest: 'b' })).not.toBeNull();
    });

    test('a session ends when nobody uses it, and at the latest after seven days', async () => {
      const { store, clock, owner, logIn, isOpen } = await openPeople(open);
      const used = asPerson(await logIn());
      for (let hours = 0; hours < 7 * 24; hours += 6) {
        expect(await isOpen(used)).toBe(true);
        expect(await isOpen(owner)).toBe(hours < 12);
        await store.touchConsoleSession(used.actor.sessionId);
        clock.advance(6 * HOUR_MS);
      }
      expect(await isOpen(used)).toBe(false);
    });

    test('proving it again makes a new session that ends no later, and the one before is over', async () => {
      const { store, clock, owner, isOpen } = await openPeople(open);
      const before = await store.readConsoleSession(owner.actor.sessionId);
      clock.advance(HOUR_MS);
      const renewal = { proof: passwordOf('hash'), session: newSession() };
      const renewed = await store.renewConsoleSession(owner, renewal);
      expect(renewed).toMatchObject({
        createdAtMs: before?.createdAtMs,
        authenticatedAtMs: (before?.authenticatedAtMs ?? 0) + HOUR_MS,
      });
      expect(await isOpen(owner)).toBe(false);
      expect(await refusalOf(store.renewConsoleSession(owner, renewal))).toBe('unauthenticated');
    });

    test('a new password, codes turned on and codes turned off end every other session at once', async () => {
      const { store, owner, logIn, isOpen } = await openPeople(open);
      const acts = [
        async (me: PersonContext) => {
          await store.beginTotp(me, 'SECRET');
          const on = { secret: 'SECRET', step: 1, recoveryDigests: [], session: newSession() };
          return await store.confirmTotp(me, on);
        },
        (me: PersonContext) => store.removeTotp(me, { proof: passwordOf('hash'), session: newSession() }),
        (me: PersonContext) =>
          store.changePassword(me, {
            proof: passwordOf('hash'),
            passwordHash: 'new',
            session: newSession(),
          }),
      ];
      let me = owner;
      for (const [i, act] of acts.entries()) {
        const second = { kind: 'totp', secret: 'SECRET', step: 5 + i } as const;
        const other = asPerson(await logIn(undefined, second));
        const [before, now] = [me, asPerson(await act(me))];
        expect([await isOpen(other), await isOpen(before), await isOpen(now)]).toEqual([false, false, true]);
        expect(await refusalOf(store.endConsoleSession(other))).toBe('unauthenticated');
        me = now;
      }
      expect(await logIn()).toBeNull();
    });

    test.each([
      ['owner', ['keys:write', 'organizations:write', 'portal:write', 'operators:write']],
      ['operator', ['keys:write', 'organizations:write', 'portal:write']],
      ['read_only', []],
    ] as const)(
      'a person with the role %s writes with the scopes of it and no other',
      async (role, scopes) => {
        const { store, clock, join, newKey, issue, newSecret } = await openPeople(open);
        const { context } = await join(role);
        const key = await issue();
        const acts: Partial<Record<OperatorScope, () => Promise<unknown>>> = {
          'keys:write': () => store.revokeKey(context, { id: key.id }, { reason: null }),
          'organizations:write': () => store.patchOrganization(context, 'acme', { name: 'x' }),
          'portal:write': () =>
            store.createPortalSession(context, {
              id: 'ps_of_a_person',
              keyspace: 'leads',
              organization: 'acme',
              expiresAtMs: clock.nowMs() + HOUR_MS,
              userName: null,
              returnUrl: null,
            }),
          'operators:write': () =>
            store.createOperator(
              context,
              {
                id: 'op_of_a_person',
                keyId: newKey().id,
                name: 'x',
                scopes: ['verify'],
                keyspaces: null,
                expiresAtMs: null,
                secret: newSecret(),
              },
              null,
            ),
        };
        for (const [scope, act] of Object.entries(acts)) {
          const isHeld = scopes.some((held) => held === scope);
          if (isHeld) await act();
          else expect(await refusalOf(act())).toBe('insufficient_scope');
        }
      },
    );

    test('who is logged out, demoted or disabled writes nothing from the moment that returned', async () => {
      const { store, root, issue, join, isOpen } = await openPeople(open);
      const key = await issue();
      const rename = (context: PersonContext) => store.patchKey(context, { id: key.id }, { name: 'x' });
      const [demoted, disabled, out] = [
        await join('operator', 'a@example.com'),
        await join('operator', 'b@example.com'),
        await join('operator', 'c@example.com'),
      ];
      await rename(demoted.context);
      await store.patchPerson(root, demoted.id, { role: 'read_only' });
      expect(await refusalOf(rename(demoted.context))).toBe('insufficient_scope');
      await store.patchPerson(root, disabled.id, { disabled: true });
      expect(await refusalOf(rename(disabled.context))).toBe('unauthenticated');
      expect(await store.endPersonSessions(root, out.id)).toBe(1);
      expect(await refusalOf(rename(out.context))).toBe('unauthenticated');
      await store.patchPerson(root, disabled.id, { disabled: false });
      expect(await isOpen(disabled.context)).toBe(false);
    });

    test('an owner who can log in always stays', async () => {
      const { store, root, owner, ownerId, invite, join } = await openPeople(open);
      await invite('owner', 'invited@example.com');
      for (const patch of [{ role: 'operator' }, { disabled: true }] as const) {
        expect(await refusalOf(store.patchPerson(root, ownerId, patch))).toBe('last_owner');
      }
      const other = await join('owner');
      const racing = await Promise.allSettled([
        store.patchPerson(owner, other.id, { role: 'operator' }),
        store.patchPerson(other.context, ownerId, { disabled: true }),
      ]);
      expect(racing.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    });

    test('nobody invites, changes or resets whose role has more than they hold themselves', async () => {
      const { store, clock, createOperator, ownerId, invite } = await openPeople(open);
      const { context } = await createOperator(['operators:write', 'keys:read']);
      const limited = await createOperator(['operators:write'], ['leads']);
      const invitation = { id: createInvitationId(ids, 0), expiresAtMs: clock.nowMs() + HOUR_MS };
      for (const act of [
        () => invite('read_only', 'x@example.com', context),
        () => store.patchPerson(context, ownerId, { name: 'x' }),
        () => store.renewInvitation(context, ownerId, invitation, false),
        () => store.endPersonSessions(context, ownerId),
      ]) {
        expect(await refusalOf(act())).toBe('grant_exceeds_own');
      }
      expect(await refusalOf(invite('read_only', 'x@example.com', limited.context))).toBe(
        'keyspace_not_permitted',
      );
    });

    test('a provider lets in whom it knows, by its own name for them before their address', async () => {
      const { store, root, ownerId } = await openPeople(open);
      const enter = (subject: string, email: string, role: PersonRole = 'read_only', followsRole = false) =>
        store.openProviderSession(SYSTEM, {
          identity: { issuer: 'https://id.example', subject },
          person: newPerson(email, role),
          followsRole,
          session: newSession(),
        });
      expect(await enter('1', 'owner@example.com')).toMatchObject({ person: { id: ownerId, role: 'owner' } });
      expect(await enter('2', 'owner@example.com')).toBeNull();
      const made = await enter('3', 'new@example.com', 'operator');
      expect(made).toMatchObject({ person: { role: 'operator', hasPassword: false, state: 'active' } });
      expect(await enter('3', 'renamed@example.com')).toMatchObject({ person: { id: made?.person.id } });
      expect(await enter('3', 'new@example.com', 'read_only', true)).toMatchObject({
        person: { role: 'read_only' },
      });
      await store.patchPerson(root, made?.person.id ?? 'person_none', { disabled: true });
      expect(await enter('3', 'new@example.com')).toBeNull();
    });

    test('attempts wait longer and longer, counted before they are made, and are forgotten', async () => {
      const { store, clock } = await openPeople(open);
      const attempt = { account: 'one', address: 'here' };
      const admit = () => store.admitLogin(attempt);
      const atOnce = await Promise.all(Array.from({ length: 20 }, admit));
      expect(atOnce.filter((waitMs) => waitMs === 0)).toHaveLength(5);
      const waits: number[] = [];
      for (let i = 0; i < 12; i++) {
        waits.push(await admit());
        clock.advance(waits.at(-1) ?? 0);
        expect(await admit()).toBe(0);
      }
      expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
      expect(waits.at(-1)).toBe(15 * 60_000);
      expect(await store.admitLogin({ account: 'one elsewhere', address: 'elsewhere' })).toBe(0);
      expect(await admit()).toBeGreaterThan(0);
      await store.forgiveLogin(attempt);
      expect(await admit()).toBe(0);
    });

    test('one address that tries many accounts waits too, and not for those that were right', async () => {
      const { store } = await openPeople(open);
      const attempts = Array.from({ length: 40 }, (_, i) => ({ account: `${i}`, address: 'here' }));
      for (const attempt of attempts) {
        expect(await store.admitLogin(attempt)).toBe(0);
        await store.forgiveLogin(attempt);
      }
      const waits = await Promise.all(attempts.map((attempt) => store.admitLogin(attempt)));
      expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(30);
    });

    test('a restore that nothing vouches for lets nobody in until they are reset', async () => {
      const { store, clock, owner, ownerId, isOpen, logIn, quarantine } = await openPeople(open);
      await quarantine();
      expect(await isOpen(owner)).toBe(false);
      expect(await logIn()).toBeNull();
      const invitation = { id: createInvitationId(ids, 0), expiresAtMs: clock.nowMs() + HOUR_MS };
      await store.renewInvitation(SYSTEM, ownerId, invitation, true);
      const accepted = { id: invitation.id, name: 'x', passwordHash: 'new', session: newSession() };
      expect(await store.acceptInvitation(SYSTEM, accepted)).not.toBeNull();
    });

    test('who did what to whom is in the audit log, and nothing that lets anybody in', async () => {
      const { store, root, owner, ownerId, join } = await openPeople(open);
      const { id } = await join('operator');
      await store.patchPerson(owner, id, { role: 'read_only' });
      await store.noteRefusedLogin(SYSTEM, ownerId);
      await store.endConsoleSession(owner);
      const { data } = await store.listAuditEvents({ limit: 6 });
      expect(data.map(({ action, actor, subject }) => [action, actor.kind, subject.id])).toEqual([
        ['person.log_out', 'person', ownerId],
        ['person.log_in_refused', 'system', ownerId],
        ['person.update', 'person', id],
        ['person.accept_invitation', 'person', id],
        ['person.invite', 'operator', id],
        ['person.set_up', 'person', ownerId],
      ]);
      expect(data[2]).toMatchObject({ actor: { name: 'Owner@example.com' }, subject: { name: 'operator' } });
      expect(root.actor.kind).toBe('operator');
      expect(JSON.stringify(data)).not.toMatch(/hash|inv_|cs_/);
    });
  });
}
