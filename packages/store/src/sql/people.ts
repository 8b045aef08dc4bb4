import { KeyholdError, type PersonRole, scopesOfRole } from '@keyhold/core';
import type { ConsoleSessionRecord, NewPerson, PersonWithSessions } from '../people-records.ts';
import type { PeopleStore } from '../people-store.ts';
import type { MutationContext } from '../records.ts';
import { type AuditActor, authorize, requireUnlimited } from './authorize.ts';
import { endSessions, insertSession, noteLogin, replaceSessions, WITHOUT_TOTP } from './console-sessions.ts';
import { writeAudit } from './mutation.ts';
import { updatePerson } from './person-proof.ts';
import {
  canLogIn,
  findPersonByEmail,
  hasPeople,
  type PersonRow,
  readPersonWithSessions,
  requirePerson,
  toEmailKey,
} from './person-rows.ts';
import type { Transaction } from './transaction.ts';

type Arguments<Method extends keyof PeopleStore> = Parameters<PeopleStore[Method]>;

const REQUIREMENT = { scope: 'operators:write', keyspace: null, selfService: false } as const;

/** See {@link PeopleStore.setUpConsole}. */
export async function setUpConsole(
  tx: Transaction,
  ...[context, { person, passwordHash, session }]: Arguments<'setUpConsole'>
): Promise<ConsoleSessionRecord | null> {
  const actor = await authorize(tx, context, { ...REQUIREMENT, scope: null });
  if (await hasPeople(tx)) return null;
  const row = await insertPerson(tx, actor, person);
  await updatePerson(tx, row, { password_hash: passwordHash });
  await noteLogin(tx, context, row, 'person.set_up');
  return await insertSession(tx, context, row, session);
}

/** See {@link PeopleStore.openProviderSession}. */
export async function openProviderSession(
  tx: Transaction,
  ...[context, { identity, person, followsRole, session }]: Arguments<'openProviderSession'>
): Promise<ConsoleSessionRecord | null> {
  const actor = await authorize(tx, context, { ...REQUIREMENT, scope: null });
  const known =
    (await findByIdentity(tx, identity)) ??
    (await findPersonByEmail(tx, person.email)) ??
    (await insertPerson(tx, actor, person));
  const isSomebodyElse = known.provider_subject !== null && known.provider_subject !== identity.subject;
  if (known.disabled_at_ms !== null || isSomebodyElse) return null;
  await updatePerson(tx, known, {
    provider_issuer: identity.issuer,
    provider_subject: identity.subject,
    ...(followsRole && { role: person.role }),
  });
  await noteLogin(tx, context, known, 'person.log_in');
  return await insertSession(tx, context, known, session);
}

/** See {@link PeopleStore.acceptInvitation}. */
export async function acceptInvitation(
  tx: Transaction,
  ...[context, { id, name, passwordHash, session }]: Arguments<'acceptInvitation'>
): Promise<ConsoleSessionRecord | null> {
  await authorize(tx, context, { ...REQUIREMENT, scope: null });
  const row = await tx.db
    .selectFrom('person')
    .selectAll()
    .where('invitation_id', '=', id)
    .where('invitation_expires_at_ms', '>', tx.nowMs)
    .where('disabled_at_ms', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return null;
  await updatePerson(tx, row, {
    ...WITHOUT_TOTP,
    name,
    password_hash: passwordHash,
    invitation_id: null,
    invitation_expires_at_ms: null,
    last_login_at_ms: tx.nowMs,
  });
  return await replaceSessions(tx, context, row, session, 'person.accept_invitation');
}

/** See {@link PeopleStore.invitePerson}. */
export async function invitePerson(
  tx: Transaction,
  ...[context, person, invitation]: Arguments<'invitePerson'>
): Promise<PersonWithSessions> {
  const actor = await authorize(tx, context, REQUIREMENT);
  requireWithinOwn(actor, [person.role]);
  if ((await findPersonByEmail(tx, person.email)) !== undefined) {
    throw new KeyholdError('person_exists', `There is a person with the address ${person.email} already.`);
  }
  const row = await insertPerson(tx, actor, person);
  await updatePerson(tx, row, {
    invitation_id: invitation.id,
    invitation_expires_at_ms: invitation.expiresAtMs,
  });
  const { email, role } = person;
  return await finish(tx, context, actor, row, { action: 'person.invite', details: { email, role } });
}

/** See {@link PeopleStore.renewInvitation}. */
export async function renewInvitation(
  tx: Transaction,
  ...[context, id, invitation, enable]: Arguments<'renewInvitation'>
): Promise<PersonWithSessions> {
  const actor = await authorize(tx, context, REQUIREMENT);
  const row = await requirePerson(tx, id);
  requireWithinOwn(actor, [row.role]);
  await updatePerson(tx, row, {
    invitation_id: invitation.id,
    invitation_expires_at_ms: invitation.expiresAtMs,
    ...(enable && { disabled_at_ms: null }),
  });
  return await finish(tx, context, actor, row, { action: 'person.invite', details: { email: row.email } });
}

/** See {@link PeopleStore.patchPerson}. */
export async function patchPerson(
  tx: Transaction,
  ...[context, id, { name, role, disabled }]: Arguments<'patchPerson'>
): Promise<PersonWithSessions> {
  const actor = await authorize(tx, context, REQUIREMENT);
  const row = await requirePerson(tx, id);
  requireWithinOwn(actor, [row.role, role ?? row.role]);
  const isDisabled = disabled ?? row.disabled_at_ms !== null;
  if ((role ?? row.role) !== 'owner' || isDisabled) await requireOtherOwner(tx, row);
  await updatePerson(tx, row, {
    ...(name !== undefined && { name }),
    ...(role !== undefined && { role }),
    ...(disabled === false && { disabled_at_ms: null }),
    ...(disabled === true && {
      disabled_at_ms: row.disabled_at_ms ?? tx.nowMs,
      invitation_id: null,
      invitation_expires_at_ms: null,
    }),
  });
  if (isDisabled) await endSessions(tx, row);
  const details = {
    ...(name !== undefined && { name }),
    ...(role !== undefined && { role }),
    ...(disabled !== undefined && { disabled }),
  };
  return await finish(tx, context, actor, row, { action: 'person.update', details });
}

/** See {@link PeopleStore.endPersonSessions}. */
export async function endPersonSessions(
  tx: Transaction,
  ...[context, id]: Arguments<'endPersonSessions'>
): Promise<number> {
  const actor = await authorize(tx, context, REQUIREMENT);
  const row = await requirePerson(tx, id);
  requireWithinOwn(actor, [row.role]);
  const ended = await endSessions(tx, row);
  await finish(tx, context, actor, row, { action: 'person.end_sessions', details: { ended } });
  return ended;
}

async function insertPerson(tx: Transaction, actor: AuditActor, person: NewPerson): Promise<PersonRow> {
  const { id, email, name, role } = person;
  await tx.db
    .insertInto('person')
    .values({
      id,
      email,
      email_key: toEmailKey(email),
      name,
      role,
      recovery_digests: '[]',
      created_at_ms: tx.nowMs,
      created_by: actor.id,
    })
    .execute();
  return await requirePerson(tx, id);
}

async function findByIdentity(
  tx: Transaction,
  { issuer, subject }: { readonly issuer: string; readonly subject: string },
): Promise<PersonRow | undefined> {
  return await tx.db
    .selectFrom('person')
    .selectAll()
    .where('provider_issuer', '=', issuer)
    .where('provider_subject', '=', subject)
    .executeTakeFirst();
}

/**
 * Whoever may act on a person could act as them, by a link that sets their password: they must hold what the person's
 * role opens, in every keyspace.
 *
 * @throws {KeyholdError} `grant_exceeds_own`, `keyspace_not_permitted`.
 */
function requireWithinOwn({ scopes, ...actor }: AuditActor, roles: readonly PersonRole[]): void {
  requireUnlimited({ ...actor, scopes });
  const wanted = roles.flatMap(scopesOfRole).find((scope) => scopes !== null && !scopes.includes(scope));
  if (wanted === undefined) return;
  throw new KeyholdError(
    'grant_exceeds_own',
    `You do not hold the scope "${wanted}", which the role has. Ask someone who holds it.`,
  );
}

/** @throws {KeyholdError} `last_owner`. */
async function requireOtherOwner(tx: Transaction, row: PersonRow): Promise<void> {
  if (row.role !== 'owner' || !canLogIn(row)) return;
  const owners = await tx.db.selectFrom('person').selectAll().where('role', '=', 'owner').execute();
  if (owners.some((other) => other.position !== row.position && canLogIn(other))) return;
  throw new KeyholdError('last_owner', 'No other owner can log in. Make somebody else an owner first.');
}

async function finish(
  tx: Transaction,
  context: MutationContext,
  actor: AuditActor,
  { id }: PersonRow,
  event: {
    readonly action: `person.${'invite' | 'update' | 'end_sessions'}`;
    readonly details: Parameters<typeof writeAudit>[3][number]['details'];
  },
): Promise<PersonWithSessions> {
  const subject = { kind: 'person', id };
  await writeAudit(tx, context, actor, [{ ...event, subject, keyspace: null, organization: null }]);
  return await readPersonWithSessions(tx, id);
}
