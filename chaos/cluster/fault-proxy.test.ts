import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';

let proxy: FaultProxy;
/** What has reached the server, over all connections. */
let arrived: string;
let server: Socket | null;

beforeEach(async () => {
  arrived = '';
  server = null;
  const listener = createServer((socket) => {
    server = socket;
    socket.on('error', () => {});
    socket.setEncoding('utf8').on('data', (text: string) => {
      arrived += text;
      socket.write(text.toUpperCase());
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  proxy = await startFaultProxy(() => (listener.address() as AddressInfo).port);
  onTestFinished(async () => {
    await proxy.close();
    listener.close();
  });
});

interface Client {
  readonly socket: Socket;
  /** Resolves with everything that was received, once it is this much. */
  received(length: number): Promise<string>;
}

async function open(): Promise<Client> {
  const socket = connect(proxy.port, '127.0.0.1').setEncoding('utf8');
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: string) => {
    text += chunk;
  });
  await once(socket, 'connect');
  return {
    socket,
    async received(length) {
      while (text.length < length) await once(socket, 'data');
      return text;
    },
  };
}

/** A client whose connection reaches the server. */
async function openThrough(): Promise<Client> {
  const client = await open();
  client.socket.write('a');
  await client.received(1);
  return client;
}

test('carries both ways, and the end of a connection', async () => {
  const client = await openThrough();
  client.socket.end();
  await closed(client.socket);
  expect(arrived).toBe('a');
});

test('what is held does not arrive, and arrives in order when it is healed', async () => {
  const client = await openThrough();
  proxy.hold(['up']);
  client.socket.write('b');
  // The way back is open all the while: what the server says later comes first.
  server?.write('!');
  expect(await client.received(2)).toBe('A!');
  client.socket.write('c');
  expect(arrived).toBe('a');
  proxy.heal();
  expect(await client.received(4)).toBe('A!BC');
});

test('where the way back is held, what was asked is done and the answer is late', async () => {
  const client = await openThrough();
  proxy.hold(['down']);
  client.socket.write('b');
  await once(server as Socket, 'data');
  expect(arrived).toBe('ab');
  expect(await client.received(1)).toBe('A');
  proxy.heal();
  expect(await client.received(2)).toBe('AB');
});

test('nobody is told of an end while both ways are held', async () => {
  const client = await openThrough();
  proxy.hold(['up', 'down']);
  client.socket.destroy();
  const other = connect(proxy.port, '127.0.0.1');
  await once(other, 'connect');
  expect(server?.closed).toBe(false);
  proxy.heal();
  other.destroy();
  await closed(server as Socket);
});

test('a delay keeps the order, and what it delayed arrives when it is taken away', async () => {
  const client = await openThrough();
  proxy.delay(3_600_000);
  client.socket.write('b');
  server?.write('!');
  client.socket.write('c');
  await new Promise((resolve) => client.socket.write('d', resolve));
  expect(arrived).toBe('a');
  proxy.delay(1);
  expect(await client.received(5)).toBe('A!BCD');
});

test('a reset ends every connection, and new ones until it is healed', async () => {
  const client = await openThrough();
  proxy.reset();
  await closed(client.socket);
  await closed(connect(proxy.port, '127.0.0.1').on('error', () => {}));
  proxy.heal();
  await openThrough();
  expect(arrived).toBe('aa');
});

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}
