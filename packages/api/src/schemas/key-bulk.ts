import { z } from 'zod';
import { keyId, seq } from './fields.ts';

export const bulkChangeKeysRequest = z
  .strictObject({
    action: z.enum(['revoke', 'disable', 'enable']),
    ids: z
      .array(keyId)
      .min(1)
      .max(1000)
      .meta({ examples: [['key_01jtb3v9x8f6s2m4n7q0r5w1yz']] }),
    expected_count: z.int().meta({
      description: 'How many keys the caller means; the call is refused when "ids" names another number.',
      examples: [1],
    }),
    reason: z.string().max(500).optional().meta({ description: 'For the audit log.' }),
  })
  .meta({
    examples: [{ action: 'revoke', ids: ['key_01jtb3v9x8f6s2m4n7q0r5w1yz'], expected_count: 1 }],
  });

export const bulkChangedKeys = z
  .object({
    done: z.int().min(0).meta({ description: 'How many were changed.' }),
    outcomes: z
      .array(
        z.object({
          id: keyId,
          status: z.enum(['done', 'unchanged', 'refused']).meta({
            description: 'unchanged: it was so already.',
          }),
          code: z
            .enum(['key_not_found', 'key_revoked'])
            .optional()
            .meta({ description: 'Why it was refused.' }),
        }),
      )
      .meta({ description: 'In the order of "ids".' }),
    seq,
  })
  .meta({ description: 'What became of each key. All of it holds in every process.' });
export type BulkChangedKeysBody = z.infer<typeof bulkChangedKeys>;
