import type { GatewayDefinition } from '@keyhold/gateway';

/**
 * Where customers call a keyspace's API, without a slash at the end: what the configuration says, and where that leaves
 * the port open (0, or that of all `hosts`), the port of the listener.
 *
 * @param listenerPort null: not known.
 * @returns null when nobody outside can be told an address.
 */
export function toGatewayAddress(
  { publicUrl, listen, tls }: Pick<GatewayDefinition, 'publicUrl' | 'listen' | 'tls'>,
  listenerPort: number | null,
): string | null {
  if (publicUrl !== null) return publicUrl.href.replace(/\/$/, '');
  const configured = listen.kind === 'address' && listen.port !== 0 ? listen.port : null;
  const port = configured ?? listenerPort;
  const host = listen.kind === 'address' ? toReachable(listen.host) : (listen.hosts[0] ?? null);
  if (host === null || port === null || port === 0) return null;
  // Serialized by the parser, which leaves out the scheme's own port.
  return new URL(`${tls === null ? 'http' : 'https'}://${host}:${port}`).origin;
}

/** An address that stands for every one of the machine is reached by loopback. */
function toReachable(host: string): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return reachable.includes(':') ? `[${reachable}]` : reachable;
}
