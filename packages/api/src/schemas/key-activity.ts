import { z } from 'zod';
import { instant, keyId } from './fields.ts';
import { reason } from './verification.ts';

const address = z
  .string()
  .nullable()
  .meta({
    description: 'Where the request came from; null: whoever asked did not say.',
    examples: ['203.0.113.7'],
  });

export const keyActivity = z
  .object({
    key_id: keyId,
    last_used: z.object({ at: instant, address }).nullable().meta({ description: 'Null: never used.' }),
    refusals: z
      .array(
        z.object({
          reason,
          count: z.int().min(1),
          last_at: instant,
          address,
          operation: z
            .string()
            .nullable()
            .meta({
              description: 'What the last of them attempted, where it was said.',
              examples: ['POST /api/messages/send'],
            }),
        }),
      )
      .meta({
        description: 'One for each reason, since the key was made; the one that came last is first.',
      }),
  })
  .meta({ description: 'Where a key was last used from and why it was refused. At most a second behind.' });
export type KeyActivityBody = z.infer<typeof keyActivity>;
