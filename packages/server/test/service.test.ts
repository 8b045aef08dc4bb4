import { connect } from 'node:net';
import { OPERATIONS, type Operation } from '@keyhold/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueKey, startTestApi, type TestApi } from './_api.ts';
import { expectAnswer, expectProblem } from './_protected-route.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

/** The answer to bytes that an HTTP client library would not send. */
function sendBytes(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(api.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
    socket.end(text);
  });
}

function filled(path: string): string {
  return path.replace('{keyspace}', 'esms-africa').replace('{id}', 'x').replace('{seq}', '1');
}

describe('the table of operations and the listener', () => {
  // Where no provider is configured, logging in by one is not there.
  const routed = Object.entries<Operation>(OPERATIONS).filter(
    ([, { face, path }]) => face !== 'self_service' && !path.startsWith('/v1/console/oidc/'),
  );

  test.each(routed)('%s is routed', async (_id, { method, path }) => {
    const reply = await api.send(filled(path), {
      method,
      token: null,
    });
    // Without a token it is refused by its own route: never as an address or a method that is not there.
    expect(['route_not_found', 'method_not_allowed']).not.toContain(reply.body?.code);
  });

  test.each([
    '/v1',
    '/v1/',
    '/v1/keys/',
    '/v1/nope',
    '/v1/keys/x/y',
    '/v2/keys',
    '/v1/barriers/x',
    '/guides/default',
  ])('%s is not in the table and 404', async (path) => {
    expectProblem(await api.send(path), 404, 'route_not_found');
  });

  test('a method that an address lacks is 405 with those it has', async () => {
    for (const path of new Set(routed.map(([, operation]) => operation.path))) {
      if (path.startsWith('/v1/authorize')) continue;
      const reply = await api.send(filled(path), { method: 'PUT' });
      expectProblem(reply, 405, 'method_not_allowed');
      const methods = routed
        .filter(([, operation]) => operation.path === path)
        .map(([, { method }]) => method);
      expect(
        String(reply.headers['allow'])
          .split(', ')
          .filter((method) => method !== 'HEAD')
          .toSorted(),
      ).toEqual(methods.toSorted());
    }
    expectProblem(await api.send('/v1/keys', { method: 'OPTIONS' }), 405, 'method_not_allowed');
    expectProblem(await api.send('/v1/keys', { method: 'TRACE' }), 405, 'method_not_allowed');
    expectProblem(await api.send('/v1/keys', { method: 'PROPFIND' }), 405, 'method_not_allowed');
  });

  test.each([
    '//v1/keys',
    '/v1//keys',
    '/v1/./keys',
    '/v1/../v1/keys',
    '/v1/%6beys',
    '/v1/keys;x=1',
    '/v1/keys%2Fx',
    '/v1/keys\\x',
  ])('the path %s is not repaired but refused', async (path) => {
    expect(await sendBytes(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toContain(
      '"code":"invalid_request"',
    );
  });

  test('two Hosts, and an absolute target, are refused', async () => {
    const two = await sendBytes('GET /v1/keys HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n');
    expect(two).toContain('"code":"invalid_request"');
    const absolute = await sendBytes(
      'GET http://evil/v1/keys HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(absolute).toContain('"code":"invalid_request"');
  });

  test.each(['POST /v1/verify', 'GET /v1/authorize/esms-africa', 'GET /healthz'])(
    'a request whose frame has two readings is refused before it is answered: %s',
    async (operation) => {
      const ask = (version: string, ...lines: string[]) =>
        sendBytes(`${operation} HTTP/${version}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`);
      for (const lines of [
        ['Host: a', 'Host: a'],
        ['Host: a/b'],
        ['Host: a', 'Transfer-Encoding: gzip, chunked'],
        ['Host: a', 'Content-Length: 00'],
      ]) {
        const answer = await ask('1.1', ...lines);
        expect(answer).toContain('"code":"invalid_request"');
        expect(answer).toContain('Connection: close');
      }
      expect(await ask('1.0', 'Transfer-Encoding: chunked')).toContain('"code":"invalid_request"');
      expect(await ask('2.0', 'Host: a')).toContain('"code":"http_version_not_supported"');
      const many = await ask('1.1', 'Host: a', ...Array.from({ length: 100 }, (_, i) => `X-${i}: 1`));
      expect(many).toContain('"code":"too_many_header_fields"');
    },
  );

  test('HEAD is GET without its body', async () => {
    const reply = await api.send('/v1/keys', { method: 'HEAD' });
    expect([reply.status, reply.text]).toEqual([200, '']);
  });

  test.each(['/healthz', '/readyz', '/metrics', '/openapi.json', '/docs'])(
    'HEAD %s is GET without its body',
    async (path) => {
      const get = await api.send(path);
      const head = await api.send(path, { method: 'HEAD' });
      expect([head.status, head.text]).toEqual([200, '']);
      expect(head.headers['content-type']).toBe(get.headers['content-type']);
    },
  );

  test('an Idempotency-Key is refused where a repeat acts again, and nothing is done', async () => {
    const { id, key } = await issueKey(api);
    const headers = { 'idempotency-key': 'order-9' };
    const requests = {
      '/v1/portal-sessions': { keyspace: 'esms-africa', organization: 'acme' },
      '/v1/keys/import': { keyspace: 'esms-africa', keys: [] },
      [`/v1/keys/${id}/recycle`]: {},
    };
    for (const [path, json] of Object.entries(requests)) {
      const reply = await api.send(path, { json, headers });
      expectProblem(reply, 400, 'invalid_request');
      expect(reply.body.detail).toContain(
        'POST /v1/organizations, POST /v1/keys and POST /v1/operators take one',
      );
    }
    expect((await api.send('/v1/verify', { json: { key } })).body.valid).toBe(true);
  });
});

describe('failures', () => {
  test("what fails inside is 500 with fixed text; its cause is in the log, under the request's id", async () => {
    const other = await startTestApi();
    await other.store.close();
    const reply = await other.send('/v1/organizations/acme');
    expectProblem(reply, 503, 'store_unavailable');
    expect(reply.headers['retry-after']).toBe('1');
    const line = other.logged.find(({ level }) => level === 'error');
    expect(line?.fields).toMatchObject({
      request_id: reply.headers['keyhold-request-id'],
      err: { code: 'store_unavailable' },
    });
    expect((await other.send('/readyz')).body).toMatchObject({
      status: 'not_ready',
      checks: { store: false, lease: true },
    });
    expect((await other.send('/healthz')).status).toBe(200);
    await other.close();
  });

  test('no log line and no answer has ever held a key or a token', async () => {
    const key = await issueKey(api);
    await api.send('/v1/verify', {
      raw: `{"key":"${key.key}",}`,
      headers: { 'content-type': 'application/json' },
    });
    await api.send('/v1/keys', { token: `${key.key}` });
    await api.send(`/v1/keys?name=${key.key}`);
    const text = JSON.stringify(api.logged);
    expect(text).not.toContain(key.key);
    expect(text).not.toContain(api.token);
  });
});

describe('a change that is stored and not yet confirmed everywhere', () => {
  test('shows a new secret with 202, since it can be shown only now', async () => {
    const key = await issueKey(api);
    api.pending = true;
    const json = { keyspace: 'localleads', organization: 'acme', name: 'Now' };
    const issued = await api.send('/v1/keys', { json });
    expectAnswer(issued, 'issueKey', 202);
    expect(issued.body).toMatchObject({ pending: true, key: expect.stringMatching(/^ll_/) });
    const recycled = await api.send(`/v1/keys/${key.id}/recycle`, { method: 'POST' });
    expectAnswer(recycled, 'recycleKey', 202);
    const operator = await api.send('/v1/operators', { json: { name: 'Now', scopes: ['verify'] } });
    expectAnswer(operator, 'createOperator', 202);
    api.pending = false;
  });

  test('answers a revocation with 503 and its seq; the repeated call completes it', async () => {
    const key = await issueKey(api);
    api.pending = true;
    const reply = await api.send(`/v1/keys/${key.id}/revoke`, { method: 'POST' });
    expectProblem(reply, 503, 'revocation_pending');
    expect(reply.body.seq).toBeGreaterThan(key.seq);
    expect(reply.headers['retry-after']).toBe('1');
    api.pending = false;
    const again = await api.send(`/v1/keys/${key.id}/revoke`, { method: 'POST' });
    expect(again.body).toMatchObject({ state: 'revoked', seq: reply.body.seq });
  });
});

describe('health and readiness', () => {
  test('the process is up whatever else; it is ready only while it serves', async () => {
    expectAnswer(await api.send('/healthz', { token: null }), 'getHealth', 200);
    expectAnswer(await api.send('/readyz', { token: null }), 'getReadiness', 200);
    api.ready = false;
    const reply = await api.send('/readyz', { token: null });
    expectAnswer(reply, 'getReadiness', 503);
    expect(reply.body).toEqual({ status: 'not_ready', checks: { serving: false, store: true, lease: true } });
    expect((await api.send('/healthz', { token: null })).status).toBe(200);
    api.ready = true;
  });
});

describe('metrics', () => {
  test('verifications are counted by face, keyspace and outcome', async () => {
    const key = await issueKey(api);
    await api.send('/v1/verify', { json: { key: key.key } });
    await api.send('/v1/verify', { json: { key: 'nonsense', keyspace: 'esms-africa' } });
    const { status, text, headers } = await api.send('/metrics', { token: null });
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/plain');
    expect(text).toMatch(
      /keyhold_verifications_total\{face="verify",keyspace="esms-africa",outcome="accepted"\} [1-9]/,
    );
    expect(text).toMatch(
      /keyhold_verifications_total\{face="verify",keyspace="esms-africa",outcome="malformed"\} [1-9]/,
    );
    expect(text).toMatch(
      /keyhold_verifications_total\{face="management",keyspace="keyhold",outcome="accepted"\} [1-9]/,
    );
    expect(text).toMatch(
      /keyhold_management_request_duration_seconds_count\{operation="issueKey",status="201"\} [1-9]/,
    );
    expect(text).toMatch(/keyhold_keys \d+/);
    expect(text).not.toContain(key.key);
  });

  test('a request that a proxy forwarded needs an operator token, of any scope', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    expectProblem(await api.send('/metrics', { token: null, headers }), 401, 'unauthenticated');
    const token = await api.createToken(['verify']);
    expect((await api.send('/metrics', { token, headers })).status).toBe(200);
  });
});

describe('the reference page', () => {
  test('openapi.json is the document of the table, with the version', async () => {
    const { status, body } = await api.send('/openapi.json', { token: null });
    expect(status).toBe(200);
    expect(body).toMatchObject({ openapi: '3.1.1', info: { version: '1.2.3' } });
    expect(body.paths['/v1/keys'].post.operationId).toBe('issueKey');
  });

  test('the page loads nothing from anywhere and runs nothing', async () => {
    const { text, headers } = await api.send('/docs', { token: null });
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'/,
    );
    expect(text).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|\son\w+="/i);
    expect(text).not.toMatch(/style="/);
    for (const [, address] of text.matchAll(/href="([^"]+)"/g))
      expect(address).toMatch(/^#|^\/openapi\.json$/);
  });

  test('every operation has its section and every link its target', async () => {
    const { text } = await api.send('/docs', { token: null });
    const targets = new Set([...text.matchAll(/id="([^"]+)"/g)].map(([, id]) => `#${id}`));
    for (const id of Object.keys(OPERATIONS)) expect(targets).toContain(`#${id}`);
    for (const [, address] of text.matchAll(/href="(#[^"]+)"/g)) expect(targets).toContain(address);
    expect([...text.matchAll(/<pre /g)]).toHaveLength(Object.keys(OPERATIONS).length);
  });
});
