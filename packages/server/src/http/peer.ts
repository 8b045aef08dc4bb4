import type { IncomingMessage } from 'node:http';
import {
  type AddressRanges,
  type ClientAddress,
  compileAddressRanges,
  parseClientAddress,
  resolveClientAddress,
} from '@keyhold/core';

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

/** Which peers of the listener are ours: this machine, and the proxies that settings name. */
export interface PeerTrust {
  /** Loopback and the trusted proxies, for `resolveClientAddress`. */
  readonly ranges: AddressRanges;
  /** The request comes from a trusted proxy, from this machine, or over a Unix socket, whose file mode has decided already. */
  isTrusted(request: IncomingMessage): boolean;
  /** The request was made on this machine and not forwarded by a proxy on it. */
  isLocal(request: IncomingMessage): boolean;
  /** Where the request came from: the peer, or what trusted proxies say; null when it cannot be known. */
  clientAddress(request: IncomingMessage): ClientAddress | null;
}

/** @throws {RangeError} for an entry that is no address range. */
export function createPeerTrust(trustedProxies: readonly string[]): PeerTrust {
  const ranges = compileAddressRanges([...LOOPBACK, ...trustedProxies]);
  const loopback = compileAddressRanges(LOOPBACK);
  // A proxy keeps its connections, so nearly every request has the peer of the one before.
  let lastPeer: string | undefined;
  let lastTrusted = false;
  return {
    ranges,
    isTrusted(request) {
      const peer = request.socket.remoteAddress;
      if (peer === undefined) return isUnixSocket(request);
      if (peer !== lastPeer) {
        lastPeer = peer;
        lastTrusted = isInside(ranges, peer);
      }
      return lastTrusted;
    },
    isLocal(request) {
      const { 'x-forwarded-for': forwardedFor, forwarded } = request.headers;
      if (forwardedFor !== undefined || forwarded !== undefined) return false;
      const peer = request.socket.remoteAddress;
      return peer === undefined ? isUnixSocket(request) : isInside(loopback, peer);
    },
    clientAddress(request) {
      const forwardedFor = request.headersDistinct['x-forwarded-for'] ?? [];
      return resolveClientAddress(request.socket.remoteAddress ?? '', forwardedFor, ranges);
    },
  };
}

/** An address that cannot be read is inside nothing. */
function isInside(ranges: AddressRanges, peer: string): boolean {
  const address = parseClientAddress(peer);
  return address !== null && ranges.allows(address);
}

/** A TCP socket that the peer has left has no remote address any more either, but it had a local one. */
function isUnixSocket(request: IncomingMessage): boolean {
  return request.socket.localAddress === undefined && !request.socket.destroyed;
}
