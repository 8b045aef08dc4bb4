import { z } from 'zod';

export const health = z.object({ status: z.literal('ok') }).meta({ description: 'The process is up.' });

export const readiness = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    checks: z.object({
      serving: z.boolean().meta({ description: 'Started, and not stopping.' }),
      store: z.boolean().meta({ description: 'A read of the store works.' }),
      lease: z.boolean().meta({ description: 'This node may answer from its table.' }),
    }),
  })
  .meta({ description: 'Whether requests should be sent here.' });

export const guideParams = z.strictObject({
  keyspace: z.string().meta({ description: "The keyspace's id.", examples: ['esms-africa'] }),
});
