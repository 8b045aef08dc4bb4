import { z } from 'zod';
import {
  cidr,
  durationMs,
  durationOrZeroMs,
  hostName,
  listenAddress,
  mountPath,
  operations,
  origin,
  parseServiceUrl,
  Refusal,
  serviceUrl,
  text,
} from './field-types.ts';
import type { Section } from './section.ts';

/** The sections of one keyspace's gateway: field by field, and what the reference says of them. */

/** One URL, or a map from environment to URL. */
const upstream = z
  .unknown()
  .transform(
    (value, context): { readonly all: URL } | { readonly byEnvironment: ReadonlyMap<string, URL> } => {
      const read = (url: unknown, path: (string | number)[]): URL => {
        const result =
          typeof url === 'string'
            ? parseServiceUrl(url)
            : new Refusal('must be a URL, or a map from environment to URL');
        if (result instanceof URL) return result;
        context.addIssue({ code: 'custom', message: result.message, path });
        return z.NEVER;
      };
      if (value === undefined) {
        context.addIssue({
          code: 'custom',
          message: 'is missing; add the address of your API, for example "http://127.0.0.1:9201"',
        });
        return z.NEVER;
      }
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        return { all: read(value, []) };
      return {
        byEnvironment: new Map(
          Object.entries(value).map(([environment, url]) => [environment, read(url, [environment])]),
        ),
      };
    },
  );

const FIVE_SECONDS_MS = 5_000;
const ONE_MINUTE_MS = 60_000;
const FIVE_MINUTES_MS = 300_000;

export const GATEWAY = {
  title: 'keyspaces.ID.gateway',
  description:
    'The reverse proxy in front of the API. Without it keys are checked by `POST /v1/verify` and forward-auth alone.',
  fields: z.strictObject({
    listen: listenAddress.optional().meta({
      type: 'address:port',
      default: 'this or `hosts`',
      description: 'A port of its own; port 0 takes a free one.',
    }),
    hosts: z.array(hostName).min(1).max(100).optional().meta({
      type: 'list of host names',
      default: 'this or `listen`',
      description: 'Host names on the shared port (`--gateway-port`); an unknown host is 421.',
    }),
    upstream: upstream.meta({
      type: 'URL, or map: environment → URL',
      description:
        'Where accepted requests go. A path in it is put before the path of the request. A map names every accepted environment.',
    }),
    public_url: serviceUrl
      .optional()
      .meta({ type: 'URL', default: "the listener's", description: 'The address that customers use.' }),
    public: operations
      .default([])
      .meta({ type: 'list of operations', default: 'none', description: 'Operations that need no key.' }),
    cors_preflight: z.boolean().default(false).meta({
      type: 'true or false',
      default: 'false',
      description: 'CORS preflights pass to the upstream without a key.',
    }),
    websocket: operations.default([]).meta({
      type: 'list of operations',
      default: 'none',
      description: 'Operations that may upgrade to a WebSocket.',
    }),
    trusted_proxies: z.array(cidr).max(1000).default([]).meta({
      type: 'list of address ranges',
      default: 'none',
      description: 'Proxies in front whose `X-Forwarded-For` is believed.',
    }),
    forward_credential: z
      .boolean()
      .default(false)
      .meta({ type: 'true or false', default: 'false', description: 'Leave the key on what is forwarded.' }),
  }),
  sections: {
    self_service: 'Where customers manage their own keys; a path alone will do. Without it they cannot.',
    page: 'The API Keys page on the listener; a path alone will do.',
    tls: 'HTTPS on the listener.',
    timeouts: 'How long the gateway waits.',
  },
} satisfies Section<z.ZodRawShape>;

export const SELF_SERVICE = {
  title: 'keyspaces.ID.gateway.self_service',
  description: 'Where customers manage their own keys.',
  fields: z.strictObject({
    path: mountPath.meta({
      type: 'path',
      description: 'The mount, for example `/api/api-keys`. No operation of the API lies under it.',
    }),
    keys_may_manage: z.boolean().default(false).meta({
      type: 'true or false',
      default: 'false',
      description:
        "A key manages its own organization's keys. Only without `scopes`: with them a key could give itself more than it has.",
    }),
  }),
  sections: {},
} satisfies Section<z.ZodRawShape>;

export const PAGE = {
  title: 'keyspaces.ID.gateway.page',
  description:
    'The API Keys page on the listener, where customers manage their keys in the browser. Without it the page is on the management port alone.',
  fields: z.strictObject({
    path: mountPath.meta({
      type: 'path',
      description: 'The mount, for example `/keys`. No operation of the API lies under it.',
    }),
    frame_ancestors: z.array(origin).max(32).default([]).meta({
      type: 'list of origins',
      default: 'none',
      description:
        'Whose pages may show it, in a frame or as the element: `https://app.example.com`. With any, its cookie is sent in frames of other sites as well.',
    }),
  }),
  sections: {},
} satisfies Section<z.ZodRawShape>;

export const TLS = {
  title: 'keyspaces.ID.gateway.tls',
  description:
    'HTTPS on the listener; keyspaces that share a port all have it or none has. Paths are relative to the file.',
  fields: z.strictObject({
    cert: text(4096).meta({ type: 'path', description: 'PEM file: the certificate and its chain.' }),
    key: text(4096).meta({ type: 'path', description: 'PEM file: the private key.' }),
  }),
  sections: {},
} satisfies Section<z.ZodRawShape>;

export const TIMEOUTS = {
  title: 'keyspaces.ID.gateway.timeouts',
  description: 'How long the gateway waits.',
  fields: z.strictObject({
    connect: durationMs.default(FIVE_SECONDS_MS).meta({
      type: 'duration',
      default: '5s',
      description: 'For the connection to the upstream; 502 after it.',
    }),
    answer: durationMs.default(ONE_MINUTE_MS).meta({
      type: 'duration',
      default: '60s',
      description: 'From the end of the request to the first byte of the answer; 504 after it.',
    }),
    idle: durationOrZeroMs.default(FIVE_MINUTES_MS).meta({
      type: 'duration',
      default: '5m',
      description: 'Without a byte in either direction once the answer has begun; 0: no limit.',
    }),
  }),
  sections: {},
} satisfies Section<z.ZodRawShape>;
