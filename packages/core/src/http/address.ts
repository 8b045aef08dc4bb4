/** An IP address as four 32-bit words in network order; IPv4 stands as its IPv4-mapped IPv6 form (RFC 4291 §2.5.5.2). */
export type ClientAddress = readonly [number, number, number, number];

/** A compiled `allowed_cidrs` list. An empty list allows every address. */
export interface AddressRanges {
  readonly cidrs: readonly string[];
  /** A null address (unknown) is inside no range but is allowed by an empty list. */
  allows(address: ClientAddress | null): boolean;
}
