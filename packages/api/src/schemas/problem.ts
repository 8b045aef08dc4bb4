import { z } from 'zod';

/** Every error of the management API, and of the data plane where a keyspace has no body of its own (RFC 9457). */
export const problem = z
  .looseObject({
    type: z.string().meta({ examples: ['urn:keyhold:problem:validation_failed'] }),
    title: z.string(),
    status: z.int().meta({ description: 'The same as the status of the answer.' }),
    code: z.string().meta({ description: 'Stable; decide by it.', examples: ['validation_failed'] }),
    detail: z.string().optional().meta({ description: 'What happened here, then what to do. For people.' }),
    request_id: z.string().optional().meta({ description: 'The value of Keyhold-Request-Id.' }),
    errors: z
      .array(
        z.object({
          pointer: z
            .string()
            .meta({ description: 'JSON Pointer into the body, or "?name" for a query parameter.' }),
          message: z.string(),
        }),
      )
      .optional()
      .meta({
        description: 'Every field at fault, for unknown_field, validation_failed and invalid_request.',
      }),
    seq: z
      .int()
      .optional()
      .meta({ description: 'The change that is not yet confirmed, for revocation_pending.' }),
  })
  .meta({ description: 'Problem details, RFC 9457.' });
export type ProblemBody = z.infer<typeof problem>;
