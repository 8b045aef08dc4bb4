import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Clock, createPortalSessionId, type PortalSessionId, type RandomBytes } from '@keyhold/core';
import type { MutationContext, NewPortalSession, PortalSessionRecord, Store } from '@keyhold/store';

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

/** What a text with a session's id and a MAC is for. Told apart from every key by its beginning; the store never sees the MAC. */
const TOKEN = { prefix: 'khps_', label: 'portal session' } as const;
const CODE = { prefix: 'khpl_', label: 'portal link' } as const;
type Purpose = typeof TOKEN | typeof CODE;

const SUFFIX_AND_MAC = /^([0-9a-z]{26})_([A-Za-z0-9_-]{43})$/;

export function createPortalSessions({
  store,
  clock,
  randomBytes,
  macKey,
}: PortalSessionsOptions): PortalSessions {
  function macOf({ label }: Purpose, id: PortalSessionId): string {
    return createHmac('sha256', macKey).update(`${label} ${id}`).digest('base64url');
  }
  function write(purpose: Purpose, id: PortalSessionId): string {
    return `${purpose.prefix}${id.slice('ps_'.length)}_${macOf(purpose, id)}`;
  }
  function readId(purpose: Purpose, text: string): PortalSessionId | null {
    if (!text.startsWith(purpose.prefix)) return null;
    const [, suffix, mac] = SUFFIX_AND_MAC.exec(text.slice(purpose.prefix.length)) ?? [];
    if (suffix === undefined || mac === undefined) return null;
    const id: PortalSessionId = `ps_${suffix}`;
    // As texts, because base64url lets the last character's spare bits vary.
    return timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(purpose, id))) ? id : null;
  }
  return {
    async create(context, { lifetimeMs, ...session }) {
      const nowMs = clock.nowMs();
      const id = createPortalSessionId(randomBytes, nowMs);
      const record = await store.createPortalSession(context, {
        ...session,
        id,
        expiresAtMs: nowMs + lifetimeMs,
      });
      return { token: write(TOKEN, id), code: write(CODE, id), record };
    },
    async open(code, source) {
      const link = readId(CODE, code);
      if (link === null) return null;
      const record = await store.openPortalSession(
        { ...source, actor: { kind: 'portal_session', id: link } },
        { id: createPortalSessionId(randomBytes, clock.nowMs()), maxAgeMs: CODE_MAX_AGE_MS },
      );
      return record === null ? null : { token: write(TOKEN, record.id), record };
    },
    async read(token) {
      const id = readId(TOKEN, token);
      return id === null ? null : store.readPortalSession(id);
    },
  };
}
