import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { createPeerTrust } from './peer.ts';

function from(
  remoteAddress: string | undefined,
  headers: IncomingMessage['headers'] = {},
  socket: object = {},
): IncomingMessage {
  const isTcp = remoteAddress !== undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the functions under test read
  return {
    socket: { remoteAddress, localAddress: isTcp ? '127.0.0.1' : undefined, destroyed: false, ...socket },
    headers,
  } as unknown as IncomingMessage;
}

const peers = createPeerTrust(['192.0.2.0/24', '2001:db8::/32']);

test.each([
  '127.0.0.1',
  '127.8.8.8',
  '::1',
  '::ffff:127.0.0.1',
  '192.0.2.7',
  '::ffff:192.0.2.7',
  '2001:db8::5',
])('%s is trusted', (address) => expect(peers.isTrusted(from(address))).toBe(true));

test.each(['203.0.113.9', '::ffff:203.0.113.9', '2001:db9::1', 'fe80::1', ''])(
  '%s is not trusted',
  (address) => {
    expect(peers.isTrusted(from('127.0.0.1'))).toBe(true);
    expect(peers.isTrusted(from(address))).toBe(false);
  },
);

test('a Unix socket is trusted; a TCP peer that has left is not', () => {
  expect(peers.isTrusted(from(undefined))).toBe(true);
  expect(peers.isTrusted(from(undefined, {}, { localAddress: '10.0.0.1' }))).toBe(false);
  expect(peers.isTrusted(from(undefined, {}, { destroyed: true }))).toBe(false);
});

test('a request is local when it was made here and no proxy forwarded it', () => {
  expect(peers.isLocal(from('127.0.0.1'))).toBe(true);
  expect(peers.isLocal(from('192.0.2.7'))).toBe(false);
  expect(peers.isLocal(from('127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }))).toBe(false);
  expect(peers.isLocal(from('127.0.0.1', { forwarded: 'for=203.0.113.9' }))).toBe(false);
});
