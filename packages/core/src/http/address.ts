/** An IP address as four 32-bit words in network order; IPv4 stands as its IPv4-mapped IPv6 form (RFC 4291 §2.5.5.2). */
export type ClientAddress = readonly [number, number, number, number];

const MAPPED_PREFIX = 0xffff;

/**
 * Reads an IPv4 address (four decimal numbers without leading zeros) or an IPv6 address (RFC 4291 §2.2); a zone
 * (`%eth0`) is dropped.
 *
 * @returns null for anything else, ports and brackets included.
 */
export function parseClientAddress(text: string): ClientAddress | null {
  if (!text.includes(':')) {
    const word = parseIpv4(text);
    return word === null ? null : [0, 0, MAPPED_PREFIX, word];
  }
  const zone = text.indexOf('%');
  return parseIpv6(zone === -1 ? text : text.slice(0, zone));
}

/** Whether the address is an IPv4 one, or an IPv6 one that maps it. */
export function isIpv4Address(address: ClientAddress): boolean {
  return address[0] === 0 && address[1] === 0 && address[2] === MAPPED_PREFIX;
}

/** Writes IPv4 with dots and IPv6 as RFC 5952 §4 does. */
export function formatClientAddress(address: ClientAddress): string {
  if (isIpv4Address(address)) {
    const word = address[3];
    return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
  }
  const groups = address.flatMap((word) => [(word >>> 16) & 0xffff, word & 0xffff]);
  const zeros = findLongestZeros(groups);
  const toText = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (zeros === null) return toText(groups);
  return `${toText(groups.slice(0, zeros.start))}::${toText(groups.slice(zeros.start + zeros.length))}`;
}

function parseIpv4(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  let word = 0;
  for (const octet of match.slice(1)) {
    // A leading zero is octal to some readers and decimal to others.
    if (Number(octet) > 255 || (octet.length > 1 && octet.startsWith('0'))) return null;
    word = word * 256 + Number(octet);
  }
  return word;
}

function parseIpv6(text: string): ClientAddress | null {
  const [front = '', back, ...more] = text.split('::');
  if (more.length > 0) return null;
  const head = parseGroups(front, back === undefined);
  const tail = back === undefined ? [] : parseGroups(back, true);
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (back === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  const word = (i: number) => groups[i]! * 65_536 + groups[i + 1]!;
  return [word(0), word(2), word(4), word(6)];
}

/** @param mayEndInIpv4 the last two groups may be written with dots. */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const word = mayEndInIpv4 && i === parts.length - 1 ? parseIpv4(part) : null;
    if (word === null) return null;
    groups.push(word >>> 16, word & 0xffff);
  }
  return groups;
}

/** RFC 5952 §4.2: the longest run of two zero groups or more, the first of equals. */
function findLongestZeros(groups: readonly number[]): { start: number; length: number } | null {
  let longest: { start: number; length: number } | null = null;
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > (longest?.length ?? 1)) longest = { start, length: end - start };
    start = end;
  }
  return longest;
}
