import {
  type Clock,
  createInvitationId,
  createPersonId,
  type PersonId,
  type PersonRole,
  type RandomBytes,
} from '@keyhold/core';
import type { MutationContext, PersonWithSessions, Store } from '@keyhold/store';
import { toPersonName } from './console-access.ts';
import type { ConsoleLinks } from './console-links.ts';

const INVITATION_MAX_AGE_MS = 72 * 3_600_000;

/** A person, and the path of the link that lets them in, to be shown once. */
export interface InvitedPerson {
  readonly person: PersonWithSessions;
  readonly path: string;
}

/** Who may use the console. */
export interface PeopleService {
  /** @throws {KeyholdError} `person_exists`, `grant_exceeds_own`. */
  invite(
    context: MutationContext,
    person: { readonly email: string; readonly name: string; readonly role: PersonRole },
  ): Promise<InvitedPerson>;
  /** @param enable true: also lets in again who is disabled. @throws {KeyholdError} `person_not_found`, `grant_exceeds_own`. */
  renewInvitation(
    context: MutationContext,
    id: PersonId,
    options?: { readonly enable: boolean },
  ): Promise<InvitedPerson>;
}

export function createPeopleService({
  store,
  links,
  clock,
  randomBytes,
}: {
  readonly store: Pick<Store, 'invitePerson' | 'renewInvitation'>;
  readonly links: ConsoleLinks;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}): PeopleService {
  function newInvitation() {
    const nowMs = clock.nowMs();
    return { id: createInvitationId(randomBytes, nowMs), expiresAtMs: nowMs + INVITATION_MAX_AGE_MS };
  }
  return {
    async invite(context, { email, name, role }) {
      const invitation = newInvitation();
      const id = createPersonId(randomBytes, clock.nowMs());
      const invited = { id, email: email.trim(), name: toPersonName(name), role };
      const person = await store.invitePerson(context, invited, invitation);
      return { person, path: links.toInvitationPath(invitation.id) };
    },
    async renewInvitation(context, id, { enable } = { enable: false }) {
      const invitation = newInvitation();
      const person = await store.renewInvitation(context, id, invitation, enable);
      return { person, path: links.toInvitationPath(invitation.id) };
    },
  };
}
