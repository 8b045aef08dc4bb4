import { z } from 'zod';
import {
  concreteOperation,
  durationMs,
  durationOrZeroMs,
  environmentName,
  environmentVariable,
  featureName,
  headerName,
  jsonObject,
  operations,
  realm,
  schemeName,
  scopeName,
  template,
  title,
} from './field-types.ts';
import type { Section } from './section.ts';

/** The sections of one keyspace but its gateway: field by field, and what the reference says of them. */

export const KEYSPACE = {
  title: 'keyspaces.ID',
  description:
    'One family of keys. `ID` names it for ever: 1 to 64 of a–z, 0–9, `_` and `-`; `keyhold` is reserved.',
  fields: z.strictObject({
    title: title
      .optional()
      .meta({ type: 'text', default: 'none', description: 'The name that people read.' }),
    realm: realm.optional().meta({
      type: 'text',
      default: "the keyspace's id",
      description: 'The `realm` of every `WWW-Authenticate`.',
    }),
    environments: z
      .array(environmentName)
      .min(1)
      .max(32)
      .refine(isDistinct, 'names an environment twice; keep one')
      .optional()
      .meta({
        type: 'list of names',
        default: 'none',
        description:
          'The environments a key can be of. Named in the key where the format has `{environment}`, otherwise kept by the record.',
      }),
    accepts_environments: z
      .array(environmentName)
      .min(1)
      .max(32)
      .refine(isDistinct, 'names an environment twice; keep one')
      .optional()
      .meta({
        type: 'list of names',
        default: 'all of `environments`',
        description: 'Keys of the others are denied.',
      }),
    scopes: z
      .record(scopeName, operations)
      .refine(
        (scopes) => Object.keys(scopes).length > 0,
        'names no scope; add one, or leave it out to open every path',
      )
      .optional()
      .meta({
        type: 'map: scope → list of operations',
        default: 'no scopes: every path is open',
        description:
          'What each scope opens, as `METHOD /path`; `{name}` stands for one whole segment. An operation that no scope lists is 403. HEAD needs the scope of GET.',
      }),
    requires_feature: featureName.optional().meta({
      type: 'name',
      default: 'none',
      description: 'A feature that the organization must have; without it its keys are denied.',
    }),
    retired: z.boolean().default(false).meta({
      type: 'true or false',
      default: 'false',
      description: 'Every key is denied and none can be issued. The way to remove a keyspace that has keys.',
    }),
  }),
  sections: {
    key: 'How keys look. Needed.',
    credential: 'Where the key stands in a request.',
    recycle: 'What recycling may do.',
    limits: 'Limits on keys.',
    errors: 'Error bodies of your own.',
    gateway: 'The reverse proxy in front of the API.',
    guide: 'The page that tells your customers how to authenticate.',
  },
} satisfies Section<z.ZodRawShape>;

export const KEY = {
  title: 'keyspaces.ID.key',
  description: 'How keys look.',
  fields: z.strictObject({
    format: template.meta({
      type: 'format',
      description:
        'Literals, `{environment}`, `{random:ALPHABET:LENGTH}` and `{checksum}`. Alphabets: `hex`, `base36`, `base58`, `base62`, `base64url`. At least 128 bits of randomness, and readable in one way only.',
    }),
    masked: template.optional().meta({
      type: 'mask',
      default: 'what comes before the random part, then `****{last:4}`',
      description:
        'What lists show: literals, `{environment}`, `{first:N}`, `{last:N}`. Imported keys of another format show its own beginning by default.',
    }),
    also_accepts: z.array(template).max(32).default([]).meta({
      type: 'list of formats',
      default: 'none',
      description: 'Formats that are recognised and never issued, for imported keys.',
    }),
  }),
  sections: {},
} satisfies Section<z.ZodRawShape>;

export const CREDENTIAL = {
  title: 'keyspaces.ID.credential',
  description: 'Where the key stands in a request.',
  fields: z.strictObject({
    header: headerName
      .default('authorization')
      .meta({ type: 'header', default: '`Authorization`', description: 'The one header that is read.' }),
    scheme: schemeName.nullable().optional().meta({
      type: 'name or null',
      default: '`Bearer` in `Authorization`, none elsewhere',
      description: 'The word before the key; `null` when the header holds the bare key.',
    }),
  }),
  sections: {},
} satisfies Section<z.ZodRawShape>;

export const RECYCLE = {
  title: 'keyspaces.ID.recycle',
  description: 'What recycling may do.',
  fields: z.strictObject({
    max_grace: durationOrZeroMs.default(0).meta({
      type: 'duration',
      default: '0: the old secret stops at once',
      description: 'The longest time that a caller may let the old secret go on.',
    }),
  }),
  sections: {},
} satisfies Section<z.ZodRawShape>;

export const LIMITS = {
  title: 'keyspaces.ID.limits',
  description: 'Limits on keys.',
  fields: z.strictObject({
    active_keys_per_organization: z.int().min(1).max(1_000_000).optional().meta({
      type: 'whole number',
      default: 'no limit',
      description:
        'Keys that are neither revoked nor expired, disabled ones included; exact under concurrency.',
    }),
    max_lifetime: durationMs.optional().meta({
      type: 'duration',
      default: 'no limit',
      description: 'The farthest that an expiry may lie ahead; keys then need one.',
    }),
  }),
  sections: {},
} satisfies Section<z.ZodRawShape>;

const ERROR_BODY = { type: 'map', default: 'problem details (RFC 9457)' };

export const ERRORS = {
  title: 'keyspaces.ID.errors',
  description:
    'Bodies sent instead of problem details: compact JSON in the order written, at most 4,096 bytes each.',
  fields: z.strictObject({
    unauthorized: jsonObject.exactOptional().meta({ ...ERROR_BODY, description: 'The body of every 401.' }),
    forbidden: jsonObject.exactOptional().meta({ ...ERROR_BODY, description: 'The body of every 403.' }),
    invalid_request: jsonObject.exactOptional().meta({
      ...ERROR_BODY,
      description:
        'The body of a 400 for the credential, from self-service, and from forward-auth. What the gateway refuses for its path, its framing or an upgrade gets problem details.',
    }),
    unavailable: jsonObject.exactOptional().meta({
      ...ERROR_BODY,
      description: 'The body of a 503: keys cannot be checked or changed at the moment.',
    }),
  }),
  sections: {},
} satisfies Section<z.ZodRawShape>;

export const GUIDE = {
  title: 'keyspaces.ID.guide',
  description:
    'The page that tells your customers how to authenticate, made from this file. `keyhold guide ID` prints it as Markdown, with or without this section.',
  fields: z.strictObject({
    public: z.boolean().default(false).meta({
      type: 'true or false',
      default: 'false',
      description: 'Serve it to anyone, at `/guides/ID` on the management port.',
    }),
    title: title.optional().meta({
      type: 'text',
      default: "the keyspace's `title`, or its id",
      description: 'What the API is called.',
    }),
    variable: environmentVariable.optional().meta({
      type: 'name',
      default: "the keyspace's id and `_API_KEY`, in capitals",
      description: 'The environment variable that the examples read the key from.',
    }),
    example: concreteOperation.optional().meta({
      type: 'operation',
      default: 'the first `GET` that a scope opens; `GET /` without scopes',
      description: 'The call that the examples make, with a path that works as it stands.',
    }),
    example_body: jsonObject.optional().meta({
      type: 'map',
      default: 'none',
      description: 'The JSON that the call of `example` sends.',
    }),
    keys_page: title.optional().meta({
      type: 'text',
      default: 'none',
      description: 'Where customers find their keys: `Settings → Security → API Keys`.',
    }),
    environments: z.record(environmentName, title).default({}).meta({
      type: 'map: environment → text',
      default: 'none',
      description: 'What each environment is for, in a few words: `no charges, no delivery`.',
    }),
  }),
  sections: {},
} satisfies Section<z.ZodRawShape>;

function isDistinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}
