import { z } from 'zod';
import { instant, keyId } from './fields.ts';
import { reason } from './verification.ts';

const verdict = z
  .object({
    at: instant,
    node: z.string().meta({ description: 'The node that decided.' }),
    face: z
      .string()
      .meta({ description: 'Where it was asked: gateway, verify, authorize …', examples: ['gateway'] }),
    keyspace: z.string().nullable(),
    organization: z.string().nullable(),
    key_id: keyId
      .nullable()
      .meta({ description: 'Null: the key is not known. What was presented is kept nowhere.' }),
    outcome: z.enum(['accepted', 'denied']),
    reason: reason.nullable().meta({ description: 'Null: accepted.' }),
    operation: z
      .string()
      .nullable()
      .meta({ examples: ['GET /api/messages'] }),
    address: z.string().nullable(),
  })
  .meta({ description: 'One verdict.' });

export const verdictList = z
  .object({
    data: z.array(verdict).meta({ description: 'Oldest first.' }),
    next_after: z.string().meta({ description: 'Send it as "after" for what came since.' }),
    sampled: z
      .boolean()
      .meta({ description: 'A process had more verdicts in a second than it tells of, which is 50.' }),
  })
  .meta({ description: 'Verdicts of the last minute, while somebody asks for them.' });
export type VerdictListBody = z.infer<typeof verdictList>;

export const verdictListQuery = z.strictObject({
  after: z
    .string()
    .optional()
    .meta({ description: '"next_after" of the answer before; left out: the last minute.' }),
  keyspace: z.string().optional(),
  organization: z.string().optional(),
  key: z.string().optional().meta({ description: 'Id of a key.' }),
  outcome: z.enum(['accepted', 'denied']).optional(),
});
