import { z } from 'zod';
import {
  allowedCidrs,
  cursor,
  instant,
  keyId,
  keyName,
  keyspaceId,
  metadata,
  nextCursor,
  nullableInstant,
  organizationId,
  pageLimit,
  requestedExpiry,
  searchText,
  seq,
} from './fields.ts';

const scopes = z
  .array(z.string())
  .max(256)
  .meta({
    description: 'Scopes of the keyspace, in its order; empty where it has none.',
    examples: [['send', 'query']],
  });

const keyState = z.enum(['active', 'disabled', 'expired', 'revoked']);

export const key = z
  .object({
    id: keyId,
    number: z
      .int()
      .meta({ description: 'Per keyspace, never reused; the "id" of self-service.', examples: [12] }),
    keyspace: keyspaceId,
    organization: organizationId,
    name: keyName,
    environment: z
      .string()
      .nullable()
      .meta({ examples: ['live'] }),
    scopes,
    masked_key: z
      .string()
      .meta({ description: 'What may be shown of the key.', examples: ['esms_live_****o5p6'] }),
    state: keyState.meta({
      description:
        'The first of revoked, expired and disabled that holds, or else active. A disabled key has "disabled" here and is listed by state=active too, since it counts for the cap.',
    }),
    allowed_cidrs: allowedCidrs,
    metadata,
    created_at: instant,
    created_by: z.string().meta({
      description: 'Who issued it, as the audit log has them.',
      examples: ['op_01jtb3v9x8f6s2m4n7q0r5w1yz'],
    }),
    created_by_name: z
      .string()
      .nullable()
      .meta({
        description:
          'What they were called then: the person, the operator token or the key; on a keys page the user that its session was made for. Null: nothing.',
        examples: ['Sam Ortiz'],
      }),
    expires_at: nullableInstant,
    disabled_at: nullableInstant,
    revoked_at: nullableInstant,
    last_used_at: nullableInstant.meta({ description: 'At most a second behind.' }),
    generation: z.int().meta({ description: '1, and one more for each recycling.', examples: [1] }),
    grace_until: nullableInstant.meta({
      description: 'When the secret before the newest stops, while that lies ahead.',
    }),
    claim_until: nullableInstant.meta({
      description:
        'Until when the newest secret waits to be claimed by its link, and opens nothing; null: it waits for nobody.',
    }),
    link_tried_again_at: nullableInstant.meta({
      description:
        "When somebody last came with the newest secret's link after it was claimed: if it was not the recipient, somebody else may have the key; recycle it. Null: nobody did.",
    }),
    seq,
  })
  .meta({ description: 'A key as it can be shown. The secret is in no answer but the first.' });
export type KeyBody = z.infer<typeof key>;

/** The answer that shows a secret, once. */
export const keyWithSecret = key
  .extend({
    key: z
      .string()
      .nullable()
      .meta({
        description:
          'The secret, shown in this answer only. Null when an Idempotency-Key was repeated, or it is handed over by "claim_url".',
        examples: ['esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6'],
      }),
    claim_url: z.string().optional().meta({
      description:
        'With deliver "claim_link": the link to send, in this answer only. What stands behind its # is kept nowhere.',
    }),
    pending: z.literal(true).optional().meta({
      description: 'Only with 202: stored, and not yet confirmed in every process.',
    }),
  })
  .meta({ description: 'A key together with its secret.' });
export type KeyWithSecretBody = z.infer<typeof keyWithSecret>;

export const keyList = z.object({ data: z.array(key), next_cursor: nextCursor });

const requestedScopes = z.array(z.string()).meta({
  description: 'Required where the keyspace has scopes, refused where it has none.',
  examples: [['send', 'query']],
});
const handOver = {
  deliver: z.enum(['response', 'claim_link']).optional().meta({
    description:
      'Where the secret goes: into the answer, or to whoever follows a link that works once. Until it is claimed it opens nothing, and when the link expires unclaimed the key is revoked. Default: response.',
  }),
  claim_link: z
    .strictObject({
      expires_in: z
        .string()
        .optional()
        .meta({ description: 'Up to 30d; default 3d.', examples: ['3d'] }),
      passphrase: z
        .string()
        .min(8)
        .max(200)
        .optional()
        .meta({ description: 'Asked of whoever follows the link; send it by another way.' }),
    })
    .optional()
    .meta({ description: 'With deliver "claim_link".' }),
};
const requestedCidrs = z.array(z.string()).meta({ examples: [['203.0.113.0/24']] });

export const issueKeyRequest = z
  .strictObject({
    keyspace: keyspaceId,
    organization: organizationId,
    name: keyName,
    environment: z
      .string()
      .optional()
      .meta({ description: 'Required where the keyspace has several.', examples: ['live'] }),
    scopes: requestedScopes.optional(),
    expires_at: requestedExpiry.optional(),
    allowed_cidrs: requestedCidrs.optional(),
    metadata: metadata.optional(),
    ...handOver,
  })
  .meta({
    examples: [
      {
        keyspace: 'esms-africa',
        organization: 'acme',
        name: 'Production server',
        environment: 'live',
        scopes: ['send', 'query'],
      },
    ],
  });

export const patchKeyRequest = z
  .strictObject({
    name: keyName.optional(),
    scopes: requestedScopes.optional(),
    expires_at: requestedExpiry.optional(),
    allowed_cidrs: requestedCidrs.optional(),
    metadata: metadata.optional().meta({ description: 'The whole object; it replaces the one before.' }),
  })
  .meta({ examples: [{ name: 'Production server, Nairobi' }] });

export const recycleKeyRequest = z
  .strictObject({
    grace: z
      .string()
      .optional()
      .meta({
        description:
          'How long the present secret goes on working ("15m", "PT1H"); up to what the keyspace allows. Default: it stops at once.',
        examples: ['15m'],
      }),
    ...handOver,
  })
  .meta({ examples: [{}] });

export const revokeKeyRequest = z
  .strictObject({ reason: z.string().max(500).optional().meta({ description: 'For the audit log.' }) })
  .meta({ examples: [{ reason: 'found in a public repository' }] });

export const emptyRequest = z
  .strictObject({})
  .meta({ description: 'No fields; the body may be left out.', examples: [{}] });

export const keyListQuery = z.strictObject({
  keyspace: z.string().optional(),
  organization: z.string().optional(),
  state: keyState.optional().meta({
    description:
      'active: not revoked and not past its expiry, which a disabled key may be too (it counts for the cap). disabled: only those of them that are disabled.',
  }),
  search: searchText.meta({
    description:
      'The beginning of the name (A–Z in either case), the id, the number ("12" or "#12"), or what lists show of the key: its beginning, or four characters or more of its end.',
  }),
  safety: z.enum(['never_expires', 'idle_90_days', 'never_used', 'expiring_soon']).optional().meta({
    description:
      'Keys that work and that somebody ought to look at. idle_90_days: not used for 90 days, or made so long ago and never used. expiring_soon: within 30 days.',
  }),
  sort: z
    .enum(['created', '-created', 'last_used', '-last_used', 'expires', '-expires', 'name', '-name'])
    .default('-created')
    .meta({
      description:
        'With "-" the newest, latest or last first. By last use, keys that never were used come before the others; by expiry, those without one come after.',
    }),
  cursor,
  limit: pageLimit(1000, 100).meta({
    description:
      'Rows in one page at most. A page is chosen from 5,000 keys at most, so that with filters it may be shorter, even empty, before the end.',
  }),
});
export const keyParams = z.strictObject({ id: keyId });
