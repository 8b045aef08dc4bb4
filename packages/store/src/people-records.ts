import type { InvitationId, PersonId, PersonRole, PersonSessionId } from '@keyhold/core';

/** A person who uses the console. Instants are ms since the epoch. Nothing in it lets anybody in. */
export interface PersonRecord {
  readonly id: PersonId;
  readonly email: string;
  readonly name: string;
  readonly role: PersonRole;
  /** Invited: nobody has followed the invitation yet. */
  readonly state: 'active' | 'invited' | 'disabled';
  readonly hasPassword: boolean;
  readonly totpEnabled: boolean;
  readonly createdAtMs: number;
  /** Who invited them, as the audit log names them. */
  readonly createdBy: string;
  readonly lastLoginAtMs: number | null;
}

export interface PersonWithSessions extends PersonRecord {
  /** Newest first. */
  readonly sessions: readonly PersonSessionRecord[];
}

/** Where a person is logged in. */
export interface PersonSessionRecord {
  readonly id: PersonSessionId;
  readonly createdAtMs: number;
  /** When they last proved who they are. */
  readonly authenticatedAtMs: number;
  readonly lastSeenAtMs: number;
  /** When it ends unless it is used before, and at the latest. */
  readonly expiresAtMs: number;
  readonly sourceAddress: string | null;
  readonly userAgent: string | null;
}

/** A session that is good now, and whose it is. */
export interface ConsoleSessionRecord extends PersonSessionRecord {
  readonly person: PersonRecord;
}

/** Who tries to log in, under names that tell the store nothing. */
export interface LoginAttempt {
  /** An account from an address; another address does not wait for this one. */
  readonly account: string;
  /** The address, whatever the account. */
  readonly address: string;
}

/** What logging in is checked against. */
export interface LoginRecord {
  readonly id: PersonId;
  /** Null: they have none. */
  readonly passwordHash: string | null;
  /** Base32; null: no one-time codes. */
  readonly totpSecret: string | null;
  /** Begun, and not confirmed. */
  readonly totpPendingSecret: string | null;
}

/** What stood there when a proof was checked, so that the transaction sees whether it still does. */
export interface PersonProof {
  readonly passwordHash: string;
  readonly second: SecondFactor;
}

export type SecondFactor =
  /** Good only for a person without one-time codes. */
  | { readonly kind: 'none' }
  /** A code of this secret and step; each step counts once. */
  | { readonly kind: 'totp'; readonly secret: string; readonly step: number }
  /** SHA-256 of a recovery code, hex; each counts once. */
  | { readonly kind: 'recovery'; readonly digest: string };

export interface NewPersonSession {
  readonly id: PersonSessionId;
  readonly userAgent: string | null;
}

export interface NewPerson {
  readonly id: PersonId;
  readonly email: string;
  readonly name: string;
  readonly role: PersonRole;
}

export interface NewInvitation {
  readonly id: InvitationId;
  readonly expiresAtMs: number;
}

/** Fields left out stay as they are. */
export interface PersonPatch {
  readonly name?: string;
  readonly role?: PersonRole;
  readonly disabled?: boolean;
}

/** Who somebody is at an OpenID provider, their e-mail address verified by it. */
export interface ProviderIdentity {
  readonly issuer: string;
  readonly subject: string;
}
