import { createManualClock } from '@keyhold/core/testing';
import { describe, expect, it } from 'vitest';
import { createGateway } from '../src/index.ts';
import {
  connect,
  createKeyring,
  exchangeRaw,
  gatewayDefinition,
  keyspaceDefinition,
  send,
  startGateway,
  startUpstream,
} from './_util.ts';

function startEcho() {
  return startUpstream((request, response) => response.end(`${request.method} ${request.url}`));
}

describe('the path', () => {
  it('reaches the upstream as it was matched, after the path of the upstream itself', async () => {
    const upstream = await startEcho();
    const { keyring, port } = await startGateway([gatewayDefinition(`${upstream.url}/base/`)]);
    const { presentedKey: key } = await keyring.issue();
    const path = '/a/b%20c/%C3%A9/?x=1&y=%2F..%2f&&z';
    expect((await send(port, { key, path })).text).toBe(`GET /base${path}`);
    expect((await send(port, { key, path: '/' })).text).toBe('GET /base/');
  });

  it('that is not canonical is refused with 400 and never reaches the upstream', async () => {
    const upstream = await startEcho();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { presentedKey: key } = await keyring.issue();
    const paths = [
      '//x',
      '/a//b',
      '/./',
      '/a/../b',
      '/%2e%2e/x',
      '/..%2fx',
      '/a\\b',
      '/a;x=1',
      '/%00',
      '/%61dmin',
    ];
    for (const path of [...paths, '/a#b', '/%2F', '/%5C', '/%c3%a9', '/%252e'.slice(0, 3)]) {
      const answer = await exchangeRaw(
        port,
        `GET ${path} HTTP/1.1`,
        'Host: x',
        `Authorization: Bearer ${key}`,
        'Connection: close',
        '',
        '',
      );
      expect(answer, path).toMatch(/^HTTP\/1\.1 400 .*"code":"invalid_path"/s);
    }
    expect(upstream.requests).toHaveLength(0);
    expect((await send(port, { key, path: '/%252e' })).text).toBe('GET /%252e');
  });

  it('loses a _method in its query, in every spelling that frameworks take for it', async () => {
    const upstream = await startEcho();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { presentedKey: key } = await keyring.issue();
    const path = '/things?a=1&_method=DELETE&%5Fmethod=PUT&.method=PUT&b_method=2';
    expect((await send(port, { key, path, method: 'POST' })).text).toBe('POST /things?a=1&b_method=2');
    expect((await send(port, { key, path: '/things?_method=DELETE' })).text).toBe('GET /things');
  });
});

describe('scopes', () => {
  const keyspaces = [keyspaceDefinition({ scopes: { read: ['GET /things', 'GET /things/{id}'] } })];

  it('open whole-segment paths, HEAD as GET, and nothing that no scope lists', async () => {
    const upstream = await startEcho();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)], { keyspaces });
    const { presentedKey: key } = await keyring.issue({ scopes: ['read'] });
    expect((await send(port, { key, path: '/things/12?x' })).status).toBe(200);
    const head = await send(port, { key, path: '/things', method: 'HEAD' });
    expect([head.status, head.text]).toEqual([200, '']);
    for (const [method, path] of [
      ['GET', '/things/'],
      ['GET', '/Things'],
      ['GET', '/things/1/2'],
      ['POST', '/things'],
      ['OPTIONS', '/things'],
    ] as const) {
      expect((await send(port, { key, method, path })).status, `${method} ${path}`).toBe(403);
    }
    expect(upstream.requests).toHaveLength(2);
  });

  it('that a key lacks are named in its 403', async () => {
    const upstream = await startEcho();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)], {
      keyspaces: [keyspaceDefinition({ scopes: { read: ['GET /a'], write: ['POST /a'] } })],
    });
    const { presentedKey: key } = await keyring.issue({ scopes: ['read'] });
    const answer = await send(port, { key, method: 'POST', path: '/a' });
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toMatch(/error="insufficient_scope", scope="write"$/);
  });
});

describe('the upstream', () => {
  it('is chosen by the environment of the key; one that is not configured is 502 and logged', async () => {
    const live = await startUpstream((_, response) => response.end('live'));
    const test = await startUpstream((_, response) => response.end('test'));
    const { keyring, port, logged } = await startGateway(
      [gatewayDefinition({ live: live.url, test: test.url }, { publicOperations: ['GET /health'] })],
      {
        keyspaces: [
          keyspaceDefinition({
            environments: ['live', 'test', 'beta'],
            acceptsEnvironments: ['live', 'test', 'beta'],
          }),
        ],
      },
    );
    for (const environment of ['live', 'test']) {
      const { presentedKey: key } = await keyring.issue({ environment });
      expect((await send(port, { key })).text).toBe(environment);
    }
    expect((await send(port, { path: '/health' })).text).toBe('live');
    const { presentedKey: key } = await keyring.issue({ environment: 'beta' });
    const answer = await send(port, { key });
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'upstream_missing' });
    expect(logged).toHaveLength(1);
  });
});

describe('hosts on the shared port', () => {
  async function startShared() {
    const sms = await startUpstream((_, response) => response.end('sms'));
    const leads = await startUpstream((_, response) => response.end('leads'));
    const keyspaces = [keyspaceDefinition({ id: 'sms' }), keyspaceDefinition({ id: 'leads' })];
    return startGateway(
      [
        gatewayDefinition(sms.url, {
          keyspace: 'sms',
          listen: { kind: 'hosts', hosts: ['sms.example.com'] },
        }),
        gatewayDefinition(leads.url, {
          keyspace: 'leads',
          listen: { kind: 'hosts', hosts: ['leads.example.com', 'www.leads.example.com'] },
        }),
      ],
      { keyspaces, sharedListener: { host: '127.0.0.1', port: 0 } },
    );
  }

  it('lead to their keyspace, whatever the port and the case; a key of another keyspace is 401', async () => {
    const { keyring, port, urls } = await startShared();
    expect(urls).toHaveLength(1);
    const sms = (await keyring.issue({ keyspace: 'sms' })).presentedKey;
    const leads = (await keyring.issue({ keyspace: 'leads' })).presentedKey;
    const ask = (host: string, key: string) => send(port, { key, headers: { host } });
    expect((await ask('sms.example.com', sms)).text).toBe('sms');
    expect((await ask('WWW.leads.example.com:8443', leads)).text).toBe('leads');
    expect((await ask('leads.example.com', sms)).status).toBe(401);
  });

  it('that are unknown get 421 before any key is looked at', async () => {
    const { keyring, port } = await startShared();
    const { presentedKey: key } = await keyring.issue({ keyspace: 'sms' });
    for (const host of ['evil.example.com', 'sms.example.com.', '127.0.0.1']) {
      const answer = await send(port, { key, headers: { host } });
      expect(answer.status, host).toBe(421);
      expect(JSON.parse(answer.text)).toMatchObject({ code: 'misdirected_request' });
    }
    expect((await send(port, { key, headers: { host: 'sms.example.com@evil' } })).status).toBe(400);
  });

  it('may be named by an absolute target, which wins over Host', async () => {
    const { keyring, port } = await startShared();
    const { presentedKey: key } = await keyring.issue({ keyspace: 'sms' });
    const ask = (target: string, host: string) =>
      exchangeRaw(
        port,
        `GET ${target} HTTP/1.1`,
        `Host: ${host}`,
        `Authorization: Bearer ${key}`,
        'Connection: close',
        '',
        '',
      );
    expect(await ask('http://sms.example.com/x', 'evil.example.com')).toMatch(/^HTTP\/1\.1 200 .*sms$/s);
    expect(await ask('http://evil.example.com/x', 'sms.example.com')).toMatch(/^HTTP\/1\.1 421 /);
  });

  it('need the shared port', async () => {
    const clock = createManualClock();
    const { verifier } = await createKeyring(clock, [keyspaceDefinition()]);
    const listen = { kind: 'hosts', hosts: ['a.example.com'] } as const;
    const create = () =>
      createGateway({
        definitions: [gatewayDefinition('http://127.0.0.1:1', { listen })],
        sharedListener: null,
        verifier,
        selfService: async () => {},
        page: async () => {},
        clock,
        createRequestId: () => 'req',
        log: { info() {}, warn() {}, error() {} },
        observe() {},
      });
    expect(create).toThrow(expect.objectContaining({ code: 'configuration_invalid' }));
  });
});

it('an absolute target on a listener of its own has to name that listener or the public address', async () => {
  const upstream = await startEcho();
  const { keyring, port } = await startGateway([
    gatewayDefinition(upstream.url, { publicUrl: new URL('https://api.example.com') }),
  ]);
  const { presentedKey: key } = await keyring.issue();
  const ask = (target: string) =>
    exchangeRaw(
      port,
      `GET ${target} HTTP/1.1`,
      'Host: whatever',
      `Authorization: Bearer ${key}`,
      'Connection: close',
      '',
      '',
    );
  for (const target of [
    `http://127.0.0.1:${port}/x?y`,
    `http://localhost:${port}/x?y`,
    'http://API.example.com/x?y',
  ]) {
    expect(await ask(target), target).toMatch(/^HTTP\/1\.1 200 .*GET \/x\?y$/s);
  }
  for (const target of [
    'http://evil.example.com/x',
    'http://127.0.0.1/x',
    `http://evil:${port}/x`,
    'http://api.example.com:81/x',
  ]) {
    expect(await ask(target), target).toMatch(/^HTTP\/1\.1 421 /);
  }
  expect(await ask('http://user@127.0.0.1/x')).toMatch(/^HTTP\/1\.1 400 /);
});

it('when one listener cannot be bound, none stays bound', async () => {
  const upstream = await startEcho();
  const taken = { kind: 'address', host: '127.0.0.1', port: upstream.port } as const;
  const free = await startGateway([gatewayDefinition(upstream.url)]);
  await free.gateway.close(0);
  const own = { kind: 'address', host: '127.0.0.1', port: free.port } as const;
  const definitions = [
    gatewayDefinition(upstream.url, { listen: own }),
    gatewayDefinition(upstream.url, { listen: taken }),
  ];
  await expect(startGateway(definitions)).rejects.toMatchObject({ code: 'address_in_use' });
  const again = await startGateway([gatewayDefinition(upstream.url, { listen: own })]);
  expect(again.port).toBe(free.port);
});

describe('operations without a key', () => {
  it('pass without one, without identity, and keep what is not a key', async () => {
    const upstream = await startEcho();
    const { keyring, port } = await startGateway([
      gatewayDefinition(upstream.url, { publicOperations: ['GET /health', 'POST /login'] }),
    ]);
    expect((await send(port, { path: '/health' })).status).toBe(200);
    await send(port, { path: '/login', method: 'POST', headers: { authorization: 'Basic dTpw' } });
    const { presentedKey: key } = await keyring.issue();
    await send(port, { path: '/health', key });
    expect(upstream.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      'Basic dTpw',
      undefined,
    ]);
    expect(upstream.requests.every(({ headers }) => headers['keyhold-key-id'] === undefined)).toBe(true);
    expect((await send(port, { path: '/healthz' })).status).toBe(401);
  });

  it('include CORS preflights only where they are allowed, and only real ones', async () => {
    const upstream = await startEcho();
    const { port } = await startGateway([gatewayDefinition(upstream.url, { corsPreflight: true })]);
    const strict = await startGateway([gatewayDefinition(upstream.url)]);
    const preflight = { origin: 'https://app.example.com', 'access-control-request-method': 'POST' };
    const ask = (to: number, headers: Record<string, string>) =>
      send(to, { method: 'OPTIONS', path: '/x', headers });
    expect((await ask(port, preflight)).status).toBe(200);
    expect((await ask(port, { origin: 'https://app.example.com' })).status).toBe(401);
    expect((await ask(port, {})).status).toBe(401);
    expect((await ask(strict.port, preflight)).status).toBe(401);
  });
});

describe('the self-service mount', () => {
  it('gets what is under it, with path, query and credential read, and not verified', async () => {
    const upstream = await startEcho();
    const seen: unknown[] = [];
    const { port, observed } = await startGateway(
      [gatewayDefinition(upstream.url, { selfService: { path: '/api/api-keys', keysMayManage: true } })],
      {
        async selfService(
          request,
          response,
          { keyspace, subPath, query, credential, keysMayManage, requestId },
        ) {
          let body = '';
          for await (const chunk of request) body += chunk;
          seen.push([
            request.method,
            keyspace.id,
            subPath,
            query,
            credential,
            keysMayManage,
            body,
            requestId,
          ]);
          response.writeHead(201, { 'Content-Type': 'text/plain' }).end('made');
        },
      },
    );
    const made = await send(port, { method: 'POST', path: '/api/api-keys', key: 'session', body: '{}' });
    expect(made).toMatchObject({ status: 201, text: 'made' });
    expect(made.headers['keyhold-request-id']).toBe('req_1');
    await send(port, { method: 'DELETE', path: '/api/api-keys/12?x=1' });
    expect(seen).toEqual([
      ['POST', 'default', '', '', { kind: 'presented', presentedKey: 'session' }, true, '{}', 'req_1'],
      ['DELETE', 'default', '/12', 'x=1', { kind: 'missing' }, true, '', 'req_2'],
    ]);
    expect(observed.map(({ status }) => status)).toEqual([201, 201]);
    expect((await send(port, { path: '/api/api-keys-old' })).status).toBe(401);
    expect((await send(port, { path: '/api/api-keys/../x' })).status).toBe(400);
    expect(upstream.requests).toHaveLength(0);
  });
});

describe('the mount of the API Keys page', () => {
  it('gets what is under it, and its cookie does not reach the API', async () => {
    const upstream = await startEcho();
    const seen: unknown[] = [];
    const { port, keyring } = await startGateway(
      [gatewayDefinition(upstream.url, { page: { path: '/keys', frameAncestors: [] } })],
      {
        async page(_request, response, { subPath, mount, isSecure }) {
          seen.push([subPath, mount, isSecure]);
          response.end('page');
        },
      },
    );
    for (const path of ['/keys', '/keys/api/session']) {
      expect(await send(port, { path })).toMatchObject({ status: 200, text: 'page' });
    }
    expect(seen).toEqual([
      ['', '/keys', false],
      ['/api/session', '/keys', false],
    ]);
    expect((await send(port, { path: '/keys-old' })).status).toBe(401);
    expect(upstream.requests).toHaveLength(0);
    const { presentedKey: key } = await keyring.issue();
    await send(port, { path: '/x', key, headers: { cookie: 'a=1; keyhold-page-default=khps_x' } });
    expect(upstream.requests[0]?.headers['cookie']).toBe('a=1');
  });
});

it('many pipelined requests are answered in order, each with its own answer', async () => {
  const upstream = await startUpstream((request, response) => {
    // Answered in the order that suits the upstream.
    if (request.url!.endsWith('0')) setImmediate(() => response.end(`[${request.url}]`));
    else response.end(`[${request.url}]`);
  });
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey } = await keyring.issue();
  const client = await connect(port);
  const numbers = Array.from({ length: 200 }, (_, i) => i);
  client.write(
    numbers
      .map((i) => `GET /${i} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${presentedKey}\r\n\r\n`)
      .join(''),
  );
  const text = await client.until('[/199]');
  expect([...text.matchAll(/\[\/(\d+)\]/g)].map(([, i]) => Number(i))).toEqual(numbers);
});

it('a chunked body and an empty one reach the upstream whole', async () => {
  const upstream = await startUpstream((request, response) => {
    const { headers } = request;
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      response.end(`${headers['transfer-encoding'] ?? headers['content-length'] ?? 'none'}|${body}`);
    });
  });
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey: key } = await keyring.issue();
  const post = (...rest: string[]) =>
    exchangeRaw(
      port,
      'POST / HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${key}`,
      'Connection: close',
      ...rest,
    );
  expect(
    await post('Transfer-Encoding: chunked', '', '3;ext=1\r\nabc\r\n4\r\ndefg\r\n0\r\nTrailer: x\r\n\r\n'),
  ).toMatch(/\|abcdefg$/m);
  expect(await post('Content-Length: 3', '', 'abc')).toMatch(/3\|abc$/);
  expect(await post('Content-Length: 0', '', '')).toMatch(/0\|$/);
});
