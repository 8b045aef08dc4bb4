import { z } from 'zod';
import {
  cursor,
  instant,
  keyName,
  keyspaceId,
  nextCursor,
  nullableInstant,
  pageLimit,
  requestedExpiry,
  seq,
} from './fields.ts';

export const operatorScope = z.enum([
  'verify',
  'attach',
  'keys:read',
  'keys:write',
  'organizations:read',
  'organizations:write',
  'portal:write',
  'audit:read',
  'operators:write',
]);
/** What an operator token may do. */
export type OperatorScopeName = z.infer<typeof operatorScope>;

const keyspaces = z
  .array(keyspaceId)
  .nullable()
  .meta({
    description: 'The keyspaces the token may see and touch; null: all of them.',
    examples: [null],
  });

export const operator = z
  .object({
    id: z.string().meta({ examples: ['op_01jtb3v9x8f6s2m4n7q0r5w1yz'] }),
    key_id: z.string().meta({ examples: ['key_01jtb3v9x8f6s2m4n7q0r5w1yz'] }),
    name: keyName,
    scopes: z.array(operatorScope),
    keyspaces,
    masked_token: z.string().meta({ examples: ['khop_…x4Zq'] }),
    created_at: instant,
    expires_at: nullableInstant,
    disabled_at: nullableInstant.meta({
      description: 'Set by a restore of the database, until the token is released; it is denied meanwhile.',
    }),
    revoked_at: nullableInstant,
    last_used_at: nullableInstant,
    seq,
  })
  .meta({ description: 'A token for a person or a program that runs Keyhold.' });
export type OperatorBody = z.infer<typeof operator>;

export const operatorWithToken = operator.extend({
  token: z
    .string()
    .nullable()
    .meta({
      description: 'Shown in this answer only. Null when an Idempotency-Key was repeated.',
      examples: ['khop_…'],
    }),
  pending: z
    .literal(true)
    .optional()
    .meta({ description: 'Only with 202: stored, and not yet confirmed in every process.' }),
});

export const operatorList = z.object({ data: z.array(operator), next_cursor: nextCursor });

export const createOperatorRequest = z
  .strictObject({
    name: keyName,
    scopes: z
      .array(operatorScope)
      .min(1)
      .meta({ examples: [['verify']] }),
    keyspaces: keyspaces.optional(),
    expires_at: requestedExpiry.optional(),
  })
  .meta({ examples: [{ name: 'API gateway', scopes: ['verify'] }] });

export const operatorListQuery = z.strictObject({ cursor, limit: pageLimit(100, 100) });
export const operatorParams = z.strictObject({ id: z.string() });
