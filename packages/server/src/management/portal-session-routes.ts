import type { Verifier } from '@keyhold/coherence';
import { formatInstant, OPERATOR_KEYSPACE, parseDurationMs } from '@keyhold/core';
import { keyspaceNotFound } from '@keyhold/store';
import { checkDuration } from '../keys/refused-fields.ts';
import type { PortalSessions } from '../portal/portal-sessions.ts';
import type { Routes } from './call.ts';

const DEFAULT_LIFETIME_MS = 3_600_000;
const MIN_LIFETIME_MS = 1_000;
const MAX_LIFETIME_MS = 24 * 3_600_000;

export interface PortalSessionRoutesOptions {
  readonly portalSessions: PortalSessions;
  readonly verifier: Pick<Verifier, 'keyspace'>;
}

/** A session is not in the change log, since it is read from the store on each use; so its answer has no `seq`. */
export function createPortalSessionRoutes({
  portalSessions,
  verifier,
}: PortalSessionRoutesOptions): Routes<'createPortalSession'> {
  return {
    createPortalSession: {
      check({ expires_in }) {
        const wrong = checkDuration('/expires_in', expires_in);
        if (expires_in === undefined || wrong.length > 0) return wrong;
        const lifetimeMs = parseDurationMs(expires_in) ?? 0;
        if (lifetimeMs >= MIN_LIFETIME_MS && lifetimeMs <= MAX_LIFETIME_MS) return [];
        return [{ pointer: '/expires_in', message: 'must be between 1 second and 24 hours' }];
      },
      async handle({ context, body }) {
        const { keyspace, organization, expires_in } = body;
        if (keyspace === OPERATOR_KEYSPACE || verifier.keyspace(keyspace) === undefined) {
          throw keyspaceNotFound();
        }
        const lifetimeMs =
          (expires_in === undefined ? null : parseDurationMs(expires_in)) ?? DEFAULT_LIFETIME_MS;
        const { token, record } = await portalSessions.create(context, {
          keyspace,
          organization,
          lifetimeMs,
        });
        const expires_at = formatInstant(record.expiresAtMs);
        return { status: 201, body: { id: record.id, token, keyspace, organization, expires_at } };
      },
    },
  };
}
