import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  connect,
  gatewayDefinition,
  type Keyring,
  moment,
  type RawClient,
  send,
  startGateway,
  startUpstream,
} from './_util.ts';

/** What is under way reads the lease too: a process that stood still may have missed the end of a key. */

/** Longer than two ticks of what looks after timeouts and held bytes. */
const TICKS_MS = 1_500;

async function startPair() {
  const arrived = moment<{ request: IncomingMessage; response: ServerResponse }>();
  const upstream = await startUpstream((request, response) => arrived.reach({ request, response }));
  const switched = moment<Socket>();
  upstream.server.on('upgrade', (_: IncomingMessage, socket: Socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    switched.reach(socket);
  });
  const gateway = await startGateway([
    gatewayDefinition(upstream.url, { websocketOperations: ['GET /socket'] }),
  ]);
  const issued = await gateway.keyring.issue();
  const open = async (line: string, ...headers: readonly string[]): Promise<RawClient> => {
    const client = await connect(gateway.port);
    return client.write(line, 'Host: x', `Authorization: Bearer ${issued.presentedKey}`, ...headers, '', '');
  };
  return { upstream, arrived: arrived.reached, switched: switched.reached, open, ...gateway, ...issued };
}

/** Resolves when something has asked whether it may pass, and may not. */
function heldBack({ verifier }: Keyring): Promise<void> {
  const held = moment();
  const mayAnswer = verifier.mayAnswer.bind(verifier);
  verifier.mayAnswer = () => {
    const may = mayAnswer();
    if (!may) held.reach();
    return may;
  };
  return held.reached;
}

describe('an answer that streams', () => {
  it('stands still without a lease and goes on, whole and in order, when there is one again', async () => {
    const { arrived, open, keyring, clock } = await startPair();
    const client = await open('GET / HTTP/1.1', 'Connection: close');
    const { response } = await arrived;
    response.write('first,');
    await client.until('first,');
    keyring.suspendLease();
    const held = heldBack(keyring);
    response.write('second,');
    await held;
    response.end('third');
    clock.advance(TICKS_MS);
    expect(client.text).not.toContain('second');
    keyring.regainLease();
    clock.advance(TICKS_MS);
    await client.closed;
    expect(client.text).toMatch(/first,.*second,.*third/s);
    expect(client.text.endsWith('0\r\n\r\n')).toBe(true);
  });

  it('passes nothing of what came without a lease when its key was revoked meanwhile', async () => {
    const { arrived, open, keyring, id, observed } = await startPair();
    const client = await open('GET / HTTP/1.1');
    const { response } = await arrived;
    response.write('first');
    await client.until('first');
    keyring.suspendLease();
    const held = heldBack(keyring);
    response.write('second');
    await held;
    await keyring.change(id, { revoked: true });
    expect(await client.closed).toBe('ECONNRESET');
    expect(client.text).not.toContain('second');
    expect(observed).toMatchObject([{ status: 200, ended: true }]);
  });

  it('is reset when there is no lease for 10 seconds', async () => {
    const { arrived, open, keyring, clock, observed } = await startPair();
    const client = await open('GET / HTTP/1.1');
    const { response } = await arrived;
    response.write('first');
    await client.until('first');
    keyring.suspendLease();
    const held = heldBack(keyring);
    response.write('second');
    await held;
    clock.advance(10_000 + TICKS_MS);
    expect(await client.closed).toBe('ECONNRESET');
    expect(client.text).not.toContain('second');
    expect(observed).toMatchObject([{ status: 200, ended: false }]);
  });
});

describe('a request whose answer has not begun', () => {
  it('gets its answer once there is a lease again', async () => {
    const { arrived, keyring, clock, port, presentedKey } = await startPair();
    const answering = send(port, { key: presentedKey });
    const { response } = await arrived;
    keyring.suspendLease();
    const held = heldBack(keyring);
    response.end('all of it');
    await held;
    keyring.regainLease();
    clock.advance(TICKS_MS);
    expect(await answering).toMatchObject({ status: 200, text: 'all of it' });
  });

  it('gets 401 and not its answer when its key was revoked while there was no lease', async () => {
    const { arrived, keyring, port, presentedKey, id } = await startPair();
    const answering = send(port, { key: presentedKey });
    const { response } = await arrived;
    keyring.suspendLease();
    const held = heldBack(keyring);
    response.end('all of it');
    await held;
    await keyring.change(id, { revoked: true });
    expect((await answering).status).toBe(401);
  });

  it('gets 503 with Retry-After when there is no lease for 10 seconds', async () => {
    const { arrived, keyring, clock, port, presentedKey, observed } = await startPair();
    const answering = send(port, { key: presentedKey });
    const { response } = await arrived;
    keyring.suspendLease();
    const held = heldBack(keyring);
    response.end('all of it');
    await held;
    clock.advance(10_000 + TICKS_MS);
    const answer = await answering;
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBeDefined();
    expect(observed).toMatchObject([{ status: 503, ended: false }]);
  });
});

describe('an upload', () => {
  it('stands still without a lease, goes on in order with one, and its end is seen', async () => {
    const { arrived, open, keyring, clock } = await startPair();
    const client = await open('POST / HTTP/1.1', 'Transfer-Encoding: chunked', 'Connection: close');
    client.write('5\r\nfirst\r\n');
    const { request, response } = await arrived;
    let received = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      received += chunk;
    });
    await once(request, 'data');
    keyring.suspendLease();
    const held = heldBack(keyring);
    client.write('7\r\n,second\r\n0\r\n\r\n');
    await held;
    clock.advance(TICKS_MS);
    expect(received).toBe('first');
    keyring.regainLease();
    clock.advance(TICKS_MS);
    await once(request, 'end');
    expect(received).toBe('first,second');
    response.end('thanks');
    expect(await client.until('thanks')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('of a short body reaches no upstream when the lease ends before it is whole', async () => {
    const { upstream, open, keyring } = await startPair();
    const client = await open('POST / HTTP/1.1', 'Content-Length: 6', 'Expect: 100-continue');
    await client.until('100 Continue');
    keyring.suspendLease();
    client.write('abcdef');
    await client.until(/HTTP\/1\.1 503 /);
    expect(upstream.requests).toHaveLength(0);
  });
});

describe('a WebSocket', () => {
  const HANDSHAKE = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ];

  it('stands still in both directions without a lease, and goes on in order', async () => {
    const { open, switched, keyring, clock } = await startPair();
    const client = await open('GET /socket HTTP/1.1', ...HANDSHAKE);
    const socket = await switched;
    const received: string[] = [];
    const arrived = moment();
    socket.on('data', (chunk: Buffer) => {
      received.push(String(chunk));
      arrived.reach();
    });
    await client.until('101 Switching');
    keyring.suspendLease();
    const held = heldBack(keyring);
    socket.write('down');
    client.write('up');
    await held;
    clock.advance(TICKS_MS);
    expect(client.text).not.toContain('down');
    expect(received).toEqual([]);
    keyring.regainLease();
    socket.write(',again');
    clock.advance(TICKS_MS);
    await client.until('down,again');
    await arrived.reached;
    expect(received).toEqual(['up']);
  });

  it('passes nothing of what came without a lease when its key was revoked meanwhile', async () => {
    const { open, switched, keyring, id } = await startPair();
    const client = await open('GET /socket HTTP/1.1', ...HANDSHAKE);
    const socket = await switched;
    await client.until('101 Switching');
    keyring.suspendLease();
    const held = heldBack(keyring);
    socket.write('down');
    await held;
    await keyring.change(id, { revoked: true });
    expect(await client.closed).toBe('ECONNRESET');
    expect(client.text).not.toContain('down');
  });
});
