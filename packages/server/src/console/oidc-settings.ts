import type { PersonRole } from '@keyhold/core';

/** The OpenID provider that people may log in by. Plain data: it crosses to workers. */
export interface OidcSettings {
  /** What stands on the button. */
  readonly name: string;
  /** As the provider writes it; https, or http on this machine. */
  readonly issuer: string;
  readonly clientId: string;
  /** Null: a public client. Never logged. */
  readonly clientSecret: string | null;
  /** Domains of e-mail addresses, in small letters. Nobody else comes in. */
  readonly allowedDomains: readonly string[];
  /** Of who comes in for the first time, and of whom `roles` says nothing. */
  readonly role: PersonRole;
  /** The claim that says the role each time; null: the role is kept here. */
  readonly roleClaim: string | null;
  /** Value of the claim → role; the first that the person has counts. */
  readonly roles: readonly (readonly [value: string, role: PersonRole])[];
}
