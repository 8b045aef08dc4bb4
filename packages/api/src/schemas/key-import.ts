import { z } from 'zod';
import { keyId, keyName, keyspaceId, metadata, organizationId, requestedExpiry, seq } from './fields.ts';

/** Rows in one import. */
const MAX_IMPORT_ROWS = 1000;

const importRow = z.strictObject({
  organization: organizationId,
  name: keyName,
  key: z
    .string()
    .optional()
    .meta({ description: 'The whole key; it must have a format of the keyspace. Not with "sha256".' }),
  sha256: z.string().optional().meta({
    description: 'SHA-256 of the whole key, 64 hex digits or base64. Needs "entropy_bits". Not with "key".',
  }),
  entropy_bits: z.number().optional().meta({
    description: 'Bits of randomness in the key behind "sha256"; at least 112 (NIST SP 800-63B).',
  }),
  masked_key: z.string().optional().meta({
    description: 'What lists show for a key known by its digest only; up to 64 characters.',
  }),
  environment: z
    .string()
    .optional()
    .meta({ description: 'As at issue; with "key" it is read from the key.' }),
  scopes: z.array(z.string()).optional(),
  expires_at: requestedExpiry.optional(),
  allowed_cidrs: z.array(z.string()).optional(),
  metadata: metadata.optional(),
});
export type ImportRowRequest = z.infer<typeof importRow>;

export const importKeysRequest = z
  .strictObject({ keyspace: keyspaceId, keys: z.array(importRow).min(1).max(MAX_IMPORT_ROWS) })
  .meta({
    examples: [
      {
        keyspace: 'esms-africa',
        keys: [
          {
            organization: 'acme',
            name: 'Billing service',
            key: 'esms_live_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6',
            scopes: ['query'],
          },
        ],
      },
    ],
  });

const importOutcome = z.union([
  z.object({ status: z.literal('imported'), id: keyId, number: z.int(), masked_key: z.string() }),
  z.object({
    status: z.literal('refused'),
    code: z.enum([
      'already_exists',
      'active_key_limit_reached',
      'organization_not_found',
      'validation_failed',
    ]),
    errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
  }),
]);
export type ImportOutcomeBody = z.infer<typeof importOutcome>;

export const importedKeys = z
  .object({
    data: z.array(importOutcome).meta({ description: 'One outcome for each row, in the order of the rows.' }),
    imported_count: z.int().min(0),
    seq,
  })
  .meta({
    description: 'What became of each row. Rows that could be imported are, whatever became of the others.',
  });
