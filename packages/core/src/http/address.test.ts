import { isIP, SocketAddress } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatClientAddress, parseClientAddress } from './address.ts';

const ipv6 = fc.oneof(
  fc.ipV6(),
  // Runs of zeros, where `::` and its exceptions are.
  fc
    .array(fc.constantFrom('0', '0000', '1', 'ffff', 'DB8'), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.join(':')),
);

test('an IPv6 address is read as the platform reads it, and written as RFC 5952 asks', () => {
  fc.assert(
    fc.property(ipv6, (text) => {
      const address = parseClientAddress(text);
      expect(address).not.toBeNull();
      const written = formatClientAddress(address!);
      expect(parseClientAddress(written)).toEqual(address);
      if (written.includes(':')) expect(written).toBe(new URL(`http://[${text}]`).hostname.slice(1, -1));
    }),
    { numRuns: 1_000 },
  );
});

test('an IPv4 address survives reading and writing, alone and mapped', () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      const address = parseClientAddress(text);
      expect(formatClientAddress(address!)).toBe(text);
      expect(parseClientAddress(`::ffff:${text}`)).toEqual(address);
      expect(parseClientAddress(`0:0:0:0:0:FFFF:${text}`)).toEqual(address);
    }),
  );
});

test('what is no address to the platform is none to us, and the other way round', () => {
  const alphabet = fc.constantFrom(
    '0',
    '1',
    '25',
    '255',
    '256',
    '01',
    '.',
    ':',
    '::',
    'f',
    'ffff',
    'g',
    '1.2.3.4',
    ' ',
  );
  fc.assert(
    fc.property(
      fc.array(alphabet, { maxLength: 16 }).map((parts) => parts.join('')),
      (text) => {
        expect(parseClientAddress(text) !== null).toBe(isIP(text) !== 0);
      },
    ),
    { numRuns: 5_000 },
  );
});

describe('an address', () => {
  test.each([
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['::ffff:127.0.0.1', '127.0.0.1'],
    ['::ffff:7f00:1', '127.0.0.1'],
    ['::1.2.3.4', '::102:304'],
    ['1::ffff:102:304', '1::ffff:102:304'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ])('%s is %s', (text, written) => {
    const address = parseClientAddress(text);
    expect(address && formatClientAddress(address)).toBe(written);
  });

  test.each([
    '',
    ' ',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.04',
    '1.2.3.256',
    '256.1.1.1',
    '0x7f.1',
    '127.1',
    '2130706433',
    '1.2.3.4:80',
    '[::1]',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '1.2.3.4::',
    '1.2.3.4:1:2:3:4:5:6',
    '::1.2.3.4:1',
    '::12345',
    '1.2.3.4%eth0',
    'unknown',
    'localhost',
  ])('%j is none', (text) => {
    expect(parseClientAddress(text)).toBeNull();
  });
});

test('what a socket reports is an address', () => {
  const { address } = new SocketAddress({ address: '::1', family: 'ipv6' });
  expect(parseClientAddress(address)).toEqual([0, 0, 0, 1]);
});
