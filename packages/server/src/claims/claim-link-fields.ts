import { type FieldError, parseDurationMs } from '@keyhold/core';
import { checkDuration } from '../keys/refused-fields.ts';
import type { ClaimLinkRequest } from './claim-links.ts';

const DAY_MS = 86_400_000;
const DEFAULT_LIFETIME_MS = 3 * DAY_MS;
/** A link that lies in a mailbox for longer is one that nobody waits for. */
const MAX_LIFETIME_MS = 30 * DAY_MS;

/** How a secret is to be handed over, as it comes over the wire. */
interface HandOverFields {
  readonly deliver?: 'response' | 'claim_link' | undefined;
  readonly claim_link?:
    | { readonly expires_in?: string | undefined; readonly passphrase?: string | undefined }
    | undefined;
}

export function checkHandOver({ deliver, claim_link: link }: HandOverFields): readonly FieldError[] {
  if (link === undefined) return [];
  if (deliver !== 'claim_link') {
    return [
      { pointer: '/claim_link', message: 'is for "deliver": "claim_link"; send that, or leave it out' },
    ];
  }
  const pointer = '/claim_link/expires_in';
  const wrong = checkDuration(pointer, link.expires_in);
  if (wrong.length > 0) return wrong;
  const lifetimeMs = toLifetimeMs(link.expires_in);
  return lifetimeMs > 0 && lifetimeMs <= MAX_LIFETIME_MS
    ? []
    : [{ pointer, message: 'must be more than nothing and at most 30d' }];
}

/** Null: into the answer. */
export function toClaimLinkRequest({ deliver, claim_link: link }: HandOverFields): ClaimLinkRequest | null {
  if (deliver !== 'claim_link') return null;
  return { lifetimeMs: toLifetimeMs(link?.expires_in), passphrase: link?.passphrase ?? null };
}

function toLifetimeMs(expiresIn: string | undefined): number {
  return expiresIn === undefined ? DEFAULT_LIFETIME_MS : (parseDurationMs(expiresIn) ?? 0);
}
