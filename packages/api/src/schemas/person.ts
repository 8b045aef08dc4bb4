import { z } from 'zod';
import { cursor, instant, nextCursor, nullableInstant, pageLimit } from './fields.ts';

export const personRole = z.enum(['owner', 'operator', 'read_only']).meta({
  description:
    'What a person may do: an owner everything; an operator everything but managing people and operator tokens and attaching verifiers; read_only looks.',
});
/** What a person may do in the console. */
export type PersonRole = z.infer<typeof personRole>;

export const personId = z.string().meta({ examples: ['person_01jtb3v9x8f6s2m4n7q0r5w1yz'] });

export const personName = z.string().meta({
  description: 'As colleagues know them: 1 to 100 characters, no control characters.',
  examples: ['Sam Ortiz'],
});

export const personEmail = z
  .string()
  .max(254)
  .meta({
    description: 'Who they log in as. Compared without regard to case.',
    examples: ['sam@example.com'],
  });

export const password = z
  .string()
  .max(512)
  .meta({
    description: '12 to 128 characters, and none of the most common ones.',
    examples: ['correct horse battery staple'],
  });

const personSession = z
  .object({
    id: z.string().meta({ examples: ['cs_01jtb3v9x8f6s2m4n7q0r5w1yz'] }),
    created_at: instant,
    last_seen_at: instant,
    source_address: z.string().nullable(),
    user_agent: z.string().nullable(),
    current: z.boolean().meta({ description: 'The one that asks.' }),
  })
  .meta({ description: 'A browser that is logged in.' });

export const person = z
  .object({
    id: personId,
    name: personName,
    email: personEmail,
    role: personRole,
    state: z.enum(['active', 'invited', 'disabled']),
    totp_enabled: z.boolean(),
    created_at: instant,
    created_by: z.string().meta({
      description: 'Id of who invited them; "console" for who came by the set-up link or a provider.',
    }),
    last_login_at: nullableInstant,
    sessions: z.array(personSession),
  })
  .meta({ description: 'A person who uses the console.' });
export type PersonBody = z.infer<typeof person>;

export const personWithInvitation = person.extend({
  invitation_url: z.string().meta({
    description: 'Shown in this answer only; works once, for 72 hours. Hand it over yourself.',
    examples: ['https://keyhold.example.com/console/invitation#khin_…'],
  }),
});
export type PersonWithInvitationBody = z.infer<typeof personWithInvitation>;

export const personList = z.object({ data: z.array(person), next_cursor: nextCursor });
export type PersonListBody = z.infer<typeof personList>;

export const invitePersonRequest = z
  .strictObject({ email: personEmail, name: personName, role: personRole })
  .meta({ examples: [{ email: 'sam@example.com', name: 'Sam Ortiz', role: 'operator' }] });

export const patchPersonRequest = z
  .strictObject({
    name: personName.optional(),
    role: personRole.optional(),
    disabled: z.boolean().optional().meta({ description: 'True ends their sessions at once.' }),
  })
  .meta({ examples: [{ role: 'read_only' }] });

export const endedSessions = z.object({ ended: z.int() });

export const personListQuery = z.strictObject({ cursor, limit: pageLimit(100, 100) });
export const personParams = z.strictObject({ id: z.string() });
