import { z } from 'zod';
import { instant, keyName, nullableInstant } from './fields.ts';

/** What the API Keys page and the server tell each other. Both are of one release, so it is no public contract. */

const count = z.int().min(0);

/** Everything the page says that is not of one key. */
export const keysPageSession = z.object({
  keyspace: z.string(),
  /** What the API is called. */
  title: z.string(),
  organization: z.object({ id: z.string(), name: z.string() }),
  user: z.string().nullable(),
  expires_at: instant,
  return_url: z.string().nullable(),
  guide_url: z.string().nullable(),
  /** Empty: keys have none. */
  environments: z.array(z.string()),
  /** Null: keys have none. In the order of the configuration. */
  scopes: z.array(z.object({ name: z.string(), operations: z.array(z.string()) })).nullable(),
  active_key_limit: z.int().nullable(),
  /** Null: a key may live for ever. */
  max_lifetime_seconds: z.number().nullable(),
  /** 0: recycling ends the old secret at once. */
  max_grace_seconds: z.number(),
  /** How a key is sent, for examples: a call that works as it stands. */
  example: z.object({
    /** Without a slash at the end; null: not known. */
    address: z.string().nullable(),
    method: z.string(),
    path: z.string(),
    body: z.record(z.string(), z.unknown()).nullable(),
    header: z.string(),
    /** Null: the header holds the bare key. */
    scheme: z.string().nullable(),
    variable: z.string(),
  }),
});
export type KeysPageSession = z.infer<typeof keysPageSession>;

export const keysPageKey = z.object({
  number: z.int(),
  name: keyName,
  masked_key: z.string(),
  environment: z.string().nullable(),
  scopes: z.array(z.string()),
  state: z.enum(['active', 'disabled', 'expired', 'revoked']),
  /** Disabled by whoever runs the API, so that its customer cannot enable it. */
  held: z.boolean(),
  created_at: instant,
  /** Who issued it: a person by name, the operator, another key, or somebody on a page who was not named. */
  created_by: z.object({
    kind: z.enum(['person', 'operator', 'key', 'page']),
    name: z.string().nullable(),
  }),
  last_used_at: nullableInstant,
  expires_at: nullableInstant,
  revoked_at: nullableInstant,
  /** When the secret before the newest stops, while that lies ahead. */
  grace_until: nullableInstant,
  /** Until when the newest secret waits to be claimed by its link, and opens nothing. */
  claim_until: nullableInstant,
  /** When somebody last came with the newest secret's link after it was claimed. */
  link_tried_again_at: nullableInstant,
});
export type KeysPageKey = z.infer<typeof keysPageKey>;

export const keysPageList = z.object({
  data: z.array(keysPageKey),
  next_cursor: z.string().nullable(),
  /** The server's time, which states and ages are told by. */
  now: instant,
});
export type KeysPageList = z.infer<typeof keysPageList>;

/** The one answer that shows a secret. */
export const keysPageIssuedKey = z.object({ secret: z.string().nullable(), key: keysPageKey });
export type KeysPageIssuedKey = z.infer<typeof keysPageIssuedKey>;

export const keysPageUsage = z.object({
  /** The last of the days, UTC: `2026-11-21`. */
  last_day: z.string(),
  /** By key number; one count for each day, oldest first. */
  keys: z.record(z.string(), z.object({ accepted: z.array(count), refused: z.array(count) })),
});
export type KeysPageUsage = z.infer<typeof keysPageUsage>;

export const openSessionRequest = z.strictObject({ code: z.string() });

export const pageIssueRequest = z.strictObject({
  name: keyName,
  environment: z.string().optional(),
  scopes: z.array(z.string()).optional(),
  expires_at: z.union([z.string(), z.null()]).optional(),
});
export type PageIssueRequest = z.infer<typeof pageIssueRequest>;

export const pageRenameRequest = z.strictObject({ name: keyName });
export const pageRecycleRequest = z.strictObject({ grace: z.string().optional() });

export const pageListQuery = z.strictObject({ cursor: z.string().optional() });
export const pageUsageQuery = z.strictObject({
  /** Key numbers: `12,7`. */
  keys: z.string().regex(/^[1-9]\d{0,14}(?:,[1-9]\d{0,14}){0,49}$/),
});
