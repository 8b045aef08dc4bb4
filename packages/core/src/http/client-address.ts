import { type ClientAddress, parseClientAddress } from './address.ts';
import type { AddressRanges } from './address-ranges.ts';

/**
 * Finds the address a request came from: the peer's, or, as long as the hop behind is a trusted proxy, what that proxy
 * added to `X-Forwarded-For`, read from the right.
 *
 * @param peer the socket's remote address.
 * @param forwardedFor the values of every `X-Forwarded-For` line, in order.
 * @param trusted the proxies that are believed; null or an empty list: none.
 * @returns null when it cannot be known: no peer address, or a trusted proxy that wrote something else than an address.
 */
export function resolveClientAddress(
  peer: string,
  forwardedFor: readonly string[],
  trusted: AddressRanges | null,
): ClientAddress | null {
  let address = parseClientAddress(peer);
  if (trusted === null || trusted.cidrs.length === 0) return address;
  const hops = forwardedFor.flatMap((line) => line.split(',')).map((hop) => hop.trim());
  for (const hop of hops.filter((text) => text !== '').toReversed()) {
    if (address === null || !trusted.allows(address)) break;
    address = parseHop(hop);
  }
  return address;
}

/** An address, or one with a port as some load balancers write it: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function parseHop(text: string): ClientAddress | null {
  const [, bracketed] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text) ?? [];
  if (bracketed !== undefined) return bracketed.includes(':') ? parseClientAddress(bracketed) : null;
  return parseClientAddress(text.replace(/^([\d.]+):\d{1,5}$/, '$1'));
}
