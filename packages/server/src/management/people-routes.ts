import type { PersonBody } from '@keyhold/api/console';
import { formatInstant, KeyholdError, type PersonId } from '@keyhold/core';
import type { ConsoleSessionRecord, PersonWithSessions, Store } from '@keyhold/store';
import { checkPersonName, toPersonName } from '../console/console-access.ts';
import { checkEmail } from '../console/email.ts';
import type { InvitedPerson, PeopleService } from '../console/people-service.ts';
import type { Routes } from './call.ts';
import { requireUnlimited } from './keyspace-access.ts';

type PeopleRoutes = Routes<
  'invitePerson' | 'listPeople' | 'patchPerson' | 'renewInvitation' | 'endPersonSessions'
>;

export interface PeopleRoutesOptions {
  readonly store: Store;
  readonly people: PeopleService;
  /** Where this listener is reached, without a slash at the end. */
  readonly address: () => string;
}

/** People are in no change log, since each of their calls reads them from the store; so the answers have no `seq`. */
export function createPeopleRoutes({ store, people, address }: PeopleRoutesOptions): PeopleRoutes {
  const toInvited = ({ person, path }: InvitedPerson, session: ConsoleSessionRecord | null) => ({
    ...toPersonBody(person, session),
    invitation_url: `${address()}${path}`,
  });
  return {
    invitePerson: {
      check: ({ email, name }) => [...checkEmail('/email', email), ...checkPersonName(name)],
      async handle({ context, body, session }) {
        return { status: 201, body: toInvited(await people.invite(context, body), session) };
      },
    },

    listPeople: {
      async handle({ operator, session, query, page }) {
        requireUnlimited(operator);
        const { data, next } = await store.listPeople({
          ...(page.after !== undefined && { after: page.after }),
          limit: query.limit,
        });
        const bodies = data.map((person) => toPersonBody(person, session));
        return { status: 200, body: { data: bodies, next_cursor: page.next(next) } };
      },
    },

    patchPerson: {
      check: ({ name }) => checkPersonName(name),
      async handle({ context, params, body, session }) {
        const { name, role, disabled } = body;
        const person = await store.patchPerson(context, toPersonId(params.id), {
          ...(name !== undefined && { name: toPersonName(name) }),
          ...(role !== undefined && { role }),
          ...(disabled !== undefined && { disabled }),
        });
        return { status: 200, body: toPersonBody(person, session) };
      },
    },

    renewInvitation: {
      async handle({ context, params, session }) {
        const invited = await people.renewInvitation(context, toPersonId(params.id));
        return { status: 200, body: toInvited(invited, session) };
      },
    },

    endPersonSessions: {
      async handle({ context, params }) {
        return {
          status: 200,
          body: { ended: await store.endPersonSessions(context, toPersonId(params.id)) },
        };
      },
    },
  };
}

/** @throws {KeyholdError} `person_not_found`. */
function toPersonId(text: string): PersonId {
  if (isPersonId(text)) return text;
  throw new KeyholdError('person_not_found', 'There is no such person; GET /v1/people lists them.');
}

function isPersonId(text: string): text is PersonId {
  return /^person_[0-9a-z]{26}$/.test(text);
}

function toPersonBody(person: PersonWithSessions, session: ConsoleSessionRecord | null): PersonBody {
  const { lastLoginAtMs } = person;
  return {
    id: person.id,
    name: person.name,
    email: person.email,
    role: person.role,
    state: person.state,
    totp_enabled: person.totpEnabled,
    created_at: formatInstant(person.createdAtMs),
    created_by: person.createdBy,
    last_login_at: lastLoginAtMs === null ? null : formatInstant(lastLoginAtMs),
    sessions: person.sessions.map((each) => ({
      id: each.id,
      created_at: formatInstant(each.createdAtMs),
      last_seen_at: formatInstant(each.lastSeenAtMs),
      source_address: each.sourceAddress,
      user_agent: each.userAgent,
      current: each.id === session?.id,
    })),
  };
}
