import { OPERATOR_KEYSPACE } from './ids.ts';
import type { JsonObject } from './json.ts';
import { OPERATOR_SCOPES } from './operator-scope.ts';

/**
 * One family of keys as the configuration declares it, with every default filled in. Plain JSON: this is what the
 * store keeps, what the change log carries, and what `compileKeyspace` compiles.
 */
export interface KeyspaceDefinition {
  readonly id: string;
  readonly title: string | null;
  /** The `realm` of every challenge; the keyspace's id unless configured. */
  readonly realm: string;
  /** Where the key stands in a request. `header` in lower case; `scheme` null when the header holds the bare key. */
  readonly credential: { readonly header: string; readonly scheme: string | null };
  readonly key: {
    readonly format: string;
    readonly masked: string;
    /** Formats that are recognised and never issued. */
    readonly alsoAccepted: readonly string[];
  };
  /** Empty: keys of this keyspace have no environment. */
  readonly environments: readonly string[];
  /** A subset of `environments`; keys of the others are denied. */
  readonly acceptsEnvironments: readonly string[];
  /** Scope name → its operations (`METHOD /path`). Null: no scopes, every path is open. */
  readonly scopes: { readonly [scope: string]: readonly string[] } | null;
  readonly requiresFeature: string | null;
  readonly recycle: { readonly maxGraceMs: number };
  readonly limits: {
    readonly activeKeysPerOrganization: number | null;
    readonly maxLifetimeMs: number | null;
  };
  /** All keys are denied and none can be issued. */
  readonly retired: boolean;
  /** Bodies of this keyspace's own, sent as compact JSON in the order written. Absent: problem details (RFC 9457). */
  readonly errors: {
    readonly unauthorized?: JsonObject;
    readonly forbidden?: JsonObject;
    readonly invalidRequest?: JsonObject;
    readonly unavailable?: JsonObject;
  };
  /** What the gateway in front lets through; absent: the keyspace has none. */
  readonly gateway?: GatewayPolicy;
}

/**
 * What a gateway's configuration says about who may pass. It stands in the definition so that no older file brings it
 * back unnoticed; addresses, certificates and timeouts are each process's own.
 */
export interface GatewayPolicy {
  /** Operations (`METHOD /path`) that need no key. */
  readonly publicOperations: readonly string[];
  /** Operations that may upgrade to a WebSocket. */
  readonly websocketOperations: readonly string[];
  readonly corsPreflight: boolean;
  readonly selfService: { readonly path: string; readonly keysMayManage: boolean } | null;
  /** The API Keys page on the gateway, and the origins that may show it; absent: not there. */
  readonly page?: { readonly path: string; readonly frameAncestors: readonly string[] };
  /** CIDRs of the proxies in front whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly forwardCredential: boolean;
}

const BEARER = { header: 'authorization', scheme: 'Bearer' } as const;

/** The built-in keyspace of operator tokens. Its scopes list no operations: management checks them by name. */
export const OPERATOR_KEYSPACE_DEFINITION: KeyspaceDefinition = {
  id: OPERATOR_KEYSPACE,
  title: null,
  realm: OPERATOR_KEYSPACE,
  credential: BEARER,
  key: { format: 'khop_{random:base62:43}{checksum}', masked: 'khop_****{last:4}', alsoAccepted: [] },
  environments: [],
  acceptsEnvironments: [],
  scopes: Object.fromEntries(OPERATOR_SCOPES.map((scope) => [scope, []])),
  requiresFeature: null,
  recycle: { maxGraceMs: 0 },
  limits: { activeKeysPerOrganization: null, maxLifetimeMs: null },
  retired: false,
  errors: {},
};

/** The keyspace that a server without any configuration has. */
export function defaultKeyspaceDefinition(): KeyspaceDefinition {
  return {
    id: 'default',
    title: null,
    realm: 'default',
    credential: BEARER,
    key: {
      format: 'kh_{environment}_{random:base62:43}{checksum}',
      masked: 'kh_{environment}_****{last:4}',
      alsoAccepted: [],
    },
    environments: ['live', 'test'],
    acceptsEnvironments: ['live', 'test'],
    scopes: null,
    requiresFeature: null,
    recycle: { maxGraceMs: 0 },
    limits: { activeKeysPerOrganization: null, maxLifetimeMs: null },
    retired: false,
    errors: {},
  };
}
