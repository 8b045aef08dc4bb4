import type { Clock, RandomBytes } from '@keyhold/core';
import type { Store } from '@keyhold/store';
import type { Log } from '../observability/log.ts';
import { createConsoleAccess } from './console-access.ts';
import { CONSOLE_SECRET, createConsoleLinks } from './console-links.ts';
import { createLoginAttempts } from './login-attempts.ts';
import { createOidcLogin } from './oidc-login.ts';
import type { OidcSettings } from './oidc-settings.ts';
import { createPasswordHasher } from './password-hash.ts';
import { createPeopleService } from './people-service.ts';

export interface ConsolePartsOptions {
  readonly store: Store;
  readonly oidc: OidcSettings | null;
  /** Where the management port is reached, without a slash at the end. */
  readonly address: () => string;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly log: Log;
}

/** What logging in to the console stands on. */
export async function createConsoleParts(options: ConsolePartsOptions) {
  const { store, oidc, clock, randomBytes } = options;
  const macKey = await store.secretFor(CONSOLE_SECRET);
  const links = createConsoleLinks({ clock, macKey });
  const hasher = createPasswordHasher(randomBytes);
  const attempts = createLoginAttempts({ store, macKey });
  const consoleAccess = createConsoleAccess({ ...options, links, hasher, attempts, macKey });
  return {
    consoleAccess,
    people: createPeopleService({ store, links, clock, randomBytes }),
    oidc: oidc === null ? null : createOidcLogin(oidc, { ...options, consoleAccess, macKey }),
  };
}
