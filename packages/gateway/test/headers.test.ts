import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { GatewayDefinition } from '../src/index.ts';
import {
  exchangeRaw,
  gatewayDefinition,
  keyspaceDefinition,
  type RunningGateway,
  send,
  startGateway,
  startRawUpstream,
  startUpstream,
} from './_util.ts';

const scopes = { read: ['GET /things'], write: ['POST /things'] };

async function startPair(overrides: Partial<GatewayDefinition> = {}) {
  const upstream = await startUpstream((_, response) => response.end('ok'));
  const gateway = await startGateway([gatewayDefinition(upstream.url, overrides)], {
    keyspaces: [keyspaceDefinition({ scopes })],
  });
  const issued = await gateway.keyring.issue({ scopes: ['read', 'write'] });
  return { upstream, ...gateway, ...issued };
}

/** What the upstream got for one request with the given header lines. */
async function forwarded(
  pair: RunningGateway & { upstream: { requests: IncomingMessage[] }; presentedKey: string },
  ...lines: readonly string[]
): Promise<IncomingMessage> {
  const answer = await exchangeRaw(
    pair.port,
    'GET /things HTTP/1.1',
    ...(lines.some((line) => /^host:/i.test(line)) ? [] : ['Host: api.example.com']),
    `Authorization: Bearer ${pair.presentedKey}`,
    ...(lines.some((line) => /^connection:/i.test(line)) ? [] : ['Connection: close']),
    ...lines,
    '',
    '',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  return pair.upstream.requests.at(-1)!;
}

describe('what the upstream gets', () => {
  it('is the identity of the key and not the key', async () => {
    const pair = await startPair();
    const { headers } = await forwarded(pair);
    expect(headers).toMatchObject({
      'keyhold-key-id': pair.id,
      'keyhold-organization': 'org-1',
      'keyhold-environment': 'live',
      'keyhold-scopes': 'read write',
      'keyhold-request-id': 'req_1',
    });
    expect(headers.authorization).toBeUndefined();
    expect(JSON.stringify(headers)).not.toContain(pair.presentedKey);
  });

  it('is the key too where the configuration says so', async () => {
    const pair = await startPair({ forwardCredential: true });
    expect((await forwarded(pair)).headers.authorization).toBe(`Bearer ${pair.presentedKey}`);
  });

  it('has no scopes or environment where the keyspace has none', async () => {
    const upstream = await startUpstream((_, response) => response.end());
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)], {
      keyspaces: [
        keyspaceDefinition({
          key: { format: 'k_{random:hex:64}', masked: '{first:3}', alsoAccepted: [] },
          environments: [],
          acceptsEnvironments: [],
        }),
      ],
    });
    const { presentedKey: key } = await keyring.issue({ environment: null });
    await send(port, { key });
    const { headers } = upstream.requests[0]!;
    expect(headers['keyhold-scopes']).toBeUndefined();
    expect(headers['keyhold-environment']).toBeUndefined();
  });

  it('never has an identity header from outside, however it is spelled', async () => {
    const pair = await startPair();
    const { rawHeaders } = await forwarded(
      pair,
      'Keyhold-Organization: evil',
      'keyhold_key_id: evil',
      'KEYHOLD-SCOPES: evil',
      'Keyhold.Environment: evil',
      'Keyhold: evil',
      'Keyhold-Anything: evil',
      'Keyhold-Request-Id: evil',
    );
    expect(rawHeaders.join('\n')).not.toContain('evil');
    expect(rawHeaders.filter((name) => /^keyhold/i.test(name))).toHaveLength(5);
  });

  it('keeps the identity that the client tries to remove through Connection', async () => {
    const pair = await startPair();
    const { headers } = await forwarded(
      pair,
      'Connection: close, Keyhold-Key-Id, keyhold-organization, X-Forwarded-For, X-Hop',
      'X-Hop: gone',
      'X-Kept: kept',
    );
    expect(headers).toMatchObject({
      'keyhold-key-id': pair.id,
      'keyhold-organization': 'org-1',
      'x-forwarded-for': '127.0.0.1',
      'x-kept': 'kept',
    });
    expect(headers['x-hop']).toBeUndefined();
  });

  it('has nothing that ends at this hop or overrides the method', async () => {
    const pair = await startPair();
    const { headers } = await forwarded(
      pair,
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'Proxy-Authorization: Basic x',
      'TE: trailers',
      'Trailer: x',
      'X-HTTP-Method-Override: DELETE',
      'X-HTTP-Method: DELETE',
      'X-Method-Override: DELETE',
      'x_http_method_override: DELETE',
      '_method: DELETE',
      'content_length: 5',
      'transfer_encoding: chunked',
      'Accept: text/plain',
    );
    const mine = [
      'keyhold-key-id',
      'keyhold-organization',
      'keyhold-environment',
      'keyhold-scopes',
      'keyhold-request-id',
    ];
    const provenance = ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host'];
    expect(Object.keys(headers).sort()).toEqual(
      [...mine, ...provenance, 'accept', 'connection', 'host'].sort(),
    );
  });

  it('says where the request came from in our words, unless a trusted proxy said it', async () => {
    const lines = [
      'X-Forwarded-For: 203.0.113.9',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: x.example',
      'X-Forwarded-Prefix: /p',
      'X-Real-IP: 203.0.113.9',
      'x_forwarded_for: 203.0.113.9',
      'Forwarded: for=203.0.113.9',
    ];
    const untrusting = await startPair();
    const { headers } = await forwarded(untrusting, ...lines);
    expect(headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'api.example.com',
    });
    expect(JSON.stringify(headers)).not.toContain('203.0.113.9');
    expect(headers['x-forwarded-prefix']).toBeUndefined();

    const trusting = await startPair({ trustedProxies: ['127.0.0.0/8'] });
    const believed = (await forwarded(trusting, ...lines)).headers;
    expect(believed).toMatchObject({
      'x-forwarded-for': '203.0.113.9, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'x.example',
      'x-forwarded-prefix': '/p',
      'x-real-ip': '203.0.113.9',
    });
    expect(believed['x_forwarded_for']).toBeUndefined();
    expect(believed.forwarded).toBeUndefined();
  });

  it('keeps what a trusted proxy says when the client would have it removed', async () => {
    const pair = await startPair({ trustedProxies: ['127.0.0.1'] });
    const { headers } = await forwarded(
      pair,
      'Connection: close, X-Forwarded-Proto',
      'X-Forwarded-Proto: https',
    );
    expect(headers['x-forwarded-proto']).toBe('https');
  });

  it('keeps a header that only looks like a credential', async () => {
    const pair = await startPair();
    expect((await forwarded(pair, 'X-API-Key: of-the-upstream')).headers['x-api-key']).toBe(
      'of-the-upstream',
    );
  });

  it('loses a bare key of a keyspace that has it in a header of its own, other spellings included', async () => {
    const upstream = await startUpstream((_, response) => response.end());
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)], {
      keyspaces: [keyspaceDefinition({ credential: { header: 'x-api-key', scheme: null } })],
    });
    const { presentedKey } = await keyring.issue();
    const headers = {
      'X-API-Key': presentedKey,
      x_api_key: presentedKey,
      authorization: 'Bearer of-the-upstream',
    };
    expect((await send(port, { headers })).status).toBe(200);
    const received = upstream.requests[0]!.headers;
    expect(JSON.stringify(received)).not.toContain(presentedKey);
    expect(received.authorization).toBe('Bearer of-the-upstream');
  });

  it('keys bound to addresses see the client behind a trusted proxy, and nobody else’s word', async () => {
    const upstream = await startUpstream((_, response) => response.end());
    const { keyring, urls } = await startGateway([
      gatewayDefinition(upstream.url),
      gatewayDefinition(upstream.url, { trustedProxies: ['127.0.0.1/32'] }),
    ]);
    const { presentedKey: key } = await keyring.issue({ allowedCidrs: ['203.0.113.0/24'] });
    const [untrusting = 0, trusting = 0] = urls.map((url) => Number(new URL(url).port));
    const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' };
    expect((await send(untrusting, { key, headers })).status).toBe(401);
    expect((await send(trusting, { key, headers })).status).toBe(200);
  });
});

describe('what the client gets', () => {
  it('has the upstream’s headers without what ends at this hop, and the request id', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 201 Created\r\nContent-Length: 2\r\nConnection: keep-alive, X-Hop\r\nX-Hop: gone\r\nKeep-Alive: timeout=9\r\n' +
            'Keyhold-Organization: evil\r\nkeyhold_x: evil\r\nKeyhold-Request-Id: evil\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nTrailer: t\r\nX-Kept: kept\r\n\r\nok',
        ),
      );
    });
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { presentedKey: key } = await keyring.issue();
    const answer = await send(port, { key });
    expect(answer).toMatchObject({ status: 201, text: 'ok' });
    expect(answer.headers).toMatchObject({
      'keyhold-request-id': 'req_1',
      'set-cookie': ['a=1', 'b=2'],
      'x-kept': 'kept',
      'content-length': '2',
    });
    expect(JSON.stringify(answer.rawHeaders)).not.toMatch(/evil|gone|timeout=9|trailer/i);
  });

  it('never has an interim answer of the upstream in its place', async () => {
    const upstream = await startRawUpstream((socket) => {
      socket.once('data', () =>
        socket.write(
          'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
        ),
      );
    });
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { presentedKey: key } = await keyring.issue();
    expect(await send(port, { key })).toMatchObject({ status: 200, text: 'ok' });
  });

  it('for HEAD and 304 is the head alone, and the connection goes on', async () => {
    const upstream = await startUpstream((request, response) => {
      response.writeHead(request.url === '/304' ? 304 : 200, { 'content-length': '5', etag: '"x"' });
      response.end(request.method === 'HEAD' ? undefined : 'hello');
    });
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { presentedKey } = await keyring.issue();
    const lines = ['Host: x', `Authorization: Bearer ${presentedKey}`];
    const text = await exchangeRaw(
      port,
      'HEAD / HTTP/1.1',
      ...lines,
      '',
      'GET /304 HTTP/1.1',
      ...lines,
      '',
      'GET / HTTP/1.1',
      ...lines,
      'Connection: close',
      '',
      '',
    );
    expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 304', 'HTTP/1.1 200']);
    expect(text.match(/content-length: 5/g)).toHaveLength(3);
    expect(text.match(/hello/g)).toHaveLength(1);
  });
});
