import { KeyholdError, type PersonId, type PersonSessionId } from '@keyhold/core';
import type { Selectable } from 'kysely';
import type {
  ConsoleSessionRecord,
  LoginRecord,
  PersonRecord,
  PersonSessionRecord,
  PersonWithSessions,
} from '../people-records.ts';
import type { PeopleStore } from '../people-store.ts';
import type { ListQuery, Page } from '../records.ts';
import { afterPosition, toPage } from './pages.ts';
import type { Tables } from './schema.ts';
import type { View } from './transaction.ts';

export type PersonRow = Selectable<Tables['person']>;
type SessionRow = Selectable<Tables['person_session']>;

/** A session that nobody uses ends. */
const IDLE_MS = 12 * 3_600_000;
/** And at the latest, however much it is used. */
export const SESSION_MAX_AGE_MS = 7 * 24 * 3_600_000;

/** Addresses are compared as people read them. */
export function toEmailKey(email: string): string {
  return email.normalize('NFC').toLowerCase();
}

/** See {@link PeopleStore.hasPeople}. */
export async function hasPeople(view: View): Promise<boolean> {
  return (await view.db.selectFrom('person').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** See {@link PeopleStore.findLogin}. */
export async function findLogin(
  view: View,
  who: Parameters<PeopleStore['findLogin']>[0],
): Promise<LoginRecord | null> {
  const row = 'id' in who ? await findPerson(view, who.id) : await findPersonByEmail(view, who.email);
  if (row === undefined || row.disabled_at_ms !== null) return null;
  return {
    id: row.id,
    passwordHash: row.password_hash,
    totpSecret: row.totp_secret,
    totpPendingSecret: row.totp_pending_secret,
  };
}

/** See {@link PeopleStore.findPersonId}. */
export async function findPersonId(view: View, email: string): Promise<PersonId | null> {
  return (await findPersonByEmail(view, email))?.id ?? null;
}

/** See {@link PeopleStore.listPeople}. */
export async function listPeople(view: View, query: ListQuery): Promise<Page<PersonWithSessions>> {
  const rows = await view.db
    .selectFrom('person')
    .selectAll()
    .where('position', '<', afterPosition(query))
    .orderBy('position', 'desc')
    .limit(query.limit + 1)
    .execute();
  const positions = rows.map(({ position }) => position);
  const sessions = Map.groupBy(await selectSessions(view, positions), (row) => row.person_position);
  return toPage(rows, query.limit, (row) => withSessions(row, sessions.get(row.position) ?? []));
}

/** See {@link PeopleStore.readConsoleSession}. */
export async function findConsoleSession(
  view: View,
  id: PersonSessionId,
): Promise<ConsoleSessionRecord | null> {
  const session = await view.db
    .selectFrom('person_session')
    .selectAll()
    .where('id', '=', id)
    .where('expires_at_ms', '>', view.nowMs)
    .where('last_seen_at_ms', '>', view.nowMs - IDLE_MS)
    .executeTakeFirst();
  if (session === undefined) return null;
  const row = await view.db
    .selectFrom('person')
    .selectAll()
    .where('position', '=', session.person_position)
    .where('disabled_at_ms', 'is', null)
    .executeTakeFirst();
  return row === undefined ? null : { ...toSessionRecord(session), person: toPersonRecord(row) };
}

/** @throws {KeyholdError} `person_not_found`. */
export async function requirePerson(view: View, id: PersonId): Promise<PersonRow> {
  const row = await findPerson(view, id);
  if (row === undefined) {
    throw new KeyholdError('person_not_found', `There is no person "${id}". Check the id.`);
  }
  return row;
}

export async function findPersonByEmail(view: View, email: string): Promise<PersonRow | undefined> {
  const query = view.db.selectFrom('person').selectAll();
  return await query.where('email_key', '=', toEmailKey(email)).executeTakeFirst();
}

export async function readPersonWithSessions(view: View, id: PersonId): Promise<PersonWithSessions> {
  const row = await requirePerson(view, id);
  return withSessions(row, await selectSessions(view, [row.position]));
}

async function findPerson(view: View, id: PersonId): Promise<PersonRow | undefined> {
  return await view.db.selectFrom('person').selectAll().where('id', '=', id).executeTakeFirst();
}

async function selectSessions(view: View, positions: readonly number[]): Promise<readonly SessionRow[]> {
  if (positions.length === 0) return [];
  return await view.db
    .selectFrom('person_session')
    .selectAll()
    .where('person_position', 'in', positions)
    .where('expires_at_ms', '>', view.nowMs)
    .where('last_seen_at_ms', '>', view.nowMs - IDLE_MS)
    .orderBy('created_at_ms', 'desc')
    .execute();
}

/** Whether they can get in by themselves: somebody who was only invited cannot. */
export function canLogIn(row: PersonRow): boolean {
  return row.disabled_at_ms === null && (row.password_hash !== null || row.provider_subject !== null);
}

function withSessions(row: PersonRow, sessions: readonly SessionRow[]): PersonWithSessions {
  return { ...toPersonRecord(row), sessions: sessions.map(toSessionRecord) };
}

function toPersonRecord(row: PersonRow): PersonRecord {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    state: row.disabled_at_ms !== null ? 'disabled' : canLogIn(row) ? 'active' : 'invited',
    hasPassword: row.password_hash !== null,
    totpEnabled: row.totp_secret !== null,
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
    lastLoginAtMs: row.last_login_at_ms,
  };
}

function toSessionRecord(row: SessionRow): PersonSessionRecord {
  return {
    id: row.id,
    createdAtMs: row.created_at_ms,
    authenticatedAtMs: row.authenticated_at_ms,
    lastSeenAtMs: row.last_seen_at_ms,
    expiresAtMs: Math.min(row.expires_at_ms, row.last_seen_at_ms + IDLE_MS),
    sourceAddress: row.source_address,
    userAgent: row.user_agent,
  };
}
