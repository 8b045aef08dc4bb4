/** How one keyspace is served by the gateway, as its configuration declares it, defaults filled in. */
export interface GatewayDefinition {
  readonly keyspace: string;
  /** A listener of its own, or hosts (lower case, no port) on the shared gateway port. */
  readonly listen:
    | { readonly kind: 'address'; readonly host: string; readonly port: number }
    | { readonly kind: 'hosts'; readonly hosts: readonly string[] };
  /** One for all environments (`all`), or one for each. A path in it is put before the request's path. */
  readonly upstream: { readonly all: URL } | { readonly byEnvironment: ReadonlyMap<string, URL> };
  readonly selfService: { readonly path: string; readonly keysMayManage: boolean } | null;
  /** The API Keys page on the gateway's own address; null: it is on the management port only. */
  readonly page: {
    readonly path: string;
    /** Origins that may show it: in a frame, or as an element that calls it. */
    readonly frameAncestors: readonly string[];
  } | null;
  /** The address customers use, when it differs from the listener's; its authority is accepted in absolute-form targets. */
  readonly publicUrl: URL | null;
  /** Paths of PEM files. Null: plain HTTP. */
  readonly tls: { readonly certPath: string; readonly keyPath: string } | null;
  /** Operations (`METHOD /path`) that need no key. */
  readonly publicOperations: readonly string[];
  /** CORS preflights pass to the upstream without a key. */
  readonly corsPreflight: boolean;
  /** Operations that may upgrade to a WebSocket. */
  readonly websocketOperations: readonly string[];
  readonly timeouts: {
    readonly connectMs: number;
    /** From the end of the request to the first byte of the answer. */
    readonly answerMs: number;
    /** Without a byte in either direction once the answer has begun; 0: none. */
    readonly idleMs: number;
  };
  /** CIDRs of the proxies in front whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Leave the credential on what is forwarded. */
  readonly forwardCredential: boolean;
}
