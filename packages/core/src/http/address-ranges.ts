import { type ClientAddress, formatClientAddress, isIpv4Address, parseClientAddress } from './address.ts';

/** A compiled `allowed_cidrs` list. An empty list allows every address. */
export interface AddressRanges {
  readonly cidrs: readonly string[];
  /** A null address (unknown) is inside no range but is allowed by an empty list. */
  allows(address: ClientAddress | null): boolean;
}

/** A range read: its canonical text, or what is wrong with what was written. */
export type CidrCheck =
  | { readonly ok: true; readonly cidr: string }
  | { readonly ok: false; readonly message: string };

interface Range {
  readonly network: ClientAddress;
  readonly mask: ClientAddress;
  readonly prefixLength: number;
  readonly ipv4: boolean;
}

const UNSPECIFIED: ClientAddress = [0, 0, 0, 0];
const UNSPECIFIED_RANGE: Range = {
  network: UNSPECIFIED,
  mask: UNSPECIFIED,
  prefixLength: 0,
  ipv4: false,
};

/**
 * Compiles a list of ranges (`203.0.113.0/24`, `2001:db8::/32`; a bare address is a range of one). IPv4 ranges hold
 * IPv4-mapped addresses too; an IPv6 range holds an IPv4 address only when it lies within `::ffff:0:0/96`, so `::/0` is
 * all of IPv6 and nothing of IPv4.
 *
 * @throws {RangeError} for an entry that {@link isCidr} refuses.
 */
export function compileAddressRanges(cidrs: readonly string[]): AddressRanges {
  const ranges = cidrs.map((cidr) => {
    const range = parseRange(cidr);
    if (typeof range === 'string') throw new RangeError(range);
    return range;
  });
  return new CompiledRanges(cidrs, ranges);
}

/** Network, mask, and 1 for a range of IPv4. */
const RANGE_WORDS = 9;

function toWords(ranges: readonly Range[]): Uint32Array {
  return Uint32Array.from(ranges.flatMap(({ network, mask, ipv4 }) => [...network, ...mask, Number(ipv4)]));
}

/**
 * Every range is looked at, and one where there is none: how long a denial takes does not tell that an address was asked
 * for, or which range came close. They lie in one piece behind as few references as can be, since most of that time is
 * fetching them.
 */
class CompiledRanges implements AddressRanges {
  readonly cidrs: readonly string[];
  readonly #words: Uint32Array;
  readonly #isOpen: boolean;

  constructor(cidrs: readonly string[], ranges: readonly Range[]) {
    this.cidrs = cidrs;
    this.#isOpen = ranges.length === 0;
    this.#words = toWords(ranges.length === 0 ? [UNSPECIFIED_RANGE] : ranges);
  }

  allows(address: ClientAddress | null): boolean {
    const words = this.#words;
    const known = address ?? UNSPECIFIED;
    const isIpv4 = Number(isIpv4Address(known));
    let inside = false;
    for (let at = 0; at < words.length; at += RANGE_WORDS) {
      const difference =
        ((known[0] ^ words[at]!) & words[at + 4]!) |
        ((known[1] ^ words[at + 1]!) & words[at + 5]!) |
        ((known[2] ^ words[at + 2]!) & words[at + 6]!) |
        ((known[3] ^ words[at + 3]!) & words[at + 7]!) |
        (isIpv4 ^ words[at + 8]!);
      inside = difference === 0 || inside;
    }
    return this.#isOpen || (inside && address !== null);
  }
}

/** Whether the text is a range: an address, `/` and a prefix length with no bits of the address beyond it, or an address. */
export function isCidr(text: string): boolean {
  return typeof parseRange(text) !== 'string';
}

/** {@link isCidr}, with the range in its canonical spelling or what is wrong. */
export function checkCidr(text: string): CidrCheck {
  const range = parseRange(text);
  return typeof range === 'string' ? { ok: false, message: range } : { ok: true, cidr: formatRange(range) };
}

/** @returns the range, or what is wrong with the text. */
function parseRange(text: string): Range | string {
  const [base = '', prefix, ...more] = text.split('/');
  const address = base.includes('%') ? null : parseClientAddress(base);
  if (address === null || more.length > 0) {
    return `"${text}" is not an address range; write one like 203.0.113.0/24 or 2001:db8::/32.`;
  }
  const dotted = !base.includes(':');
  const width = dotted ? 32 : 128;
  const written = prefix === undefined ? width : readPrefixLength(prefix);
  if (written === null || written > width) {
    return `"${text}" has no prefix length from 0 to ${width}; write one after the "/".`;
  }
  const prefixLength = dotted ? 96 + written : written;
  const mask: ClientAddress = [
    toMaskWord(prefixLength),
    toMaskWord(prefixLength - 32),
    toMaskWord(prefixLength - 64),
    toMaskWord(prefixLength - 96),
  ];
  const network: ClientAddress = [
    (address[0] & mask[0]) >>> 0,
    (address[1] & mask[1]) >>> 0,
    (address[2] & mask[2]) >>> 0,
    (address[3] & mask[3]) >>> 0,
  ];
  const range = { network, mask, prefixLength, ipv4: prefixLength >= 96 && isIpv4Address(network) };
  if (network.some((word, i) => word !== address[i])) {
    return `"${text}" has address bits beyond its prefix; write ${formatRange(range)}, or a longer prefix.`;
  }
  return range;
}

function readPrefixLength(text: string): number | null {
  return /^(0|[1-9]\d{0,2})$/.test(text) ? Number(text) : null;
}

function toMaskWord(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0;
}

function formatRange({ network, prefixLength, ipv4 }: Range): string {
  return `${formatClientAddress(network)}/${ipv4 ? prefixLength - 96 : prefixLength}`;
}
