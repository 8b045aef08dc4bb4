import type { Keyspace } from '@keyhold/core';

/** Customers' own management of their keys, served by the application. */
export interface SelfServiceOptions {
  /** Where customers find it, such as `/api/v1/api-keys`: list and issue there, revoke and recycle below it. */
  readonly path: string;
}

/** A request for self-service, as a node is asked in the application's place. */
export interface Handover {
  readonly method: string;
  /** Path and query on the node. */
  readonly target: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly hasBody: boolean;
}

/** What of a client's request counts for self-service; nothing else of it leaves the application. */
const PASSED_ON: ReadonlySet<string> = new Set([
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'idempotency-key',
  'transfer-encoding',
]);

/** What of a path is below the mount; null: it is not under it. */
export function pathBelow(mount: string, path: string): string | null {
  if (!path.startsWith(mount)) return null;
  return path.length === mount.length || path[mount.length] === '/' ? path.slice(mount.length) : null;
}

export function toHandover(
  keyspace: Keyspace,
  request: {
    readonly method: string;
    readonly rawHeaders: readonly string[];
    readonly address: string | null;
  },
  target: { readonly mount: string; readonly subPath: string; readonly query: string },
): Handover {
  const { mount, subPath, query } = target;
  const headers: Record<string, string[]> = {
    'keyhold-mount': [mount],
    // Without an address the node would take this process for the customer.
    'x-forwarded-for': [request.address ?? 'unknown'],
  };
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i]!.toLowerCase();
    if (!PASSED_ON.has(name) && name !== keyspace.definition.credential.header.toLowerCase()) continue;
    headers[name] = [...(headers[name] ?? []), request.rawHeaders[i + 1]!];
  }
  const hasBody =
    headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? ['0'])[0] !== '0';
  const path = `/v1/self-service/${keyspace.id}${subPath}`;
  return { method: request.method, target: query === '' ? path : `${path}?${query}`, headers, hasBody };
}
