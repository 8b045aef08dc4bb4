import { describe, expect, test } from 'vitest';
import { formatClientAddress } from './address.ts';
import { compileAddressRanges } from './address-ranges.ts';
import { resolveClientAddress } from './client-address.ts';

const proxies = compileAddressRanges(['10.0.0.0/8', '::1/128']);

function resolve(peer: string, forwardedFor: readonly string[], trusted = proxies): string | null {
  const address = resolveClientAddress(peer, forwardedFor, trusted);
  return address && formatClientAddress(address);
}

test('a peer that is no trusted proxy is the client, whatever it claims', () => {
  expect(resolve('203.0.113.5', ['198.51.100.1'])).toBe('203.0.113.5');
  expect(formatClientAddress(resolveClientAddress('10.0.0.1', ['198.51.100.1'], null)!)).toBe('10.0.0.1');
});

test('an empty list of proxies trusts nobody, though as a list of allowed addresses it would hold all', () => {
  expect(resolve('10.0.0.1', ['198.51.100.1'], compileAddressRanges([]))).toBe('10.0.0.1');
});

describe('behind trusted proxies', () => {
  test.each<[string, readonly string[], string | null]>([
    ['the last address that no trusted proxy has is the client', ['198.51.100.1'], '198.51.100.1'],
    ['what the client itself wrote in front does not count', ['6.6.6.6, 198.51.100.1'], '198.51.100.1'],
    ['a chain of proxies is walked from the right', ['6.6.6.6, 198.51.100.1, 10.9.9.9'], '198.51.100.1'],
    ['several lines are one list', ['6.6.6.6', '198.51.100.1', '10.9.9.9, 10.8.8.8'], '198.51.100.1'],
    ['a chain of trusted proxies only ends at its beginning', ['10.1.1.1, 10.2.2.2'], '10.1.1.1'],
    ['no header leaves the proxy itself', [], '10.0.0.1'],
    ['empty elements count for nothing', [' , 198.51.100.1 ,, '], '198.51.100.1'],
    ['a port is dropped', ['198.51.100.1:4711'], '198.51.100.1'],
    ['a bracketed IPv6 address with its port is read', ['[2001:db8::1]:4711'], '2001:db8::1'],
    ['a bracketed IPv6 address is read', ['[2001:db8::1]'], '2001:db8::1'],
    ['a bare IPv6 address is read', ['2001:db8::1'], '2001:db8::1'],
    ['a number before the last group is no port', ['2001:db8::5:6'], '2001:db8::5:6'],
    ['a number in the second group is no port', ['2001:470::1'], '2001:470::1'],
    ['what is no address leaves the client unknown', ['198.51.100.1, unknown'], null],
    ['what is no address further left is never reached', ['<script>, 198.51.100.1'], '198.51.100.1'],
    ['brackets around IPv4 are no address', ['[198.51.100.1]'], null],
    ['something before the brackets is no address', ['x[2001:db8::1]'], null],
    ['something behind the brackets is no address', ['[2001:db8::1]x'], null],
  ])('%s', (_, forwardedFor, expected) => {
    expect(resolve('10.0.0.1', forwardedFor)).toBe(expected);
    expect(resolve('::ffff:10.0.0.1', forwardedFor)).toBe(expected);
  });
});

test('a peer without an address is unknown', () => {
  expect(resolve('', ['198.51.100.1'])).toBeNull();
});
