/** Any JSON value. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
/** The JSON object that is sent. */
type Body = { readonly [name: string]: Json };

/**
 * What a `keyhold.yaml` holds, as an object: the same names, and the same defaults for what is left out. Durations are
 * written `90d`, operations `GET /messages/{id}`.
 *
 * @see docs/configuration.md for every field
 */
export interface KeyholdConfig {
  /** By id. Default: one, `default`. */
  readonly keyspaces?: { readonly [id: string]: KeyspaceConfig } | undefined;
  readonly settings?: SettingsConfig | undefined;
}

/** One family of keys. */
export interface KeyspaceConfig {
  readonly title?: string | undefined;
  readonly realm?: string | undefined;
  readonly environments?: readonly string[] | undefined;
  readonly accepts_environments?: readonly string[] | undefined;
  /** Scope → operations. */
  readonly scopes?: { readonly [scope: string]: readonly string[] } | undefined;
  readonly requires_feature?: string | undefined;
  readonly retired?: boolean | undefined;
  readonly key: {
    readonly format: string;
    readonly masked?: string | undefined;
    readonly also_accepts?: readonly string[] | undefined;
  };
  readonly credential?:
    | { readonly header?: string | undefined; readonly scheme?: string | null | undefined }
    | undefined;
  readonly recycle?: { readonly max_grace?: string | 0 | undefined } | undefined;
  readonly limits?:
    | {
        readonly active_keys_per_organization?: number | undefined;
        readonly max_lifetime?: string | undefined;
      }
    | undefined;
  readonly errors?:
    | {
        readonly unauthorized?: Body | undefined;
        readonly forbidden?: Body | undefined;
        readonly invalid_request?: Body | undefined;
        readonly unavailable?: Body | undefined;
      }
    | undefined;
  readonly gateway?: GatewayConfig | undefined;
  readonly guide?:
    | {
        readonly public?: boolean | undefined;
        readonly title?: string | undefined;
        readonly variable?: string | undefined;
        readonly example?: string | undefined;
        readonly example_body?: Body | undefined;
        readonly keys_page?: string | undefined;
        readonly environments?: { readonly [environment: string]: string } | undefined;
      }
    | undefined;
}

/** Not opened in an embedded Keyhold; says what self-service and the pages do. */
export interface GatewayConfig {
  readonly listen?: string | undefined;
  readonly hosts?: readonly string[] | undefined;
  readonly upstream: string | { readonly [environment: string]: string };
  readonly public_url?: string | undefined;
  readonly public?: readonly string[] | undefined;
  readonly cors_preflight?: boolean | undefined;
  readonly websocket?: readonly string[] | undefined;
  readonly trusted_proxies?: readonly string[] | undefined;
  readonly forward_credential?: boolean | undefined;
  /** A path alone will do. */
  readonly self_service?:
    | string
    | { readonly path: string; readonly keys_may_manage?: boolean | undefined }
    | undefined;
  /** A path alone will do. */
  readonly page?:
    | string
    | { readonly path: string; readonly frame_ancestors?: readonly string[] | undefined }
    | undefined;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly timeouts?:
    | {
        readonly connect?: string | undefined;
        readonly answer?: string | undefined;
        readonly idle?: string | 0 | undefined;
      }
    | undefined;
}

/** How a process runs. What is about ports, workers and the data directory holds for a server alone. */
export interface SettingsConfig {
  readonly data?: string | undefined;
  readonly database?: string | undefined;
  readonly workers?: number | undefined;
  readonly node_name?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly gateway_port?: number | undefined;
  readonly public_url?: string | undefined;
  readonly tls_cert?: string | undefined;
  readonly tls_key?: string | undefined;
  readonly role?: string | readonly ('api' | 'gateway')[] | undefined;
  readonly authorize_socket?: string | undefined;
  readonly trusted_proxies?: string | readonly string[] | undefined;
  readonly log_level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent' | undefined;
  readonly oidc?:
    | {
        readonly name?: string | undefined;
        readonly issuer: string;
        readonly client_id: string;
        readonly allowed_domains: readonly string[];
        readonly role?: 'owner' | 'operator' | 'read_only' | undefined;
        readonly role_claim?: string | undefined;
        readonly roles?: { readonly [value: string]: 'owner' | 'operator' | 'read_only' } | undefined;
      }
    | undefined;
}
