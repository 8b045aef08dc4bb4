import { z } from 'zod';
import { cursor, instant, label, nextCursor, organizationId, pageLimit, searchText, seq } from './fields.ts';

const organizationName = z.string().meta({
  description: 'For people: 1 to 100 characters, no control characters.',
  examples: ['Acme Ltd'],
});
const labels = z.array(label).max(64);

export const organization = z
  .object({
    id: organizationId,
    name: organizationName,
    features: labels.meta({
      examples: [['partner-api']],
      description: 'Switches that a keyspace can demand.',
    }),
    tags: labels.meta({ examples: [[]] }),
    suspended: z.boolean().meta({ description: 'While true, every key of the organization is denied.' }),
    created_at: instant,
    seq,
  })
  .meta({ description: 'A customer account that owns keys.' });
export type OrganizationBody = z.infer<typeof organization>;

export const organizationList = z.object({ data: z.array(organization), next_cursor: nextCursor });

export const createOrganizationRequest = z
  .strictObject({
    id: organizationId.optional().meta({ description: 'Your own id for the customer; made when left out.' }),
    name: organizationName,
    features: labels.optional(),
    tags: labels.optional(),
    suspended: z.boolean().optional(),
  })
  .meta({ examples: [{ id: 'acme', name: 'Acme Ltd', features: ['partner-api'] }] });

export const patchOrganizationRequest = z
  .strictObject({
    name: organizationName.optional(),
    features: labels.optional().meta({ description: 'The whole list; a feature left out is off.' }),
    tags: labels.optional(),
    suspended: z.boolean().optional(),
  })
  .meta({ examples: [{ suspended: true }] });

export const revokeOrganizationKeysRequest = z
  .strictObject({
    keyspace: z.string().optional().meta({ description: 'Only the keys of this keyspace.' }),
    reason: z.string().max(500).optional().meta({ description: 'For the audit log.' }),
  })
  .meta({ examples: [{ reason: 'contract ended' }] });

export const revokedOrganizationKeys = z.object({
  organization: organizationId,
  revoked_count: z.int().min(0),
  seq,
});

export const organizationListQuery = z.strictObject({
  search: searchText.meta({ description: 'The beginning of the id or of the name, A–Z in either case.' }),
  suspended: z.enum(['true', 'false']).optional(),
  cursor,
  limit: pageLimit(1000, 100),
});
export const organizationParams = z.strictObject({ id: organizationId });
