import { z } from 'zod';

/** An instant in an answer. */
export const instant = z
  .string()
  .meta({ format: 'date-time', description: 'RFC 3339, UTC.', examples: ['2026-05-02T10:00:00Z'] });

export const nullableInstant = z
  .union([instant, z.null()])
  .meta({ description: 'RFC 3339, UTC; null where it does not apply.', examples: [null] });

/** An instant in a request: RFC 3339 with a zone, checked as strictly as the calendar (no 30 February, no second 60). */
export const requestedExpiry = z.union([z.string(), z.null()]).meta({
  format: 'date-time',
  description: 'RFC 3339 with a zone, in the future; null for no expiry.',
  examples: ['2027-05-02T10:00:00Z'],
});

export const organizationId = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,64}$/)
  .meta({ description: '1 to 64 characters of A–Z a–z 0–9 . _ : -', examples: ['acme'] });

export const keyspaceId = z.string().meta({
  description: 'A keyspace that the configuration declares.',
  examples: ['esms-africa'],
});

export const keyId = z.string().meta({ examples: ['key_01jtb3v9x8f6s2m4n7q0r5w1yz'] });

export const keyName = z.string().meta({
  description: 'A label for people: 1 to 100 characters, no control characters. Kept in Unicode form NFC.',
  examples: ['Production server'],
});

export const seq = z.int().meta({
  description:
    'The change this call waited for: it holds in every process. Verify with "min_seq" to be sure of it anywhere.',
  examples: [42],
});

export const allowedCidrs = z
  .array(z.string())
  .max(64)
  .meta({
    description: 'Networks the key may be used from (CIDR); empty: from anywhere.',
    examples: [[]],
  });

export const metadata = z.record(z.string(), z.unknown()).meta({
  description:
    'Anything the operator wants to keep with the key: up to 32 names, 4 levels and 4,096 bytes of JSON.',
  examples: [{ ticket: 'OPS-7' }],
});

/** A word of an organization: a feature or a tag. */
export const label = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,64}$/)
  .meta({ examples: ['partner-api'] });

export const cursor = z.string().optional().meta({
  description: '"next_cursor" of the page before, with the same filters.',
});

/** How many rows a page may have, for lists of up to `most`. */
export function pageLimit(most: number, usual: number) {
  return z.int().min(1).max(most).default(usual).meta({ description: 'Rows in one page.' });
}

/** What a list is searched for. */
export const searchText = z
  .string()
  .regex(/^[^\p{Cc}]{1,100}$/u)
  .optional();

/** A moment in a query. */
export const moment = z.string().optional();

/** How many there are, counted no further than is quick. */
export const rowCount = z
  .object({
    value: z.int().min(0),
    at_least: z.boolean().meta({
      description: 'True: counting stopped there, and there may be more. Past 10,000 it always does.',
    }),
  })
  .meta({ examples: [{ value: 12, at_least: false }] });

export const nextCursor = z
  .string()
  .nullable()
  .meta({ description: 'Send it as "cursor" for the next page; null at the end.', examples: [null] });
