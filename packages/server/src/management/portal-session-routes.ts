import type { Verifier } from '@keyhold/coherence';
import { checkName, type FieldError, formatInstant, OPERATOR_KEYSPACE, parseDurationMs } from '@keyhold/core';
import { keyspaceNotFound } from '@keyhold/store';
import { checkDuration } from '../keys/refused-fields.ts';
import type { PageAddresses } from '../pages/page-addresses.ts';
import type { PortalSessions } from '../portal/portal-sessions.ts';
import type { Routes } from './call.ts';

const DEFAULT_LIFETIME_MS = 3_600_000;
const MIN_LIFETIME_MS = 1_000;
const MAX_LIFETIME_MS = 24 * 3_600_000;

export interface PortalSessionRoutesOptions {
  readonly portalSessions: PortalSessions;
  readonly verifier: Pick<Verifier, 'keyspace'>;
  readonly pageAddresses: PageAddresses;
}

/** A session is not in the change log, since it is read from the store on each use; so its answer has no `seq`. */
export function createPortalSessionRoutes({
  portalSessions,
  verifier,
  pageAddresses,
}: PortalSessionRoutesOptions): Routes<'createPortalSession'> {
  return {
    createPortalSession: {
      check: ({ expires_in, user, return_url }) => [
        ...checkLifetime(expires_in),
        ...checkUser(user),
        ...checkReturnUrl(return_url),
      ],
      async handle({ context, body }) {
        const { keyspace, organization, expires_in, user, return_url } = body;
        if (keyspace === OPERATOR_KEYSPACE || verifier.keyspace(keyspace) === undefined) {
          throw keyspaceNotFound();
        }
        const lifetimeMs =
          (expires_in === undefined ? null : parseDurationMs(expires_in)) ?? DEFAULT_LIFETIME_MS;
        const { token, code, record } = await portalSessions.create(context, {
          keyspace,
          organization,
          lifetimeMs,
          userName: user ?? null,
          returnUrl: return_url ?? null,
        });
        const expires_at = formatInstant(record.expiresAtMs);
        const url = `${pageAddresses.pageUrl(keyspace)}#code=${code}`;
        return { status: 201, body: { id: record.id, token, url, keyspace, organization, expires_at } };
      },
    },
  };
}

function checkLifetime(expiresIn: string | undefined): readonly FieldError[] {
  const wrong = checkDuration('/expires_in', expiresIn);
  if (expiresIn === undefined || wrong.length > 0) return wrong;
  const lifetimeMs = parseDurationMs(expiresIn) ?? 0;
  if (lifetimeMs >= MIN_LIFETIME_MS && lifetimeMs <= MAX_LIFETIME_MS) return [];
  return [{ pointer: '/expires_in', message: 'must be between 1 second and 24 hours' }];
}

function checkUser(user: string | undefined): readonly FieldError[] {
  if (user === undefined) return [];
  const checked = checkName(user);
  return checked.ok ? [] : [{ pointer: '/user', message: checked.message }];
}

/** The page makes a link of it: nothing but a web address may stand there. */
function checkReturnUrl(returnUrl: string | undefined): readonly FieldError[] {
  const url = returnUrl === undefined ? undefined : URL.parse(returnUrl);
  if (url === undefined) return [];
  const isLocal = url !== null && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url !== null && (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))) return [];
  return [{ pointer: '/return_url', message: 'must be an https URL, or http on this machine' }];
}
