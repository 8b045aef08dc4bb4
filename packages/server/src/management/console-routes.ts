import type { ConsoleSessionBody } from '@keyhold/api/console';
import { formatInstant, KeyholdError, scopesOfRole } from '@keyhold/core';
import type { ConsoleSessionRecord, Store } from '@keyhold/store';
import type { ConsoleAccess, OpenedSession } from '../console/console-access.ts';
import { createConsoleCookie } from '../console/console-cookie.ts';
import type { OidcLogin } from '../console/oidc-login.ts';
import type { Routes } from './call.ts';
import { PROOF_MAX_AGE_MS } from './caller.ts';

type ConsoleRoutes = Routes<
  | 'readConsole'
  | 'setUpConsole'
  | 'logIn'
  | 'acceptInvitation'
  | 'startOidc'
  | 'finishOidc'
  | 'readSession'
  | 'logOut'
  | 'reauthenticate'
  | 'changePassword'
  | 'beginTotp'
  | 'confirmTotp'
  | 'removeTotp'
>;

export interface ConsoleRoutesOptions {
  readonly store: Pick<Store, 'hasPeople'>;
  readonly consoleAccess: ConsoleAccess;
  readonly oidc: OidcLogin | null;
  readonly version: string;
}

/** As long as the longest session; which of them is over before is for the store to say. */
const COOKIE_SECONDS = 7 * 24 * 3_600;

/** How people get in, and what they do about getting in. Every proof is answered with a session of its own. */
export function createConsoleRoutes(options: ConsoleRoutesOptions): ConsoleRoutes {
  const { store, consoleAccess, oidc, version } = options;

  function toSetCookie({ token }: OpenedSession, isSecure: boolean): string {
    return createConsoleCookie(isSecure).keep(token, COOKIE_SECONDS);
  }
  function loggedIn(opened: OpenedSession, { isSecure }: { readonly isSecure: boolean }) {
    return { body: toSessionBody(opened.record), cookies: [toSetCookie(opened, isSecure)] };
  }

  return {
    readConsole: {
      async handle() {
        const body = { set_up: await store.hasPeople(), oidc: oidc && { name: oidc.name }, version };
        return { status: 200, body };
      },
    },
    setUpConsole: {
      async handle(call) {
        return { status: 201, ...loggedIn(await consoleAccess.setUp(call, call.body), call) };
      },
    },
    logIn: {
      async handle(call) {
        return { status: 200, ...loggedIn(await consoleAccess.logIn(call, call.body), call) };
      },
    },
    acceptInvitation: {
      async handle(call) {
        return { status: 201, ...loggedIn(await consoleAccess.acceptInvitation(call, call.body), call) };
      },
    },
    startOidc: {
      async handle({ query, isSecure }) {
        const { location, cookie } = await requireOidc(oidc).start({
          reauthenticate: query.reauthenticate === '1',
          isSecure,
        });
        return { status: 302, body: null, location, cookies: [cookie] };
      },
    },
    finishOidc: {
      async handle(call) {
        const { opened, cookie } = await requireOidc(oidc).finish(call);
        const cookies = opened === null ? [cookie] : [cookie, toSetCookie(opened, call.isSecure)];
        const location = opened === null ? '/console/login?refused=oidc' : '/console/';
        return { status: 302, body: null, location, cookies };
      },
    },
    readSession: {
      handle: async ({ session }) => ({ status: 200, body: toSessionBody(session) }),
    },
    logOut: {
      async handle(call) {
        await consoleAccess.logOut(call);
        return { status: 204, body: null, cookies: [createConsoleCookie(call.isSecure).remove()] };
      },
    },
    reauthenticate: {
      async handle(call) {
        return { status: 200, ...loggedIn(await consoleAccess.reauthenticate(call, call.body), call) };
      },
    },
    changePassword: {
      async handle(call) {
        const { current_password: current, new_password: next } = call.body;
        return {
          status: 200,
          ...loggedIn(await consoleAccess.changePassword(call, { current, next }), call),
        };
      },
    },
    beginTotp: {
      async handle(call) {
        const { secret, url } = await consoleAccess.beginTotp(call);
        return { status: 200, body: { secret, otpauth_url: url } };
      },
    },
    confirmTotp: {
      async handle(call) {
        const opened = await consoleAccess.confirmTotp(call, call.body.totp);
        const { body, cookies } = loggedIn(opened, call);
        return { status: 200, body: { ...body, recovery_codes: [...opened.recoveryCodes] }, cookies };
      },
    },
    removeTotp: {
      async handle(call) {
        return { status: 200, ...loggedIn(await consoleAccess.removeTotp(call, call.body.password), call) };
      },
    },
  };
}

/** @throws {KeyholdError} `route_not_found`. */
function requireOidc(oidc: OidcLogin | null): OidcLogin {
  if (oidc === null) throw new KeyholdError('route_not_found', 'No OpenID provider is configured.');
  return oidc;
}

function toSessionBody({ person, authenticatedAtMs, expiresAtMs }: ConsoleSessionRecord): ConsoleSessionBody {
  return {
    person: {
      id: person.id,
      name: person.name,
      email: person.email,
      role: person.role,
      totp_enabled: person.totpEnabled,
      has_password: person.hasPassword,
    },
    scopes: [...scopesOfRole(person.role)],
    authenticated_at: formatInstant(authenticatedAtMs),
    expires_at: formatInstant(expiresAtMs),
    reauthenticated_until: formatInstant(authenticatedAtMs + PROOF_MAX_AGE_MS),
  };
}
