import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Clock, createPortalSessionId, type PortalSessionId, type RandomBytes } from '@keyhold/core';
import type { MutationContext, PortalSessionRecord, Store } from '@keyhold/store';

/** Short-lived rights to manage one organization's keys in one keyspace. Ending one is immediate: nothing is cached. */
export interface PortalSessions {
  /** @throws {KeyholdError} `organization_not_found`, `keyspace_not_found`. */
  create(
    context: MutationContext,
    session: { readonly keyspace: string; readonly organization: string; readonly lifetimeMs: number },
  ): Promise<{ readonly token: string; readonly record: PortalSessionRecord }>;
  /**
   * The session behind a token, or null when there is none that is good now. A token that was never given costs one MAC
   * and no I/O, a given one costs one read of the store.
   *
   * @throws {KeyholdError} `store_unavailable`.
   */
  read(token: string): Promise<PortalSessionRecord | null>;
}

export interface PortalSessionsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** 32 secret bytes, the same on every node and after a restart. */
  readonly macKey: Uint8Array;
}

/** Told apart from every key by its beginning; the store never sees the rest. */
const TOKEN = /^khps_([0-9a-z]{26})_([A-Za-z0-9_-]{43})$/;

export function createPortalSessions({
  store,
  clock,
  randomBytes,
  macKey,
}: PortalSessionsOptions): PortalSessions {
  function macOf(id: PortalSessionId): string {
    return createHmac('sha256', macKey).update(`portal session ${id}`).digest('base64url');
  }
  return {
    async create(context, { keyspace, organization, lifetimeMs }) {
      const nowMs = clock.nowMs();
      const id = createPortalSessionId(randomBytes, nowMs);
      const record = await store.createPortalSession(context, {
        id,
        keyspace,
        organization,
        expiresAtMs: nowMs + lifetimeMs,
        userName: null,
        returnUrl: null,
      });
      return { token: `khps_${id.slice('ps_'.length)}_${macOf(id)}`, record };
    },
    async read(token) {
      const [, suffix, mac] = TOKEN.exec(token) ?? [];
      if (suffix === undefined || mac === undefined) return null;
      const id: PortalSessionId = `ps_${suffix}`;
      // As texts, because base64url lets the last character's spare bits vary.
      const isGenuine = timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(id)));
      return isGenuine ? store.readPortalSession(id) : null;
    },
  };
}
