import { type Clock, createPortalSessionId, type PortalSessionId, type RandomBytes } from '@keyhold/core';
import type { MutationContext, NewPortalSession, PortalSessionRecord, Store } from '@keyhold/store';
import { createMacTokens } from '../http/mac-token.ts';

/** Short-lived rights to manage one organization's keys in one keyspace. Ending one is immediate: nothing is cached. */
export interface PortalSessions {
  /** @throws {KeyholdError} `organization_not_found`, `keyspace_not_found`. */
  create(
    context: MutationContext,
    session: Omit<NewPortalSession, 'id' | 'expiresAtMs'> & { readonly lifetimeMs: number },
  ): Promise<{
    readonly token: string;
    /** For a link: {@link open} exchanges it, once. */
    readonly code: string;
    readonly record: PortalSessionRecord;
  }>;
  /**
   * Exchanges the code of a link for a session of its own, so that whoever saw the link later has nothing. Null when the
   * code was used already, was never given, or came too late.
   *
   * @throws {KeyholdError} `store_unavailable`.
   */
  open(
    code: string,
    source: Pick<MutationContext, 'requestId' | 'sourceAddress'>,
  ): Promise<{ readonly token: string; readonly record: PortalSessionRecord } | null>;
  /**
   * The session behind a token, or null when there is none that is good now. A token that was never given costs one MAC
   * and no I/O, a given one costs one read of the store.
   *
   * @throws {KeyholdError} `store_unavailable`.
   */
  read(token: string): Promise<PortalSessionRecord | null>;
}

export interface PortalSessionsOptions {
  readonly store: Pick<Store, 'createPortalSession' | 'openPortalSession' | 'readPortalSession'>;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** 32 secret bytes, the same on every node and after a restart. */
  readonly macKey: Uint8Array;
}

/** How long after a session was made its link can be followed. */
const CODE_MAX_AGE_MS = 10 * 60_000;

export function createPortalSessions({
  store,
  clock,
  randomBytes,
  macKey,
}: PortalSessionsOptions): PortalSessions {
  const tokens = createMacTokens<PortalSessionId>(macKey, {
    prefix: 'khps_',
    idPrefix: 'ps_',
    label: 'portal session',
  });
  const codes = createMacTokens<PortalSessionId>(macKey, {
    prefix: 'khpl_',
    idPrefix: 'ps_',
    label: 'portal link',
  });
  return {
    async create(context, { lifetimeMs, ...session }) {
      const nowMs = clock.nowMs();
      const id = createPortalSessionId(randomBytes, nowMs);
      const record = await store.createPortalSession(context, {
        ...session,
        id,
        expiresAtMs: nowMs + lifetimeMs,
      });
      return { token: tokens.write(id), code: codes.write(id), record };
    },
    async open(code, source) {
      const link = codes.readId(code);
      if (link === null) return null;
      const record = await store.openPortalSession(
        { ...source, actor: { kind: 'portal_session', id: link } },
        { id: createPortalSessionId(randomBytes, clock.nowMs()), maxAgeMs: CODE_MAX_AGE_MS },
      );
      return record === null ? null : { token: tokens.write(record.id), record };
    },
    async read(token) {
      const id = tokens.readId(token);
      return id === null ? null : store.readPortalSession(id);
    },
  };
}
