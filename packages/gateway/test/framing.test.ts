import { describe, expect, it } from 'vitest';
import { connect, exchangeRaw, gatewayDefinition, startGateway, startUpstream } from './_util.ts';

async function startPair() {
  const upstream = await startUpstream((_, response) => response.end('ok'));
  const gateway = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey } = await gateway.keyring.issue();
  return { upstream, ...gateway, authorization: `Authorization: Bearer ${presentedKey}` };
}

describe('a request is refused and its connection closed', () => {
  const cases: readonly (readonly [name: string, status: number, lines: readonly string[]])[] = [
    ['with two Hosts', 400, ['GET / HTTP/1.1', 'Host: a', 'Host: a', '', '']],
    ['without a Host', 400, ['GET / HTTP/1.1', '', '']],
    [
      'with 101 header fields',
      431,
      ['GET / HTTP/1.1', 'Host: a', ...Array.from({ length: 99 }, (_, i) => `X-${i}: 1`), '', ''],
    ],
    [
      'with 2,000 header fields',
      431,
      ['GET / HTTP/1.1', 'Host: a', ...Array.from({ length: 2_000 }, () => 'X:1'), '', ''],
    ],
    [
      'with more than 16 kB of headers',
      431,
      ['GET / HTTP/1.1', 'Host: a', `X: ${'x'.repeat(17_000)}`, '', ''],
    ],
    ['with a method nobody knows', 501, ['FETCH / HTTP/1.1', 'Host: a', '', '']],
    ['with an endless method', 501, [`${'A'.repeat(5_000)} / HTTP/1.1`, 'Host: a', '', '']],
    ['with a blank before a colon', 400, ['GET / HTTP/1.1', 'Host : a', '', '']],
    [
      'with a length and a transfer coding',
      400,
      ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 3', 'Transfer-Encoding: chunked', '', '0\r\n\r\n'],
    ],
    [
      'with two lengths',
      400,
      ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 3', 'Content-Length: 3', '', 'abc'],
    ],
    [
      'with a transfer coding in HTTP/1.0',
      400,
      ['POST / HTTP/1.0', 'Transfer-Encoding: chunked', '', '0\r\n\r\n'],
    ],
    [
      'with an unknown transfer coding',
      400,
      ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: xchunked', '', ''],
    ],
    [
      'with another expectation',
      417,
      ['POST / HTTP/1.1', 'Host: a', 'Expect: cake', 'Content-Length: 0', '', ''],
    ],
    [
      'that would switch to h2c',
      400,
      [
        'GET / HTTP/1.1',
        'Host: a',
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: x',
        '',
        '',
      ],
    ],
    ['that names an upgrade alone', 400, ['GET / HTTP/1.1', 'Host: a', 'Upgrade: h2c', '', '']],
    [
      'that would switch to a WebSocket',
      400,
      ['GET / HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket', '', ''],
    ],
    ['of HTTP/2', 400, ['PRI * HTTP/2.0', '', 'SM', '', '']],
    ['that says HTTP/2 in the syntax of HTTP/1', 505, ['GET / HTTP/2.0', 'Host: a', '', '']],
    ['with a Host that is no host', 400, ['GET / HTTP/1.1', 'Host: a, b', '', '']],
    ['with a length of two spellings', 400, ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 03', '', 'abc']],
  ];
  it.each(cases)('%s: %i', async (_, status, lines) => {
    const { authorization, port, upstream } = await startPair();
    const [start, ...rest] = lines;
    const text = await exchangeRaw(port, start!, authorization, ...rest);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text).toMatch(/^Connection: close\r$/m);
    expect(upstream.requests).toHaveLength(0);
  });
});

it('100 header fields pass', async () => {
  const { authorization, port } = await startPair();
  const fields = Array.from({ length: 97 }, (_, i) => `X-${i}: 1`);
  const text = await exchangeRaw(
    port,
    'GET / HTTP/1.1',
    'Host: a',
    authorization,
    ...fields,
    'Connection: close',
    '',
    '',
  );
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
});

it.each([
  ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['\x00\xff\xfe garbage\r\n\r\n'],
  ['   \r\n\r\n'],
  ['GET\t/\tHTTP/1.1\r\n\r\n'],
])('the bytes %j are 400', async (bytes) => {
  const { port } = await startPair();
  expect(await exchangeRaw(port, bytes)).toMatch(/^HTTP\/1\.1 400 /);
});

it('a request of HTTP/0.9 is 505', async () => {
  const { port, upstream } = await startPair();
  expect(await exchangeRaw(port, 'GET /', '', '')).toMatch(/^HTTP\/1\.1 505 /);
  expect(upstream.requests).toHaveLength(0);
});

it('a refused request has one answer, whatever becomes of its body', async () => {
  const { authorization, port } = await startPair();
  const bodies = [
    ['Transfer-Encoding: xchunked', '', '3\r\nabc\r\n0\r\n\r\n'],
    ['Transfer-Encoding: chunked', 'Authorization: Bearer b', '', '3\r\nabc\r\nzz\r\n'],
    ['Content-Length: 00', '', 'abc'],
    ['Authorization: Bearer b', 'Connection: close', '', 'abc'],
  ];
  for (const lines of bodies) {
    const text = await exchangeRaw(port, 'POST / HTTP/1.1', 'Host: a', authorization, ...lines);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    expect(text).toMatch(/\}$/);
  }
});

it('TRACE and CONNECT are 405 and say what is allowed', async () => {
  const { authorization, port, upstream } = await startPair();
  for (const line of ['TRACE / HTTP/1.1', 'CONNECT a:443 HTTP/1.1']) {
    const text = await exchangeRaw(port, line, 'Host: a', authorization, 'Connection: close', '', '');
    expect(text).toMatch(/^HTTP\/1\.1 405 .*Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n/s);
  }
  expect(upstream.requests).toHaveLength(0);
});

it('OPTIONS * is answered here', async () => {
  const { port, upstream } = await startPair();
  const text = await exchangeRaw(port, 'OPTIONS * HTTP/1.1', 'Host: a', 'Connection: close', '', '');
  expect(text).toMatch(/^HTTP\/1\.1 200 .*Allow: GET/s);
  for (const lines of [
    ['GET * HTTP/1.1', 'Host: a'],
    ['OPTIONS * HTTP/1.1', 'Host: a', 'Host: b'],
  ]) {
    expect(await exchangeRaw(port, ...lines, 'Connection: close', '', '')).toMatch(/^HTTP\/1\.1 400 /);
  }
  expect(upstream.requests).toHaveLength(0);
});

it('bytes that are no request do not get an answer that an earlier request would take for its own', async () => {
  const { authorization, port, upstream } = await startPair();
  upstream.server.removeAllListeners('request');
  const arrived = new Promise((resolve) => upstream.server.on('request', resolve));
  const client = (await connect(port)).write('GET / HTTP/1.1', 'Host: a', authorization, '', '');
  await arrived;
  client.write('nonsense', '', '');
  await client.closed;
  expect(client.text).toBe('');
});

it('bytes behind the last request of a connection are not looked at', async () => {
  const { authorization, port, upstream } = await startPair();
  const text = await exchangeRaw(
    port,
    'GET / HTTP/1.1',
    'Host: a',
    authorization,
    'Connection: close',
    '',
    'GET / HTTP/1.1',
    'nonsense',
    '',
    '',
  );
  expect(text).toMatch(/^HTTP\/1\.1 200 .*ok$/s);
  expect(upstream.requests).toHaveLength(1);
});

it('an upload whose chunks cannot be read is 400, and the upstream never takes it for whole', async () => {
  const { authorization, port, upstream } = await startPair();
  upstream.server.removeAllListeners('request');
  const broken = new Promise<boolean>((resolve) =>
    upstream.server.on('request', (request) => {
      request.on('error', () => {});
      request.on('close', () => resolve(request.complete));
      request.resume();
      client.write('zz\r\n');
    }),
  );
  const client = await connect(port);
  client.write('POST / HTTP/1.1', 'Host: a', authorization, 'Transfer-Encoding: chunked', '', '3\r\nabc\r\n');
  expect(await broken).toBe(false);
  await client.closed;
  expect(client.text).toMatch(/^HTTP\/1\.1 400 /);
});
