import { BlockList } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatClientAddress, parseClientAddress } from './address.ts';
import { checkCidr, compileAddressRanges, isCidr } from './address-ranges.ts';

interface Family {
  readonly name: 'ipv4' | 'ipv6';
  readonly width: number;
}
const families: readonly Family[] = [
  { name: 'ipv4', width: 32 },
  { name: 'ipv6', width: 128 },
];

function write(bits: bigint, family: Family): string {
  const groupBits = family.name === 'ipv4' ? 8 : 16;
  const groups = Array.from({ length: family.width / groupBits }, (_, i) => {
    const group = (bits >> BigInt(family.width - groupBits * (i + 1))) & ((1n << BigInt(groupBits)) - 1n);
    return group.toString(family.name === 'ipv4' ? 10 : 16);
  });
  return groups.join(family.name === 'ipv4' ? '.' : ':');
}

const ranges = fc
  .record({
    family: fc.constantFrom(...families),
    prefix: fc.nat(128),
    bits: fc.bigInt(0n, (1n << 128n) - 1n),
  })
  .map(({ family, prefix, bits }) => {
    const length = prefix % (family.width + 1);
    const hostBits = BigInt(family.width - length);
    return { family, length, network: (BigInt.asUintN(family.width, bits) >> hostBits) << hostBits };
  });

test('ranges hold the addresses that the platform’s BlockList holds', () => {
  fc.assert(
    fc.property(
      fc.array(ranges, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(...families),
      fc.bigInt(0n, (1n << 128n) - 1n),
      fc.nat(),
      fc.nat(130),
      (list, family, bits, near, flip) => {
        const compiled = compileAddressRanges(
          list.map((range) => `${write(range.network, range.family)}/${range.length}`),
        );
        // An address far away, one inside a range, and that one with one bit turned.
        const range = list[near % list.length]!;
        const inside = range.network | BigInt.asUintN(range.family.width - range.length, bits);
        const turned = inside ^ BigInt.asUintN(range.family.width, 1n << BigInt(flip));
        const candidates: readonly [bigint, Family][] = [
          [BigInt.asUintN(family.width, bits), family],
          [inside, range.family],
          [turned, range.family],
        ];
        for (const [value, of] of candidates) {
          const text = write(value, of);
          // BlockList takes `::/0` for all of IPv4 too, which we do not: it is given the ranges of one family.
          const blockList = new BlockList();
          for (const { network, family: own, length } of list) {
            if (own === of) blockList.addSubnet(write(network, own), length, own.name);
          }
          expect(compiled.allows(parseClientAddress(text))).toBe(blockList.check(text, of.name));
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('an empty list allows every address, an unknown one included; any other list refuses an unknown one', () => {
  expect(compileAddressRanges([]).allows(null)).toBe(true);
  expect(compileAddressRanges(['0.0.0.0/0', '::/0']).allows(null)).toBe(false);
});

test('all of IPv6 is nothing of IPv4, and a mapped range is an IPv4 range', () => {
  const allOfIpv6 = compileAddressRanges(['::/0']);
  expect(allOfIpv6.allows(parseClientAddress('2001:db8::1'))).toBe(true);
  expect(allOfIpv6.allows(parseClientAddress('192.0.2.1'))).toBe(false);
  expect(compileAddressRanges(['::ffff:192.0.2.0/120']).allows(parseClientAddress('192.0.2.9'))).toBe(true);
  expect(compileAddressRanges(['192.0.2.0/24']).allows(parseClientAddress('::ffff:192.0.2.9'))).toBe(true);
});

describe('a range', () => {
  test.each([
    ['203.0.113.0/24', '203.0.113.0/24'],
    ['203.0.113.7', '203.0.113.7/32'],
    ['2001:DB8:0::/32', '2001:db8::/32'],
    ['::1', '::1/128'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
  ])('%s is written %s', (text, cidr) => {
    expect(isCidr(text)).toBe(true);
    expect(checkCidr(text)).toEqual({ ok: true, cidr });
    expect(checkCidr(cidr)).toEqual({ ok: true, cidr });
  });

  test.each([
    ['10.1.2.3/8', /beyond its prefix; write 10\.0\.0\.0\/8/],
    ['2001:db8::1/64', /write 2001:db8::\/64/],
    ['10.0.0.0/33', /no prefix length from 0 to 32/],
    ['::/129', /no prefix length from 0 to 128/],
    ['10.0.0.0/', /no prefix length/],
    ['10.0.0.0/08', /no prefix length/],
    ['10.0.0.0/-1', /no prefix length/],
    ['10.0.0.0/8/8', /is not an address range/],
    ['fe80::%eth0/10', /is not an address range/],
    ['example.com', /is not an address range/],
    ['*', /is not an address range/],
    ['', /is not an address range/],
  ])('%j is refused', (text, message) => {
    expect(isCidr(text)).toBe(false);
    expect(() => compileAddressRanges(['10.0.0.0/8', text])).toThrow(RangeError);
    expect(() => compileAddressRanges([text])).toThrow(message);
  });
});

test('canonical spellings are stable', () => {
  fc.assert(
    fc.property(ranges, ({ network, family, length }) => {
      const checked = checkCidr(`${write(network, family)}/${length}`);
      expect(checked.ok && checkCidr(checked.cidr)).toEqual(checked);
      const base = checked.ok ? parseClientAddress(checked.cidr.split('/')[0]!) : null;
      expect(base && formatClientAddress(base)).toBe(checked.ok && checked.cidr.split('/')[0]);
    }),
  );
});
