import { type Clock, createPersonId, KeyholdError, type PersonRole, type RandomBytes } from '@keyhold/core';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  type IDToken,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { z } from 'zod';
import { createCookie } from '../http/cookie.ts';
import type { Log } from '../observability/log.ts';
import type { ConsoleAccess, OpenedSession, Visitor } from './console-access.ts';
import { checkPersonName, toPersonName } from './console-access.ts';
import { checkEmail } from './email.ts';
import { createGuardedFetch } from './oidc-fetch.ts';
import type { OidcSettings } from './oidc-settings.ts';
import { createSealedText } from './sealed-text.ts';

/** Logging in by a provider (OpenID Connect, authorization code with PKCE). */
export interface OidcLogin {
  /** What stands on the button. */
  readonly name: string;
  /**
   * Where to send the browser, and the cookie by which it is known when it comes back.
   *
   * @throws {KeyholdError} `oidc_unavailable`.
   */
  start(options: {
    readonly reauthenticate: boolean;
    readonly isSecure: boolean;
  }): Promise<{ readonly location: string; readonly cookie: string }>;
  /** Who came back; null: nobody who may come in. The cookie is removed. */
  finish(
    visitor: Visitor & {
      readonly headers: Parameters<ReturnType<typeof createCookie>['read']>[0]['headers'];
      readonly query: Readonly<Record<string, unknown>>;
      readonly isSecure: boolean;
    },
  ): Promise<{ readonly opened: OpenedSession | null; readonly cookie: string }>;
}

export interface OidcLoginOptions {
  readonly consoleAccess: Pick<ConsoleAccess, 'enterByProvider'>;
  /** Where the management port is reached, without a slash at the end. */
  readonly address: () => string;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly macKey: Uint8Array;
  readonly log: Log;
}

const CALLBACK_PATH = '/v1/console/oidc/callback';
/** How long somebody may take at the provider. */
const FLIGHT_SECONDS = 600;
/** For a proof that was asked for: how long ago the provider may have seen it. */
const PROOF_MAX_AGE_SECONDS = 300;
const DISCOVERY_MAX_AGE_MS = 60 * 60_000;

/** What has to be known when the browser comes back. */
const flightSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  reauthenticate: z.boolean(),
  endsAtMs: z.number(),
});

export function createOidcLogin(settings: OidcSettings, options: OidcLoginOptions): OidcLogin {
  const { consoleAccess, address, clock, randomBytes, macKey, log } = options;
  const issuer = new URL(settings.issuer);
  const fetchGuarded = createGuardedFetch(issuer);
  const seal = createSealedText(macKey, 'console oidc', randomBytes);
  let discovered: { readonly atMs: number; readonly configuration: Promise<Configuration> } | null = null;

  /** Kept for an hour, and asked for again after a failure. */
  function discover(): Promise<Configuration> {
    const nowMs = clock.monotonicMs();
    if (discovered === null || nowMs - discovered.atMs > DISCOVERY_MAX_AGE_MS) {
      const insecure = issuer.protocol === 'http:' ? [allowInsecureRequests] : [];
      // Otherwise TLS alone would vouch for the ID token.
      const execute = [enableNonRepudiationChecks, ...insecure];
      const configuration = discovery(
        issuer,
        settings.clientId,
        settings.clientSecret ?? undefined,
        undefined,
        { [customFetch]: fetchGuarded, execute },
      );
      discovered = { atMs: nowMs, configuration };
      configuration.catch(() => {
        discovered = null;
      });
    }
    return discovered.configuration;
  }

  // Lax, because the browser comes from the provider's site.
  const cookieOf = (isSecure: boolean) =>
    createCookie('keyhold-oidc', { isSecure, sameSite: 'SameSite=Lax' });

  /** @throws whatever is wrong with the answer of the provider. */
  async function readClaims({
    headers,
    query,
    isSecure,
  }: Parameters<OidcLogin['finish']>[0]): Promise<IDToken | null> {
    const sealed = cookieOf(isSecure).read({ headers });
    const opened = sealed === null ? null : seal.open(sealed);
    const flight = opened === null ? null : flightSchema.parse(JSON.parse(opened));
    if (flight === null || flight.endsAtMs <= clock.nowMs()) return null;
    const url = new URL(address() + CALLBACK_PATH);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const tokens = await authorizationCodeGrant(await discover(), url, {
      expectedState: flight.state,
      expectedNonce: flight.nonce,
      pkceCodeVerifier: flight.verifier,
      idTokenExpected: true,
      ...(flight.reauthenticate && { maxAge: PROOF_MAX_AGE_SECONDS }),
    });
    return tokens.claims() ?? null;
  }

  return {
    name: settings.name,

    async start({ reauthenticate, isSecure }) {
      const flight = {
        state: randomState(),
        nonce: randomNonce(),
        verifier: randomPKCECodeVerifier(),
        reauthenticate,
        endsAtMs: clock.nowMs() + FLIGHT_SECONDS * 1_000,
      };
      try {
        const location = buildAuthorizationUrl(await discover(), {
          redirect_uri: address() + CALLBACK_PATH,
          scope: 'openid email profile',
          state: flight.state,
          nonce: flight.nonce,
          code_challenge: await calculatePKCECodeChallenge(flight.verifier),
          code_challenge_method: 'S256',
          ...(reauthenticate && { prompt: 'login', max_age: String(PROOF_MAX_AGE_SECONDS) }),
        });
        const cookie = cookieOf(isSecure).keep(seal.seal(JSON.stringify(flight)), FLIGHT_SECONDS);
        return { location: location.href, cookie };
      } catch (error) {
        log.error({ err: error }, 'The OpenID provider cannot be asked.');
        throw new KeyholdError('oidc_unavailable', 'The OpenID provider cannot be asked.', { cause: error });
      }
    },

    async finish(visitor) {
      const cookie = cookieOf(visitor.isSecure).remove();
      try {
        const claims = await readClaims(visitor);
        const login = claims === null ? null : toLogin(claims, settings);
        if (login === null) return { opened: null, cookie };
        const { email, name, role, subject } = login;
        const opened = await consoleAccess.enterByProvider(visitor, {
          identity: { issuer: settings.issuer, subject },
          person: { id: createPersonId(randomBytes, clock.nowMs()), email, name, role },
          followsRole: settings.roleClaim !== null,
        });
        return { opened, cookie };
      } catch (error) {
        log.warn({ err: error }, 'A log-in by the OpenID provider failed.');
        return { opened: null, cookie };
      }
    },
  };
}

/** @returns null for who may not come in: without an address that the provider has verified, or of another domain. */
function toLogin(
  claims: IDToken,
  settings: OidcSettings,
): {
  readonly subject: string;
  readonly email: string;
  readonly name: string;
  readonly role: PersonRole;
} | null {
  const { sub: subject, email, email_verified: isVerified, name } = claims;
  if (typeof email !== 'string' || isVerified !== true || checkEmail('', email).length > 0) return null;
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  if (!settings.allowedDomains.includes(domain)) return null;
  const given = typeof name === 'string' && checkPersonName(name).length === 0 ? name : email;
  return { subject, email, name: toPersonName(given), role: toRole(claims, settings) };
}

function toRole(claims: IDToken, { roleClaim, roles, role }: OidcSettings): PersonRole {
  const claim = roleClaim === null ? undefined : claims[roleClaim];
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return roles.find(([value]) => values.includes(value))?.[1] ?? role;
}
