import { z } from 'zod';
import { instant, keyId } from './fields.ts';

export const keyUsage = z
  .object({
    key_id: keyId,
    from: instant,
    to: instant,
    data: z
      .array(
        z.object({
          hour: instant.meta({ description: 'Start of the hour.' }),
          accepted: z.int(),
          denied: z.int(),
          insufficient_scope: z.int(),
        }),
      )
      .meta({
        description: 'Hours in which the key was used, oldest first; hours without a call are left out.',
      }),
  })
  .meta({ description: 'Verifications of one key by hour and outcome. At most a second behind.' });

export const keyUsageQuery = z.strictObject({
  from: z.string().optional().meta({ format: 'date-time', description: 'Default: 24 hours before "to".' }),
  to: z
    .string()
    .optional()
    .meta({ format: 'date-time', description: 'Default: now. At most 31 days after "from".' }),
});
