import { z } from 'zod';
import { keyId, keyName, nullableInstant, organizationId } from './fields.ts';

export const reason = z.enum([
  'missing',
  'malformed',
  'unknown',
  'wrong_keyspace',
  'revoked',
  'expired',
  'disabled',
  'organization_suspended',
  'feature_off',
  'environment_not_accepted',
  'address_not_allowed',
  'insufficient_scope',
]);

export const verifyRequest = z
  .strictObject({
    key: z.string().meta({
      description: 'The key as it was presented. Not kept, not logged.',
      examples: ['esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6'],
    }),
    keyspace: z
      .string()
      .optional()
      .meta({
        description: 'The keyspace the key must be of. Left out: any that the caller may see.',
        examples: ['esms-africa'],
      }),
    operation: z
      .string()
      .optional()
      .meta({
        description:
          'The operation attempted, "METHOD /path". Where the keyspace has scopes, the key must hold one that opens it.',
        examples: ['POST /api/messages/send'],
      }),
    scopes: z
      .array(z.string())
      .max(256)
      .optional()
      .meta({ description: 'Scopes the key must hold, all of them.' }),
    client_ip: z
      .string()
      .optional()
      .meta({
        description: 'Where the request came from. Without it, a key limited to networks is denied.',
        examples: ['203.0.113.7'],
      }),
    min_seq: z.int().min(0).optional().meta({
      description:
        'Answer once this change has been applied: waits up to 3 seconds for it, then answers 503 lease_lost.',
    }),
  })
  .meta({
    examples: [
      {
        key: 'esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6',
        keyspace: 'esms-africa',
        operation: 'POST /api/messages/send',
      },
    ],
  });

export const verifyAnswer = z
  .union([
    z.object({
      valid: z.literal(true),
      key_id: keyId,
      keyspace: z.string(),
      organization: organizationId,
      environment: z.string().nullable(),
      scopes: z.array(z.string()),
      name: keyName,
      expires_at: nullableInstant,
    }),
    z.object({ valid: z.literal(false), reason }),
  ])
  .meta({
    description:
      'Whether the key may be used now. The reason is for the caller alone: never show it to who presented the key.',
  });
export type VerifyAnswer = z.infer<typeof verifyAnswer>;

export const introspectRequest = z
  .object({
    token: z.string().meta({ examples: ['esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6'] }),
    token_type_hint: z.string().optional().meta({ description: 'Read and not used (RFC 7662 §2.1).' }),
  })
  .meta({ examples: [{ token: 'esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6' }] });

export const introspectAnswer = z
  .union([
    z.object({
      active: z.literal(true),
      token_type: z.literal('Bearer'),
      client_id: keyId.meta({ description: 'The id of the key.' }),
      sub: organizationId.meta({ description: 'The organization that owns the key.' }),
      aud: z.string().meta({ description: 'The keyspace of the key.' }),
      scope: z
        .string()
        .optional()
        .meta({ description: 'Scopes, space-separated; absent where there are none.' }),
      exp: z
        .int()
        .optional()
        .meta({ description: 'Seconds since 1970; absent when the key does not expire.' }),
    }),
    z.object({ active: z.literal(false) }),
  ])
  .meta({
    description:
      'RFC 7662. A key that is not good, or not visible to the caller, is {"active": false} and nothing more.',
  });
export type IntrospectAnswer = z.infer<typeof introspectAnswer>;

export const authorizeParams = z.strictObject({ keyspace: z.string() });
