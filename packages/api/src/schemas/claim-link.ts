import { z } from 'zod';
import { instant, nullableInstant } from './fields.ts';

export const claimLinkList = z
  .object({
    data: z.array(
      z.object({
        id: z.string().meta({ examples: ['clm_01jtb3v9x8f6s2m4n7q0r5w1yz'] }),
        state: z.enum(['waiting', 'claimed', 'ended']).meta({
          description: 'ended: it expired, or the key was recycled or revoked before anybody claimed it.',
        }),
        has_passphrase: z.boolean(),
        failed_claims: z.int().meta({ description: 'Wrong passphrases; the tenth ends the link.' }),
        created_at: instant,
        expires_at: instant,
        claimed_at: nullableInstant,
        claimed_from: z
          .string()
          .nullable()
          .meta({ description: 'The address.', examples: ['203.0.113.9'] }),
        tried_again_at: nullableInstant.meta({
          description: 'When somebody last came with it after it was claimed; null: nobody did.',
        }),
        tried_again_from: z
          .string()
          .nullable()
          .meta({ description: 'The address.', examples: ['198.51.100.4'] }),
      }),
    ),
  })
  .meta({ description: 'The links by which the secrets of a key were handed over, newest first.' });

export type ClaimLinkListBody = z.infer<typeof claimLinkList>;

/** What stands in a link behind its `#`. */
const secret = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** What the page of a link asks before anything is claimed. */
export const lookAtClaimLink = z.strictObject({ secret });
export const claimRequest = z.strictObject({ secret, passphrase: z.string().max(200).optional() });

/** What the page of a link shows before it is claimed. */
export interface ClaimLinkBody {
  /** Who sent it. */
  readonly title: string;
  readonly name: string;
  readonly organization: string;
  readonly environment: string | null;
  readonly scopes: readonly string[];
  readonly expires_at: string;
  readonly has_passphrase: boolean;
}

/** What a claim is answered with, once. */
export interface ClaimedKeyBody {
  readonly key: string;
  /** The environment variable that the keyspace's guide reads it from. */
  readonly variable: string;
  /** Null where the guide is not public. */
  readonly guide_url: string | null;
}
