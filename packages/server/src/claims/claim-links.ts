import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Authority } from '@keyhold/coherence';
import {
  type ClaimLinkId,
  type Clock,
  createClaimLinkId,
  formatInstant,
  isKeyholdError,
  KeyholdError,
  type RandomBytes,
} from '@keyhold/core';
import type { ClaimLinkRecord, KeyRecord, MutationContext, NewClaimLink, Store } from '@keyhold/store';
import { commitSecret } from '../keys/secret-commit.ts';
import { digestLinkSecret, openSeal, sealKey } from './claim-seal.ts';

/** How a secret is handed over by a link. */
export interface ClaimLinkRequest {
  readonly lifetimeMs: number;
  /** Asked of whoever follows the link; null: none. */
  readonly passphrase: string | null;
}

/** A link as it was followed. */
export interface FollowedLink {
  /** The last part of its path. */
  readonly token: string;
  /** What stands behind its `#`. */
  readonly secret: string;
}

/** Who follows it, for the audit log. */
export type Follower = Pick<MutationContext, 'requestId' | 'sourceAddress'>;

/** Hands keys over by links that work once; what is kept of a key until then can be read with the link alone. */
export interface ClaimLinks {
  /** @returns what the store keeps, and the path and fragment of the link, which nobody keeps. */
  prepare(
    presentedKey: string,
    request: ClaimLinkRequest,
  ): Promise<{ readonly link: NewClaimLink; readonly path: string }>;
  /**
   * What may be told before the key is claimed. A token that was never given costs one MAC and no I/O.
   *
   * @throws {KeyholdError} `claim_link_not_found` (another secret included), `claim_link_used`, `claim_link_ended`.
   */
  look(followed: FollowedLink, follower: Follower): Promise<ClaimLinkRecord>;
  /**
   * Lets the key open what it opens from now on, and shows it, once.
   *
   * @throws {KeyholdError} as {@link ClaimLinks.look}, and `claim_passphrase_wrong`.
   */
  claim(
    followed: FollowedLink,
    passphrase: string | null,
    follower: Follower,
  ): Promise<{ readonly record: KeyRecord; readonly presentedKey: string }>;
}

export interface ClaimLinksOptions {
  readonly store: Pick<Store, 'readClaimLink' | 'claimKey' | 'refuseClaim'>;
  readonly authority: Pick<Authority, 'commit'>;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** 32 secret bytes, the same on every node and after a restart. */
  readonly macKey: Uint8Array;
}

/** The path before a link's token. */
export const CLAIM_PREFIX = '/claim/';

const TOKEN = /^([0-9a-z]{26})_([A-Za-z0-9_-]{43})$/;
const ACTOR = { kind: 'system', name: 'claim link' } as const;

export function createClaimLinks(options: ClaimLinksOptions): ClaimLinks {
  const { store, authority, clock, randomBytes, macKey } = options;

  function macOf(id: ClaimLinkId): string {
    return createHmac('sha256', macKey).update(`claim link ${id}`).digest('base64url');
  }

  /** The link, whatever became of it, for who has the whole of it. */
  async function find({ token, secret }: FollowedLink): Promise<ClaimLinkRecord> {
    const [, suffix, mac] = TOKEN.exec(token) ?? [];
    if (suffix === undefined || mac === undefined) throw notFound();
    const id: ClaimLinkId = `clm_${suffix}`;
    // As texts, because base64url lets the last character's spare bits vary.
    if (!timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(id)))) throw notFound();
    const link = await store.readClaimLink(id);
    if (link === null) throw notFound();
    const digest = Buffer.from(digestLinkSecret(secret));
    if (!timingSafeEqual(digest, Buffer.from(link.secretDigest))) throw notFound();
    return link;
  }

  async function requireWaiting(followed: FollowedLink, follower: Follower) {
    const link = await find(followed);
    if (link.claimedAtMs !== null) {
      await refuse(link, follower, 'already_claimed');
      throw used(link.claimedAtMs);
    }
    const isOver = link.key.revokedAtMs !== null || link.expiresAtMs <= clock.nowMs();
    if (link.sealedKey === null || isOver) throw ended();
    return { ...link, sealedKey: link.sealedKey };
  }

  async function refuse(
    { id }: ClaimLinkRecord,
    follower: Follower,
    cause: 'already_claimed' | 'wrong_passphrase',
  ): Promise<void> {
    await authority.commit(() => store.refuseClaim({ ...follower, actor: ACTOR }, id, cause));
  }

  return {
    async prepare(presentedKey, { lifetimeMs, passphrase }) {
      const nowMs = clock.nowMs();
      const id = createClaimLinkId(randomBytes, nowMs);
      const { secret, sealed } = await sealKey(presentedKey, passphrase, randomBytes);
      return {
        link: {
          id,
          sealedKey: sealed,
          secretDigest: digestLinkSecret(secret),
          hasPassphrase: passphrase !== null,
          expiresAtMs: nowMs + lifetimeMs,
        },
        path: `${CLAIM_PREFIX}${id.slice('clm_'.length)}_${macOf(id)}#${secret}`,
      };
    },

    look: requireWaiting,

    async claim(followed, passphrase, follower) {
      const link = await requireWaiting(followed, follower);
      const seal = { secret: followed.secret, sealed: link.sealedKey };
      const presentedKey = await openSeal(seal, link.hasPassphrase ? (passphrase ?? '') : null);
      if (presentedKey === null) {
        await refuse(link, follower, 'wrong_passphrase');
        throw new KeyholdError(
          'claim_passphrase_wrong',
          'That is not the passphrase of this link. Send the one that came by another way; the tenth wrong one ends the link.',
        );
      }
      try {
        const context = { ...follower, actor: ACTOR };
        const { mutated } = await commitSecret(authority, () => store.claimKey(context, link.id));
        return { record: mutated.value, presentedKey };
      } catch (error) {
        // Somebody else with the same link was faster.
        if (isKeyholdError(error) && error.code === 'claim_link_used') {
          await refuse(link, follower, 'already_claimed');
        }
        throw error;
      }
    },
  };
}

function notFound(): KeyholdError {
  return new KeyholdError(
    'claim_link_not_found',
    'There is no such link. Follow the whole of it as it was sent, with what stands behind its #.',
  );
}

function used(claimedAtMs: number): KeyholdError {
  return new KeyholdError(
    'claim_link_used',
    `The key was claimed with this link on ${toReadable(claimedAtMs)}. If that was not you, tell whoever sent the link: they recycle the key.`,
  );
}

/** `2026-11-21, 14:05 UTC`: people read it, on the page of the link. */
function toReadable(ms: number): string {
  const [day, time = ''] = formatInstant(ms).split('T');
  return `${day}, ${time.slice(0, 5)} UTC`;
}

function ended(): KeyholdError {
  return new KeyholdError(
    'claim_link_ended',
    'The link is over, and its key was not claimed. Ask whoever sent it for another one.',
  );
}
