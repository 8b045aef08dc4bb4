import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  connect,
  exchangeRaw,
  gatewayDefinition,
  moment,
  send,
  startGateway,
  startUpstream,
} from './_util.ts';

const HANDSHAKE = [
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

/** A gateway with one WebSocket operation before an upstream that switches and echoes in capitals. */
async function startPair() {
  const upstream = await startUpstream((_, response) =>
    response.writeHead(403, { 'content-type': 'text/plain' }).end('no socket here'),
  );
  const switched = moment<{ socket: Socket; request: IncomingMessage }>();
  upstream.server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => {});
    if (request.url === '/socket/slow') {
      switched.reach({ socket, request });
      return;
    }
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nKeyhold-Organization: evil\r\n\r\n',
    );
    socket.on('data', (data) => socket.write(String(data).toUpperCase()));
    switched.reach({ socket, request });
  });
  const gateway = await startGateway([
    gatewayDefinition(upstream.url, {
      websocketOperations: ['GET /socket', 'GET /socket/{name}'],
      timeouts: { connectMs: 1_000, answerMs: 10_000, idleMs: 20_000 },
    }),
  ]);
  const issued = await gateway.keyring.issue();
  const open = async (path = '/socket') => {
    const client = await connect(gateway.port);
    return client.write(
      `GET ${path} HTTP/1.1`,
      ...HANDSHAKE,
      `Authorization: Bearer ${issued.presentedKey}`,
      '',
      '',
    );
  };
  return { upstream, switched: switched.reached, open, ...gateway, ...issued };
}

describe('a WebSocket', () => {
  it('passes bytes both ways once the upstream has switched, with the key’s identity and without the key', async () => {
    const { open, switched, id } = await startPair();
    const client = await open();
    client.write('early');
    await client.until('EARLY');
    const { request } = await switched;
    expect(request.headers).toMatchObject({
      'keyhold-key-id': id,
      upgrade: 'websocket',
      'sec-websocket-version': '13',
    });
    expect(request.headers.authorization).toBeUndefined();
    expect(client.text).toMatch(
      /^HTTP\/1\.1 101 Switching Protocols\r\n.*sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/is,
    );
    expect(client.text).toMatch(/Connection: Upgrade\r\nUpgrade: websocket\r\n/);
    expect(client.text).not.toContain('evil');
    client.write('later');
    await client.until('LATER');
  });

  it('ends on both sides when its key is revoked', async () => {
    const { open, switched, id, keyring, observed } = await startPair();
    const client = await open();
    client.write('hello');
    await client.until('HELLO');
    const { socket } = await switched;
    const closed = moment();
    socket.on('close', () => closed.reach());
    await keyring.change(id, { revoked: true });
    expect(observed).toMatchObject([{ status: 101, ended: true }]);
    await closed.reached;
    expect(await client.closed).toBe('ECONNRESET');
  });

  it('whose upstream has not switched yet gets 401 when its key is revoked', async () => {
    const { open, switched, id, keyring, port } = await startPair();
    const client = await open('/socket/slow');
    const { socket } = await switched;
    const closed = moment();
    socket.on('close', () => closed.reach());
    await keyring.change(id, { revoked: true });
    await client.closed;
    await closed.reached;
    const { text, headers } = await send(port, { key: 'bad' });
    expect(client.text).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    expect(client.text).toContain(`WWW-Authenticate: ${headers['www-authenticate']}\r\n`);
    expect(client.text.endsWith(`\r\n\r\n${text}`)).toBe(true);
  });

  it('ends in order when either side does', async () => {
    const { open, switched } = await startPair();
    const client = await open();
    client.write('hello');
    await client.until('HELLO');
    const { socket } = await switched;
    const ended = once(socket, 'end');
    client.socket.end();
    await ended;
    socket.end();
    expect(await client.closed).toBe(null);
  });

  it('delivers what its upstream sent last', async () => {
    const { open, switched } = await startPair();
    const client = await open();
    const { socket } = await switched;
    const much = 'x'.repeat(4 << 20);
    socket.end(`${much}!`);
    expect(await client.closed).toBe(null);
    expect(client.text.endsWith(`${much}!`)).toBe(true);
  });

  it('is no longer read from the upstream when its client stops reading', async () => {
    const { open, switched } = await startPair();
    const client = await open();
    await client.until('101');
    client.socket.pause();
    const { socket } = await switched;
    // More than every buffer on the way can hold.
    const much = 96 << 20;
    socket.write(Buffer.alloc(much, 'x'));
    for (let turns = 0, last = -1; turns < 2_000; turns++) {
      if (socket.bytesWritten - socket.writableLength !== last) turns = 0;
      last = socket.bytesWritten - socket.writableLength;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(socket.writableLength).toBeGreaterThan(0);
    client.socket.resume();
    socket.end('!');
    await client.closed;
    expect(client.text.length).toBeGreaterThan(much);
  });

  it('that stands still for longer than the idle time is cut', async () => {
    const { clock, open } = await startPair();
    const client = await open();
    await client.until('101');
    clock.advance(40_000);
    await client.closed;
  });

  it('that its upstream refuses gets the upstream’s answer', async () => {
    const { upstream, open } = await startPair();
    upstream.server.removeAllListeners('upgrade');
    const client = await open();
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n.*Connection: close\r\n\r\nno socket here$/s);
  });

  it('needs a key like any other request', async () => {
    const { port } = await startPair();
    const text = await exchangeRaw(port, 'GET /socket HTTP/1.1', ...HANDSHAKE, '', '');
    expect(text).toMatch(/^HTTP\/1\.1 401 .*WWW-Authenticate: Bearer realm="default"\r\n/s);
    const bad = await exchangeRaw(
      port,
      'GET /socket HTTP/1.1',
      ...HANDSHAKE,
      'Authorization: Bearer bad',
      '',
      '',
    );
    expect(bad).toMatch(/error="invalid_token"/);
  });

  it('is refused on an operation that may not switch, whatever the key', async () => {
    const { open, upstream } = await startPair();
    const client = await open('/elsewhere');
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 400 .*upgrade_refused/s);
    expect(upstream.requests).toHaveLength(0);
  });

  it('is cut when the gateway closes', async () => {
    const { clock, gateway, open } = await startPair();
    const client = await open();
    await client.until('101');
    const closed = gateway.close(1_000);
    clock.advance(1_000);
    await closed;
    await client.closed;
  });
});
