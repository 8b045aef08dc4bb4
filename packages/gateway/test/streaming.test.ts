import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import {
  connect,
  gatewayDefinition,
  moment,
  responseTo,
  send,
  startGateway,
  startUpstream,
} from './_util.ts';

/** More than every buffer on the way can hold. */
const MUCH = 96 << 20;
const CHUNK = Buffer.alloc(1 << 20, 'x');

/** Writes until `MUCH` or until nothing more is taken for as long as `stuck` says. */
async function pour(
  to: NodeJS.WritableStream,
  count: { bytes: number },
  chunks = MUCH / CHUNK.length,
): Promise<void> {
  for (let i = 0; i < chunks; i++) {
    if (!to.write(CHUNK)) await once(to, 'drain');
    count.bytes += CHUNK.length;
  }
  to.end();
}

/** Resolves when `count` has not grown for many turns of the event loop. */
async function standstill(count: { bytes: number }): Promise<number> {
  for (let turns = 0, last = -1; turns < 2_000; turns++) {
    if (count.bytes !== last) turns = 0;
    last = count.bytes;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return count.bytes;
}

async function countBytes(stream: Readable): Promise<number> {
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(stream, 'end');
  return bytes;
}

it('an answer is no longer read from the upstream when the client stops reading, and goes on when it reads again', async () => {
  const poured = { bytes: 0 };
  const upstream = await startUpstream((_, response) => void pour(response, poured));
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey } = await keyring.issue();
  const request = http.get({ port, host: '127.0.0.1', headers: { authorization: `Bearer ${presentedKey}` } });
  const response = await responseTo(request);
  expect(await standstill(poured)).toBeLessThan(MUCH / 2);
  expect(await countBytes(response)).toBe(MUCH);
});

it('an upload is no longer read from the client when the upstream stops reading, and goes on when it reads again', async () => {
  const arrived = moment<{ request: IncomingMessage; response: ServerResponse }>();
  const upstream = await startUpstream((request, response) => arrived.reach({ request, response }));
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey } = await keyring.issue();
  const request = http.request({
    port,
    host: '127.0.0.1',
    method: 'PUT',
    headers: { authorization: `Bearer ${presentedKey}` },
  });
  const poured = { bytes: 0 };
  const pouring = pour(request, poured);
  const { request: received, response } = await arrived.reached;
  expect(await standstill(poured)).toBeLessThan(MUCH / 2);
  const bytes = await countBytes(received);
  response.end('thanks');
  await pouring;
  const answer = await responseTo(request);
  answer.resume();
  expect(bytes).toBe(MUCH);
});

it('the head and each part of an answer reach the client without waiting for the next', async () => {
  const arrived = moment<ServerResponse>();
  const upstream = await startUpstream((_, response) => arrived.reach(response));
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey } = await keyring.issue();
  const client = (await connect(port)).write(
    'GET / HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${presentedKey}`,
    '',
    '',
  );
  const response = await arrived.reached;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  await client.until('text/event-stream');
  for (const part of ['one', 'two']) {
    response.write(part);
    await client.until(part);
  }
});

it('a part of an upload reaches the upstream before the next is sent', async () => {
  const arrived = moment<IncomingMessage>();
  const upstream = await startUpstream((request) => arrived.reach(request));
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey } = await keyring.issue();
  const client = (await connect(port)).write(
    'POST / HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${presentedKey}`,
    'Transfer-Encoding: chunked',
    '',
    '3\r\none\r\n',
  );
  const request = await arrived.reached;
  expect(String((await once(request, 'data'))[0])).toBe('one');
  client.write('3\r\ntwo\r\n');
  expect(String((await once(request, 'data'))[0])).toBe('two');
});

it('a client that goes away ends its call to the upstream', async () => {
  const arrived = moment<ServerResponse>();
  const upstream = await startUpstream((_, response) => arrived.reach(response));
  const { keyring, port, observed } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey } = await keyring.issue();
  const client = (await connect(port)).write(
    'GET / HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${presentedKey}`,
    '',
    '',
  );
  const response = await arrived.reached;
  const closed = once(response, 'close');
  client.socket.destroy();
  await closed;
  expect(observed).toMatchObject([{ status: 499, ended: false }]);
});

it('an answer given before the upload is whole reaches the client, which may go on to its end', async () => {
  const upstream = await startUpstream((_, response) => response.end('enough'));
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey } = await keyring.issue();
  const client = await connect(port);
  client.write(
    'POST / HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${presentedKey}`,
    'Content-Length: 100000',
    '',
    'a'.repeat(50_000),
  );
  await client.until('enough');
  client.write('a'.repeat(50_000)).write('GET / HTTP/1.1', 'Host: x', 'Authorization: Bearer bad', '', '');
  await client.until('HTTP/1.1 401');
});

it('answers to different requests do not mix on a shared upstream connection', async () => {
  const upstream = await startUpstream((request, response) => response.end(`[${request.url}]`));
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey: key } = await keyring.issue();
  const paths = Array.from({ length: 50 }, (_, i) => `/${i}`);
  const answers = await Promise.all(paths.map((path) => send(port, { key, path })));
  expect(answers.map(({ text }) => text)).toEqual(paths.map((path) => `[${path}]`));
});
