import { z } from 'zod';
import { cursor, instant, moment, nextCursor, pageLimit } from './fields.ts';

const partyName = z
  .string()
  .nullable()
  .meta({
    description: 'What it is called now; null: nothing, or it is not kept any more.',
    examples: ['Sam Ortiz'],
  });

export const auditEvent = z
  .object({
    id: z.string().meta({ examples: ['evt_01jtb3v9x8f6s2m4n7q0r5w1yz'] }),
    at: instant,
    action: z.string().meta({ description: 'Noun and verb.', examples: ['key.revoke'] }),
    actor: z.object({
      kind: z.enum(['operator', 'key', 'portal_session', 'person', 'system']),
      id: z.string(),
      name: partyName,
    }),
    subject: z.object({ kind: z.string(), id: z.string(), name: partyName }),
    keyspace: z.string().nullable(),
    organization: z.string().nullable(),
    request_id: z.string().nullable(),
    source_address: z.string().nullable(),
    details: z.record(z.string(), z.unknown()).meta({
      description:
        'What changed, by field, under the names and in the forms of the API; never a secret or a digest.',
    }),
  })
  .meta({ description: 'Who did what to which key, from where.' });

export type AuditEventBody = z.infer<typeof auditEvent>;

export const auditEventList = z.object({ data: z.array(auditEvent), next_cursor: nextCursor });

const auditEventFilter = z.strictObject({
  keyspace: z.string().optional(),
  organization: z.string().optional(),
  subject: z.string().optional().meta({ description: 'Id of what was acted on.' }),
  actor: z.string().optional().meta({ description: 'Id of who acted.' }),
  action: z
    .string()
    .optional()
    .meta({ examples: ['key.revoke'] }),
  from: moment.meta({ format: 'date-time', description: 'From this moment on; RFC 3339 with a zone.' }),
  to: moment.meta({ format: 'date-time', description: 'Before this moment; RFC 3339 with a zone.' }),
});

export const auditEventListQuery = auditEventFilter.extend({ cursor, limit: pageLimit(1000, 100) });

export const auditEventExportQuery = auditEventFilter.extend({
  format: z.enum(['jsonl', 'csv']).default('jsonl'),
});
