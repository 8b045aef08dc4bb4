import { z } from 'zod';
import { keyspaceId, rowCount } from './fields.ts';

export const keyspace = z
  .object({
    id: keyspaceId,
    title: z.string().nullable(),
    environments: z.array(z.string()).meta({
      description: 'Empty: its keys have none.',
      examples: [['live', 'test']],
    }),
    scopes: z
      .record(z.string(), z.array(z.string()))
      .nullable()
      .meta({
        description: 'The operations that each scope opens; null: no scopes, a good key opens every path.',
        examples: [{ send: ['POST /api/messages/send'] }],
      }),
    format: z.string().meta({ examples: ['esms_{environment}_{random:base36:32}'] }),
    masked: z.string().meta({ examples: ['esms_{environment}_****{last:4}'] }),
    requires_feature: z.string().nullable().meta({
      description: 'What an organization must have switched on for its keys to be accepted.',
    }),
    retired: z.boolean().meta({ description: 'All its keys are denied and none can be issued.' }),
    limits: z.object({
      active_keys_per_organization: z.int().nullable(),
      max_lifetime_seconds: z.number().nullable(),
    }),
    recycle: z.object({
      max_grace_seconds: z.number().meta({ description: '0: the secret before always stops at once.' }),
    }),
    gateway: z
      .object({ url: z.string().nullable().meta({ description: 'Null: not known to this process.' }) })
      .nullable()
      .meta({ description: 'Where customers call the API; null: Keyhold stands in front of none.' }),
    guide_url: z
      .string()
      .nullable()
      .meta({ description: "The customers' guide; null: the configuration does not make it public." }),
    keys: z.object({ active: rowCount, total: rowCount }),
  })
  .meta({ description: 'A keyspace as it is configured.' });
export type KeyspaceBody = z.infer<typeof keyspace>;

export const keyspaceList = z.object({ data: z.array(keyspace) });
