import { z } from 'zod';
import { rowCount } from './fields.ts';

export const overview = z
  .object({
    keys: z.object({ active: rowCount, disabled: rowCount, expired: rowCount, revoked: rowCount }),
    organizations: z.object({ total: rowCount, suspended: rowCount }),
    safety: z
      .object({
        never_expires: rowCount,
        idle_90_days: rowCount,
        never_used: rowCount,
        expiring_soon: rowCount,
      })
      .meta({ description: 'The keys that GET /v1/keys lists with "safety".' }),
    nodes: z.int().min(1),
  })
  .meta({ description: 'How much there is of what, in the keyspaces that the caller reaches.' });
export type OverviewBody = z.infer<typeof overview>;
