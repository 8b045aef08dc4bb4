import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type net from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  connect,
  gatewayDefinition,
  moment,
  send,
  startGateway,
  startRawUpstream,
  startUpstream,
  unusedUrl,
} from './_util.ts';

const timeouts = { connectMs: 1_000, answerMs: 10_000, idleMs: 20_000 };

describe('502', () => {
  it('is the answer when nothing listens, as problem details and in the log', async () => {
    const { keyring, port, logged, observed } = await startGateway([gatewayDefinition(await unusedUrl())]);
    const { presentedKey: key } = await keyring.issue();
    const answer = await send(port, { key });
    expect(answer.status).toBe(502);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.text)).toMatchObject({
      status: 502,
      code: 'upstream_failed',
      request_id: 'req_1',
    });
    expect(logged).toHaveLength(1);
    expect(observed).toMatchObject([{ status: 502, ended: false }]);
  });

  it.each([
    ['closes without an answer', (socket: net.Socket) => socket.end()],
    ['answers in something else than HTTP', (socket: net.Socket) => socket.write('nonsense\r\n\r\n')],
    [
      'answers with a huge head',
      (socket: net.Socket) => socket.write(`HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(20_000)}`),
    ],
    [
      'switches protocols unasked',
      (socket: net.Socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    ],
    [
      'never comes past interim answers',
      (socket: net.Socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100)),
    ],
  ])('is the answer when the upstream %s', async (_, answerWith) => {
    const upstream = await startRawUpstream((socket) => void socket.on('data', () => answerWith(socket)));
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { presentedKey: key } = await keyring.issue();
    expect((await send(port, { key })).status).toBe(502);
    expect((await send(port, { key, method: 'POST', body: 'x' })).status).toBe(502);
  });
});

describe('504', () => {
  it('is the answer when the upstream takes too long, and it sees the abort', async () => {
    const arrived = moment<ServerResponse>();
    const upstream = await startUpstream((_, response) => arrived.reach(response));
    const { clock, keyring, port } = await startGateway([gatewayDefinition(upstream.url, { timeouts })]);
    const { presentedKey: key } = await keyring.issue();
    const answering = send(port, { key });
    const response = await arrived.reached;
    const closed = once(response, 'close');
    clock.advance(9_999);
    expect(response.closed).toBe(false);
    clock.advance(4_000);
    expect((await answering).status).toBe(504);
    await closed;
  });

  it('counts from the end of the request, not from its beginning', async () => {
    const upstream = await startUpstream((request, response) =>
      request.resume().on('end', () => response.end('ok')),
    );
    const { clock, keyring, port } = await startGateway([gatewayDefinition(upstream.url, { timeouts })]);
    const { presentedKey } = await keyring.issue();
    const client = await connect(port);
    client.write(
      'POST / HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${presentedKey}`,
      'Transfer-Encoding: chunked',
      '',
      '3\r\nabc\r\n',
    );
    await once(upstream.server, 'request');
    clock.advance(30_000);
    client.write('0\r\n\r\n');
    await client.until('HTTP/1.1 200');
  });
});

it('a request that stops arriving is 408', async () => {
  const upstream = await startUpstream(() => {});
  const { clock, keyring, port } = await startGateway([gatewayDefinition(upstream.url, { timeouts })]);
  const { presentedKey } = await keyring.issue();
  const client = await connect(port);
  client.write(
    'POST / HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${presentedKey}`,
    'Transfer-Encoding: chunked',
    '',
    '3\r\nabc\r\n',
  );
  const [request] = await once(upstream.server, 'request');
  const closed = moment();
  request.on('close', () => closed.reach());
  clock.advance(70_000);
  await client.until('HTTP/1.1 408');
  await client.closed;
  await closed.reached;
});

it('a short body that stops arriving is 408 and has cost the upstream nothing', async () => {
  const upstream = await startUpstream(() => {});
  const { clock, keyring, port, observed } = await startGateway([
    gatewayDefinition(upstream.url, { timeouts }),
  ]);
  const { presentedKey } = await keyring.issue();
  const client = await connect(port);
  client.write(
    'POST / HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${presentedKey}`,
    'Expect: 100-continue',
    'Content-Length: 6',
    '',
    '',
  );
  await client.until('100 Continue');
  clock.advance(70_000);
  await client.until('HTTP/1.1 408');
  await client.closed;
  expect(upstream.requests).toHaveLength(0);
  expect(observed).toMatchObject([{ status: 408 }]);
});

it('an answer that stands still for longer than the idle time is cut on both sides', async () => {
  const arrived = moment<ServerResponse>();
  const upstream = await startUpstream((_, response) => arrived.reach(response));
  const { clock, keyring, port } = await startGateway([gatewayDefinition(upstream.url, { timeouts })]);
  const { presentedKey } = await keyring.issue();
  const client = (await connect(port)).write(
    'GET / HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${presentedKey}`,
    '',
    '',
  );
  const response = await arrived.reached;
  for (const part of ['one', 'two', 'three']) {
    response.write(part);
    await client.until(part);
    clock.advance(15_000);
  }
  const closed = once(response, 'close');
  clock.advance(20_000);
  await closed;
  expect(await client.closed).toBe('ECONNRESET');
});

it('an idle time of 0 lets an answer stand still for ever', async () => {
  const arrived = moment<ServerResponse>();
  const upstream = await startUpstream((_, response) => arrived.reach(response));
  const { clock, keyring, port } = await startGateway([
    gatewayDefinition(upstream.url, { timeouts: { ...timeouts, idleMs: 0 } }),
  ]);
  const { presentedKey } = await keyring.issue();
  const client = (await connect(port)).write(
    'GET / HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${presentedKey}`,
    '',
    '',
  );
  const response = await arrived.reached;
  response.write('one');
  await client.until('one');
  clock.advance(86_400_000);
  response.end('two');
  await client.until('two');
});

it('an upstream that breaks off its answer ends the client’s connection, and nothing looks complete', async () => {
  const upstream = await startRawUpstream(
    (socket) => void socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')),
  );
  const { keyring, port, observed } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey } = await keyring.issue();
  const client = (await connect(port)).write(
    'GET / HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${presentedKey}`,
    '',
    '',
  );
  expect(await client.closed).toBe('ECONNRESET');
  expect(client.text).not.toContain('0\r\n\r\n');
  expect(observed).toMatchObject([{ status: 200, ended: false }]);
});

it('an answer that ends with its connection is passed on whole', async () => {
  const upstream = await startRawUpstream(
    (socket) => void socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\nto the end')),
  );
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey: key } = await keyring.issue();
  expect(await send(port, { key })).toMatchObject({ status: 200, text: 'to the end' });
});

it('a GET on a kept-alive connection that the upstream closes in that moment is sent once more', async () => {
  let connections = 0;
  const upstream = await startRawUpstream((socket) => {
    const number = ++connections;
    let requests = 0;
    socket.on('data', () => {
      if (number === 1 && ++requests === 2) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n.');
    });
  });
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey: key } = await keyring.issue();
  expect((await send(port, { key })).status).toBe(200);
  expect((await send(port, { key })).status).toBe(200);
  expect(connections).toBe(2);
});

it('a GET is not sent again once its answer has begun', async () => {
  let connections = 0;
  const upstream = await startRawUpstream((socket) => {
    connections++;
    let requests = 0;
    socket.on('data', () => {
      if (++requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n.');
      else socket.end('HTTP/1.1 20');
    });
  });
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey: key } = await keyring.issue();
  expect((await send(port, { key })).status).toBe(200);
  expect((await send(port, { key })).status).toBe(502);
  expect(connections).toBe(1);
});
