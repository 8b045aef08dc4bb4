import { lookup as lookUp } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { type AddressRanges, compileAddressRanges, parseClientAddress } from '@keyhold/core';
import { Agent, fetch } from 'undici';

/** Machines of one's own: other than the provider's, none of them is asked for. */
const PRIVATE = compileAddressRanges([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
]);
/** What the network itself answers from, the metadata of clouds among it. */
const NEVER = compileAddressRanges([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
  '::/128',
  'fe80::/10',
  'ff00::/8',
]);

const TIMEOUT_MS = 5_000;

/** The part of `fetch` that is needed, with the types of whoever asks for it. */
export type GuardedFetch = (url: string, init: object) => Promise<Response>;

/**
 * Fetches from the provider that settings name, and from where its documents point, with the address looked at that is
 * really connected to: a name that resolves to another address later is refused then. Redirects are not followed.
 *
 * @param issuer may stand on a private address, since the operator wrote it; nothing else may.
 */
export function createGuardedFetch(issuer: URL): GuardedFetch {
  const isAllowed = (hostname: string, address: string) =>
    !isInside(NEVER, address) && (hostname === issuer.hostname || !isInside(PRIVATE, address));
  const lookup: LookupFunction = (hostname, options, callback) => {
    lookUp(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isAllowed(hostname, address))) {
        return callback(refused(hostname), '', 0);
      }
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
  const dispatcher = new Agent({
    connect: { lookup, timeout: TIMEOUT_MS },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
    maxResponseSize: 1024 * 1024,
  });
  return async (text, init) => {
    const url = new URL(text);
    const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const isPlain = url.protocol !== 'https:' && (url.protocol !== 'http:' || url.origin !== issuer.origin);
    if (isPlain || (isIP(literal) !== 0 && !isAllowed(url.hostname, literal))) throw refused(url.hostname);
    return await fetch(url, { ...init, redirect: 'manual', dispatcher });
  };
}

/** An address that cannot be read is inside everything. */
function isInside(ranges: AddressRanges, text: string): boolean {
  const address = parseClientAddress(text);
  return address === null || ranges.allows(address);
}

function refused(hostname: string): Error {
  return new Error(`The provider points at ${hostname}, which is not on a public address, or not by https.`);
}
