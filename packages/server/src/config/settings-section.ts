import { z } from 'zod';
import { cidr, serviceUrl, text } from './field-types.ts';
import type { Section } from './section.ts';

/**
 * Every setting of the process, under one name in three spellings: `public_url` in the file, `--public-url`,
 * `KEYHOLD_PUBLIC_URL`. Flags and environment give text, so each schema reads text; the file may also write numbers and
 * lists.
 */

/** A comma-separated list, or a list of the file. */
const listed = (value: unknown) =>
  typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
const numeric = (value: unknown) =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
const path = text(4096);
const port = z.preprocess(numeric, z.int().min(0).max(65_535));

/** Far beyond what a machine's cores make use of, and few enough that the primary keeps up with them. */
const MAX_WORKERS = 64;

export const ROLES = ['api', 'gateway'] as const;
export type Role = (typeof ROLES)[number];

/** A database as a setting names it; a path may be relative. */
export type NamedDatabase =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly connectionString: string };

const FILE_SCHEME = 'file:';

const database = text(4096).transform((value, context): NamedDatabase => {
  if (value.startsWith(FILE_SCHEME) && value.length > FILE_SCHEME.length)
    return { kind: 'sqlite', path: value.slice(FILE_SCHEME.length).replace(/^\/\/(?=\/)/, '') };
  if (/^postgres(ql)?:\/\//.test(value) && URL.canParse(value))
    return { kind: 'postgres', connectionString: value };
  const message = 'is no database; write it as file:/path/keyhold.db or postgres://user@host/name';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

export const SETTINGS = {
  title: 'settings',
  description:
    'How this process runs. By flag, environment or this section of the file, in that order; relative paths in the file start at the file.',
  fields: z.strictObject({
    data: path.default('./data').meta({
      type: 'directory',
      default: './data',
      description: 'Local files: database, lock, control socket. Made with mode 0700. One server at a time.',
    }),
    database: database.optional().meta({
      type: '`file:PATH` or `postgres://…`',
      default: '`keyhold.db` in the data directory',
      description:
        'The embedded database, or the PostgreSQL that several nodes share. A password in it belongs in the variable, in the file that `KEYHOLD_DATABASE_FILE` names, or in `PGPASSWORD`.',
    }),
    workers: z.preprocess(numeric, z.int().min(1).max(MAX_WORKERS)).default(1).meta({
      type: 'number',
      default: '1',
      description:
        'Processes that answer. With one, the server is a single process; with more, a further one has the database and the others share the ports.',
    }),
    node_name: text(255).optional().meta({
      type: 'text',
      default: 'the name of the host',
      description: 'What this node is called in `keyhold nodes`, in metrics and in usage.',
    }),
    host: text(255).default('127.0.0.1').meta({
      type: 'address',
      default: '127.0.0.1',
      description: 'Where the management port and the shared gateway port listen.',
    }),
    port: port.default(8080).meta({
      type: 'port',
      default: '8080',
      description: 'Management, verify and forward-auth; 0 takes a free one.',
    }),
    gateway_port: port
      .optional()
      .meta({ type: 'port', default: 'none', description: 'The port that keyspaces with `hosts` share.' }),
    public_url: serviceUrl.optional().meta({
      type: 'URL',
      default: 'the address of the management port',
      description: 'The address that people and programs use for the management port.',
    }),
    tls_cert: path.optional().meta({
      type: 'path',
      default: 'none: plain HTTP',
      description: 'PEM file with the certificate of the management port; needs `tls_key`.',
    }),
    tls_key: path
      .optional()
      .meta({ type: 'path', default: 'none', description: 'PEM file with its private key.' }),
    role: z
      .preprocess(listed, z.array(z.enum(ROLES)).min(1))
      .default([...ROLES])
      .meta({
        type: 'list of `api`, `gateway`',
        default: 'api,gateway',
        description: 'What this process serves.',
      }),
    authorize_socket: path.optional().meta({
      type: 'path',
      default: 'none',
      description: 'Unix socket that answers forward-auth too, for the owner and the group (0660).',
    }),
    trusted_proxies: z.preprocess(listed, z.array(cidr).max(1000)).default([]).meta({
      type: 'list of address ranges',
      default: 'none',
      description:
        'Who besides loopback may ask forward-auth, and whose `X-Forwarded-For` the management port believes.',
    }),
    log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info').meta({
      type: '`trace`, `debug`, `info`, `warn`, `error`, `silent`',
      default: 'info',
      description: 'JSON lines on standard error from this level on.',
    }),
  }),
  sections: { oidc: 'The OpenID provider that people log in to the console by.' },
} satisfies Section<z.ZodRawShape>;

export type SettingName = keyof (typeof SETTINGS)['fields']['shape'];
export const SETTING_NAMES: readonly SettingName[] = SETTINGS.fields.keyof().options;

/** `public_url` → `--public-url`. */
export function toFlag(name: string): string {
  return `--${name.replaceAll('_', '-')}`;
}

/** `public_url` → `KEYHOLD_PUBLIC_URL`. */
export function toVariable(name: string): string {
  return `KEYHOLD_${name.toUpperCase()}`;
}
