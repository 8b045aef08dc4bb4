import { z } from 'zod';
import { instant, keyName, keyspaceId, organizationId } from './fields.ts';

export const createPortalSessionRequest = z
  .strictObject({
    keyspace: keyspaceId,
    organization: organizationId,
    user: keyName.optional().meta({
      description: 'The person it is for, as keys made with it shall name them.',
      examples: ['Sam Ortiz'],
    }),
    return_url: z
      .string()
      .max(2048)
      .optional()
      .meta({
        description: "Where the API Keys page's way back leads: an https URL, or http on this machine.",
        examples: ['https://app.example.com/settings/security'],
      }),
    expires_in: z
      .string()
      .optional()
      .meta({
        description: 'How long the session lasts ("15m", "PT8H"): up to 24 hours. Default: one hour.',
        examples: ['1h'],
      }),
  })
  .meta({ examples: [{ keyspace: 'esms-africa', organization: 'acme', user: 'Sam Ortiz' }] });

export const portalSession = z
  .object({
    id: z.string().meta({ examples: ['ps_01jtb3v9x8f6s2m4n7q0r5w1yz'] }),
    token: z.string().meta({
      description: 'Bearer token for the self-service API of this keyspace, shown in this answer only.',
      examples: ['khps_01jtb3v9x8f6s2m4n7q0r5w1yz_…'],
    }),
    url: z.string().meta({
      description:
        'The API Keys page, with a one-time code in its fragment: send the customer there within ten minutes. The code works once.',
      examples: ['https://api.example.com/keys#code=khpl_01jtb3v9x8f6s2m4n7q0r5w1yz_…'],
    }),
    keyspace: keyspaceId,
    organization: organizationId,
    expires_at: instant,
  })
  .meta({ description: "A short-lived right to manage one organization's keys in one keyspace." });
