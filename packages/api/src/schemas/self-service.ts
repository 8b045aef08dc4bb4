import { z } from 'zod';
import { instant, keyName } from './fields.ts';

const fields = {
  id: z.int().meta({ description: "The key's number.", examples: [12] }),
  name: keyName,
  prefix: z.string().meta({ description: 'What may be shown of the key.', examples: ['esms_live_****o5p6'] }),
  environment: z
    .string()
    .optional()
    .meta({ description: 'Absent where the keyspace has none.', examples: ['live'] }),
  scopes: z
    .array(z.string())
    .optional()
    .meta({ description: 'Absent where the keyspace has none.', examples: [['send', 'query']] }),
  expires_at: instant.optional().meta({ description: 'Absent for a key that does not expire.' }),
  created_at: instant,
};

export const selfServiceKeyList = z
  .array(
    z.object({
      ...fields,
      is_active: z
        .boolean()
        .meta({ description: 'The key can be used now: not revoked, not expired, not disabled.' }),
      last_used_at: z.union([instant, z.null()]),
    }),
  )
  .meta({ description: 'Newest first. Past one page a Link header leads to the next.' });
export type SelfServiceKeyList = z.infer<typeof selfServiceKeyList>;

export const selfServiceIssuedKey = z
  .object({
    ...fields,
    key: z
      .string()
      .optional()
      .meta({
        description: 'The secret, shown in this answer only. Absent when an Idempotency-Key was repeated.',
        examples: ['esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6'],
      }),
  })
  .meta({ description: 'The key and, this once, its secret.' });
export type SelfServiceIssuedKey = z.infer<typeof selfServiceIssuedKey>;

export const selfServiceIssueRequest = z
  .strictObject({
    name: keyName,
    environment: z.string().optional(),
    scopes: z
      .union([z.string(), z.array(z.string())])
      .optional()
      .meta({
        description: 'Comma-separated, or an array.',
        examples: ['send,query'],
      }),
    expires_at: z.union([z.string(), z.null()]).optional().meta({ format: 'date-time' }),
  })
  .meta({ examples: [{ name: 'Production server', environment: 'live', scopes: 'send,query' }] });

export const selfServiceListQuery = z.strictObject({
  limit: z.int().min(1).max(100).default(100),
  cursor: z.string().optional(),
});
export const selfServiceParams = z.strictObject({
  id: z.string().meta({ description: "The key's number.", examples: ['12'] }),
});
