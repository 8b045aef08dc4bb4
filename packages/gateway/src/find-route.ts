import type { Socket } from 'node:net';
import type { FindRoute } from './locate.ts';
import type { Route } from './route.ts';

/** A listener of one keyspace: every host goes to it, but an absolute-form target has to name this address. */
export function findOwnRoute(route: Route): FindRoute {
  const { listen } = route.definition;
  const configuredHost = listen.kind === 'address' ? listen.host.toLowerCase() : '';
  return (request, authority) => {
    if (authority === null || authority === route.publicAuthority) return route;
    const { localAddress = '', localPort = 0 } = request.socket;
    const { host, port } = splitAuthority(authority, 'encrypted' in request.socket ? 443 : 80);
    if (port !== localPort) return null;
    const ours =
      host === configuredHost || host === toHost(localAddress) || isLoopbackName(host, localAddress);
    return ours ? route : null;
  };
}

/** The shared listener: the host named decides, and over TLS it has to be the one that was asked for in the handshake. */
export function findSharedRoute(routes: readonly Route[]): FindRoute {
  const byHost = new Map<string, Route>();
  for (const route of routes) {
    const { listen } = route.definition;
    if (listen.kind === 'hosts') for (const host of listen.hosts) byHost.set(host, route);
  }
  return (request, authority) => {
    const { host } = splitAuthority(authority ?? request.headers.host?.toLowerCase() ?? '', 0);
    const servername = readServername(request.socket);
    if (servername !== null && servername !== host) return null;
    return byHost.get(host) ?? null;
  };
}

/** The host of the TLS handshake; null over plain HTTP, and for a client that named none. */
function readServername(socket: Socket): string | null {
  const servername = 'servername' in socket ? socket.servername : null;
  return typeof servername === 'string' && servername !== '' ? servername.toLowerCase() : null;
}

function splitAuthority(authority: string, defaultPort: number): { host: string; port: number } {
  const colon = authority.lastIndexOf(':');
  if (colon === -1 || authority.endsWith(']')) return { host: authority, port: defaultPort };
  return { host: authority.slice(0, colon), port: Number(authority.slice(colon + 1)) };
}

function toHost(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7);
  return address.includes(':') ? `[${address}]` : address;
}

function isLoopbackName(host: string, localAddress: string): boolean {
  return host === 'localhost' && (localAddress === '::1' || toHost(localAddress).startsWith('127.'));
}
