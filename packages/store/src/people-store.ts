import type { InvitationId, PersonId, PersonSessionId } from '@keyhold/core';
import type {
  ConsoleSessionRecord,
  LoginAttempt,
  LoginRecord,
  NewInvitation,
  NewPerson,
  NewPersonSession,
  PersonPatch,
  PersonProof,
  PersonWithSessions,
  ProviderIdentity,
} from './people-records.ts';
import type { Actor, ListQuery, MutationContext, Page } from './records.ts';

/** A call of a person about themselves. */
export type PersonContext = MutationContext & { readonly actor: Actor & { readonly kind: 'person' } };

/** What was begun and is not confirmed, and what proves it. */
export interface TotpConfirmation {
  readonly secret: string;
  readonly step: number;
  /** SHA-256 of the recovery codes, hex. */
  readonly recoveryDigests: readonly string[];
}

/**
 * The part of the store that is about people and their sessions. Nothing of it is in the change log: a session and its
 * person's role are read on every request, so what ends or narrows one holds from the next request on, on every node.
 *
 * Whatever answers with a session answers null when what was proved is not so any more. It makes a new session of it: an
 * id that somebody saw before counts for nothing after.
 */
export interface PeopleStore {
  /** False until the first person was made; then true for good. */
  hasPeople(): Promise<boolean>;
  /** Makes the first person, an owner. Null when there is one. Only the process itself may. */
  setUpConsole(
    context: MutationContext,
    setUp: {
      readonly person: NewPerson;
      readonly passwordHash: string;
      readonly session: NewPersonSession;
    },
  ): Promise<ConsoleSessionRecord | null>;

  /** By e-mail address in any case, or by id. Null when there is nobody, or they are disabled. */
  findLogin(who: { readonly email: string } | { readonly id: PersonId }): Promise<LoginRecord | null>;
  /** By e-mail address in any case, disabled or not. */
  findPersonId(email: string): Promise<PersonId | null>;
  /** Logs a person in. Only the process itself may. */
  openConsoleSession(
    context: MutationContext,
    login: { readonly id: PersonId; readonly proof: PersonProof; readonly session: NewPersonSession },
  ): Promise<ConsoleSessionRecord | null>;
  /**
   * Logs in whom a provider vouches for: who has its identity, or is known by the e-mail address, or is new. Only the
   * process itself may.
   *
   * @param login.person who they are if they are new. @param login.followsRole whether the provider decides on the role
   *   each time.
   * @returns null for a person who is disabled, or has another identity at the provider.
   */
  openProviderSession(
    context: MutationContext,
    login: {
      readonly identity: ProviderIdentity;
      readonly person: NewPerson;
      readonly followsRole: boolean;
      readonly session: NewPersonSession;
    },
  ): Promise<ConsoleSessionRecord | null>;
  /** Sets password and name of who was invited, turns one-time codes off, and logs them in; their other sessions end. */
  acceptInvitation(
    context: MutationContext,
    accepted: {
      readonly id: InvitationId;
      readonly name: string;
      readonly passwordHash: string;
      readonly session: NewPersonSession;
    },
  ): Promise<ConsoleSessionRecord | null>;
  /** Tells the audit log that somebody failed to log in as this person. Only the process itself may. */
  noteRefusedLogin(context: MutationContext, id: PersonId): Promise<void>;
  /**
   * Counts an attempt, unless it has to wait: longer and longer, the more attempts there were.
   *
   * @returns for how long, ms; 0: it was counted and may be made.
   */
  admitLogin(attempt: LoginAttempt): Promise<number>;
  /** The attempt succeeded: forgets those before it of the account there, and that this one came from the address. */
  forgiveLogin(attempt: LoginAttempt): Promise<void>;

  /** Null when there is none, it is over, or its person is disabled. */
  readConsoleSession(id: PersonSessionId): Promise<ConsoleSessionRecord | null>;
  /** Says that a session was used now. */
  touchConsoleSession(id: PersonSessionId): Promise<void>;
  /** Ends the acting session. @throws `unauthenticated`. */
  endConsoleSession(context: PersonContext): Promise<void>;
  /** A new session in place of the acting one, which ends no later. @throws `unauthenticated`. */
  renewConsoleSession(
    context: PersonContext,
    renewal: { readonly proof: PersonProof; readonly session: NewPersonSession },
  ): Promise<ConsoleSessionRecord | null>;
  /** All of the person's other sessions end. @throws `unauthenticated`. */
  changePassword(
    context: PersonContext,
    change: {
      readonly proof: PersonProof;
      readonly passwordHash: string;
      readonly session: NewPersonSession;
    },
  ): Promise<ConsoleSessionRecord | null>;
  /** Keeps a secret until it is confirmed. @throws `unauthenticated`. */
  beginTotp(context: PersonContext, secret: string): Promise<void>;
  /** From now on logging in takes a code. All of the person's other sessions end. @throws `unauthenticated`. */
  confirmTotp(
    context: PersonContext,
    confirmation: TotpConfirmation & { readonly session: NewPersonSession },
  ): Promise<ConsoleSessionRecord | null>;
  /** The second factor of `proof` is not looked at. All of the person's other sessions end. @throws `unauthenticated`. */
  removeTotp(
    context: PersonContext,
    removal: { readonly proof: PersonProof; readonly session: NewPersonSession },
  ): Promise<ConsoleSessionRecord | null>;

  /** Newest first. */
  listPeople(query: ListQuery): Promise<Page<PersonWithSessions>>;
  /** @throws `person_exists`, `grant_exceeds_own`. */
  invitePerson(
    context: MutationContext,
    person: NewPerson,
    invitation: NewInvitation,
  ): Promise<PersonWithSessions>;
  /**
   * Puts a new invitation in place of the one before.
   *
   * @param enable true: a disabled person is enabled. @throws `person_not_found`, `grant_exceeds_own`.
   */
  renewInvitation(
    context: MutationContext,
    id: PersonId,
    invitation: NewInvitation,
    enable: boolean,
  ): Promise<PersonWithSessions>;
  /** @throws `person_not_found`, `last_owner`, `grant_exceeds_own`. */
  patchPerson(context: MutationContext, id: PersonId, patch: PersonPatch): Promise<PersonWithSessions>;
  /** @returns how many ended. @throws `person_not_found`, `grant_exceeds_own`. */
  endPersonSessions(context: MutationContext, id: PersonId): Promise<number>;
}
