import type { GatewayDefinition } from '@keyhold/gateway';
import { toGatewayAddress } from '../guide/gateway-address.ts';

/** The mount of a keyspace's page on the management port. */
export const PORTAL_PREFIX = '/portal/';

/** Where customers find what. Addresses of listeners are known once they are bound. */
export interface PageAddresses {
  /** The API Keys page of a keyspace: on its gateway where that has one, otherwise on the management port. */
  pageUrl(keyspace: string): string;
  /** Where customers call the API, without a slash at the end; null: not known. */
  apiUrl(keyspace: string): string | null;
  /** The management port, without a slash at the end; null: this process does not know where that is. */
  managementUrl(): string | null;
  /** The customer's guide; null: this process does not know where management is reached. */
  guideUrl(keyspace: string): string | null;
  /** Origins that may show the page, in a frame or as the element. */
  hostOrigins(keyspace: string): readonly string[];
  /** Tells where a listener was bound. */
  bound(where: {
    readonly management?: string | null;
    readonly gateways?: readonly { readonly keyspaces: readonly string[]; readonly url: string }[];
  }): void;
}

/** @param sharedPort of the gateways with hosts, as long as no listener has said it; null: not known. */
export function createPageAddresses(
  definitions: readonly GatewayDefinition[],
  sharedPort: number | null,
): PageAddresses {
  const gateways = new Map(definitions.map((definition) => [definition.keyspace, definition]));
  const ports = new Map<string, number>();
  let management: string | null = null;

  function apiUrl(keyspace: string): string | null {
    const gateway = gateways.get(keyspace);
    return gateway === undefined ? null : toGatewayAddress(gateway, ports.get(keyspace) ?? sharedPort);
  }
  return {
    apiUrl,
    pageUrl(keyspace) {
      const page = gateways.get(keyspace)?.page ?? null;
      const api = apiUrl(keyspace);
      if (page !== null && api !== null) return new URL(page.path, api).href;
      return `${management ?? ''}${PORTAL_PREFIX}${keyspace}`;
    },
    managementUrl: () => management,
    guideUrl: (keyspace) => (management === null ? null : `${management}/guides/${keyspace}`),
    hostOrigins: (keyspace) => gateways.get(keyspace)?.page?.frameAncestors ?? [],
    bound(where) {
      management = where.management === undefined ? management : where.management;
      for (const { keyspaces, url } of where.gateways ?? []) {
        const { port, protocol } = new URL(url);
        for (const keyspace of keyspaces) {
          ports.set(keyspace, port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port));
        }
      }
    },
  };
}
