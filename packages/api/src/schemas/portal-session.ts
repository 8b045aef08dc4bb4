import { z } from 'zod';
import { instant, keyspaceId, organizationId } from './fields.ts';

export const createPortalSessionRequest = z
  .strictObject({
    keyspace: keyspaceId,
    organization: organizationId,
    expires_in: z
      .string()
      .optional()
      .meta({
        description: 'How long the session lasts ("15m", "PT8H"): up to 24 hours. Default: one hour.',
        examples: ['1h'],
      }),
  })
  .meta({ examples: [{ keyspace: 'esms-africa', organization: 'acme' }] });

export const portalSession = z
  .object({
    id: z.string().meta({ examples: ['ps_01jtb3v9x8f6s2m4n7q0r5w1yz'] }),
    token: z.string().meta({
      description: 'Bearer token for the self-service API of this keyspace, shown in this answer only.',
      examples: ['khps_01jtb3v9x8f6s2m4n7q0r5w1yz_…'],
    }),
    keyspace: keyspaceId,
    organization: organizationId,
    expires_at: instant,
  })
  .meta({ description: "A short-lived right to manage one organization's keys in one keyspace." });
