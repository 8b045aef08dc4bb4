import type { ConsoleSessionRecord, NewPersonSession } from '../people-records.ts';
import type { PeopleStore, PersonContext } from '../people-store.ts';
import type { MutationContext } from '../records.ts';
import { unauthenticated } from './authorize.ts';
import { writeAudit } from './mutation.ts';
import { takeProof, updatePerson } from './person-proof.ts';
import { findConsoleSession, type PersonRow, requirePerson, SESSION_MAX_AGE_MS } from './person-rows.ts';
import type { Transaction } from './transaction.ts';

type Arguments<Method extends keyof PeopleStore> = Parameters<PeopleStore[Method]>;

/** What a person did about themselves, for the audit log. */
export type PersonAction = `person.${
  | 'set_up'
  | 'log_in'
  | 'log_in_refused'
  | 'log_out'
  | 'accept_invitation'
  | 'reauthenticate'
  | 'change_password'
  | 'turn_totp_on'
  | 'turn_totp_off'}`;

/** See {@link PeopleStore.openConsoleSession}. */
export async function openConsoleSession(
  tx: Transaction,
  ...[context, { id, proof, session }]: Arguments<'openConsoleSession'>
): Promise<ConsoleSessionRecord | null> {
  const person = await requirePerson(tx, id);
  if (person.disabled_at_ms !== null || !(await takeProof(tx, person, proof))) return null;
  await noteLogin(tx, context, person, 'person.log_in');
  return await insertSession(tx, context, person, session);
}

/** See {@link PeopleStore.noteRefusedLogin}. */
export async function noteRefusedLogin(
  tx: Transaction,
  ...[context, id]: Arguments<'noteRefusedLogin'>
): Promise<void> {
  await writePersonAudit(tx, context, await requirePerson(tx, id), 'person.log_in_refused');
}

/** See {@link PeopleStore.touchConsoleSession}. */
export async function touchConsoleSession(
  tx: Transaction,
  ...[id]: Arguments<'touchConsoleSession'>
): Promise<void> {
  await tx.db
    .updateTable('person_session')
    .set({ last_seen_at_ms: tx.nowMs })
    .where('id', '=', id)
    .where('last_seen_at_ms', '<', tx.nowMs)
    .execute();
}

/** See {@link PeopleStore.endConsoleSession}. */
export async function endConsoleSession(
  tx: Transaction,
  ...[context]: Arguments<'endConsoleSession'>
): Promise<void> {
  const { person } = await requireActing(tx, context);
  await tx.db.deleteFrom('person_session').where('id', '=', context.actor.sessionId).execute();
  await writePersonAudit(tx, context, person, 'person.log_out');
}

/** See {@link PeopleStore.renewConsoleSession}. */
export async function renewConsoleSession(
  tx: Transaction,
  ...[context, { proof, session }]: Arguments<'renewConsoleSession'>
): Promise<ConsoleSessionRecord | null> {
  const acting = await requireActing(tx, context);
  if (!(await takeProof(tx, acting.person, proof))) return null;
  await writePersonAudit(tx, context, acting.person, 'person.reauthenticate');
  await tx.db.deleteFrom('person_session').where('id', '=', context.actor.sessionId).execute();
  return await insertSession(tx, context, acting.person, session, acting.createdAtMs);
}

/** See {@link PeopleStore.changePassword}. */
export async function changePassword(
  tx: Transaction,
  ...[context, { proof, passwordHash, session }]: Arguments<'changePassword'>
): Promise<ConsoleSessionRecord | null> {
  const { person } = await requireActing(tx, context);
  if (person.password_hash !== proof.passwordHash) return null;
  await updatePerson(tx, person, { password_hash: passwordHash });
  return await replaceSessions(tx, context, person, session, 'person.change_password');
}

/** See {@link PeopleStore.beginTotp}. Nothing that the audit log has to know: it opens and closes nothing. */
export async function beginTotp(
  tx: Transaction,
  ...[context, secret]: Arguments<'beginTotp'>
): Promise<void> {
  const { person } = await requireActing(tx, context);
  await updatePerson(tx, person, { totp_pending_secret: secret });
}

/** See {@link PeopleStore.confirmTotp}. */
export async function confirmTotp(
  tx: Transaction,
  ...[context, { secret, step, recoveryDigests, session }]: Arguments<'confirmTotp'>
): Promise<ConsoleSessionRecord | null> {
  const { person } = await requireActing(tx, context);
  if (person.totp_pending_secret !== secret) return null;
  await updatePerson(tx, person, {
    totp_secret: secret,
    totp_pending_secret: null,
    totp_last_step: step,
    recovery_digests: JSON.stringify(recoveryDigests),
  });
  return await replaceSessions(tx, context, person, session, 'person.turn_totp_on');
}

/** See {@link PeopleStore.removeTotp}. */
export async function removeTotp(
  tx: Transaction,
  ...[context, { proof, session }]: Arguments<'removeTotp'>
): Promise<ConsoleSessionRecord | null> {
  const { person } = await requireActing(tx, context);
  if (person.password_hash !== proof.passwordHash) return null;
  await updatePerson(tx, person, WITHOUT_TOTP);
  return await replaceSessions(tx, context, person, session, 'person.turn_totp_off');
}

export const WITHOUT_TOTP = {
  totp_secret: null,
  totp_pending_secret: null,
  totp_last_step: null,
  recovery_digests: '[]',
} as const;

/** Ends every session of a person and begins one. */
export async function replaceSessions(
  tx: Transaction,
  context: MutationContext,
  person: PersonRow,
  session: NewPersonSession,
  action: PersonAction,
): Promise<ConsoleSessionRecord> {
  await writePersonAudit(tx, context, person, action);
  await endSessions(tx, person);
  return await insertSession(tx, context, person, session);
}

/** @returns how many there were. */
export async function endSessions(tx: Transaction, { position }: PersonRow): Promise<number> {
  const ended = await tx.db
    .deleteFrom('person_session')
    .where('person_position', '=', position)
    .executeTakeFirstOrThrow();
  return Number(ended.numDeletedRows);
}

export async function noteLogin(
  tx: Transaction,
  context: MutationContext,
  person: PersonRow,
  action: PersonAction,
): Promise<void> {
  await updatePerson(tx, person, { last_login_at_ms: tx.nowMs });
  await writePersonAudit(tx, context, person, action);
}

/** @param createdAtMs of the session that it goes on for; without one it begins now. */
export async function insertSession(
  tx: Transaction,
  context: MutationContext,
  { position }: PersonRow,
  { id, userAgent }: NewPersonSession,
  createdAtMs: number = tx.nowMs,
): Promise<ConsoleSessionRecord> {
  await tx.db
    .insertInto('person_session')
    .values({
      id,
      person_position: position,
      created_at_ms: createdAtMs,
      authenticated_at_ms: tx.nowMs,
      last_seen_at_ms: tx.nowMs,
      expires_at_ms: createdAtMs + SESSION_MAX_AGE_MS,
      source_address: context.sourceAddress,
      user_agent: userAgent,
    })
    .execute();
  const opened = await findConsoleSession(tx, id);
  if (opened === null) throw unauthenticated();
  return opened;
}

async function requireActing(tx: Transaction, { actor }: PersonContext) {
  const session = await findConsoleSession(tx, actor.sessionId);
  if (session === null) throw unauthenticated();
  return { person: await requirePerson(tx, session.person.id), createdAtMs: session.createdAtMs };
}

async function writePersonAudit(
  tx: Transaction,
  context: MutationContext,
  { id }: PersonRow,
  action: PersonAction,
): Promise<void> {
  const refused = action === 'person.log_in_refused';
  // Who was refused is not known to be this person.
  const actor = refused ? ({ kind: 'system', id: 'console' } as const) : ({ kind: 'person', id } as const);
  await writeAudit(tx, context, actor, [
    { action, subject: { kind: 'person', id }, keyspace: null, organization: null, details: {} },
  ]);
}
