import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exchange, issueKey, LEADS_KEY, type Reply, type Send, startTestApi, type TestApi } from './_api.ts';
import { expectProblem } from './_protected-route.ts';

let api: TestApi;
let key = '';
let keyId = '';
let leads = '';
beforeAll(async () => {
  api = await startTestApi({ trustedProxies: ['192.0.2.0/24'] });
  ({ key, id: keyId } = await issueKey(api));
  ({ key: leads } = await issueKey(api, LEADS_KEY));
});
afterAll(() => api.close());

const authorize = (path: string, options: Send) => api.send(`/v1/authorize/${path}`, options);

function expectIdentity(reply: Reply): void {
  expect([reply.status, reply.text, reply.headers['content-length']]).toEqual([200, '', '0']);
  expect(reply.headers).toMatchObject({
    'keyhold-key-id': keyId,
    'keyhold-organization': 'acme',
    'keyhold-environment': 'live',
    'keyhold-scopes': 'send query',
    'cache-control': 'no-store',
  });
  expect(reply.headers['keyhold-request-id']).toBeDefined();
}

type Told = readonly [path: string, options: Send];

/** How each proxy tells what the original request was. */
const PROXIES: Readonly<Record<string, (method: string, uri: string) => Told>> = {
  nginx: (method, uri) => [
    'esms-africa',
    { headers: { 'X-Original-Method': method, 'X-Original-URI': uri } },
  ],
  Caddy: (method, uri) => [
    'esms-africa',
    { headers: { 'X-Forwarded-Method': method, 'X-Forwarded-Uri': uri } },
  ],
  Traefik: (method, uri) => [
    'esms-africa',
    {
      headers: {
        'x-forwarded-method': method,
        'x-forwarded-uri': uri,
        'x-forwarded-proto': 'https',
        'x-forwarded-for': '203.0.113.9',
      },
    },
  ],
  Envoy: (method, uri) => [`esms-africa${uri}`, { method }],
};

describe.each(Object.entries(PROXIES))('%s', (_name, tell) => {
  test('an accepted request gets the identity in headers and an empty body', async () => {
    const [path, options] = tell('GET', '/api/messages?page=2');
    expectIdentity(await authorize(path, { ...options, token: key }));
    const [posting, post] = tell('POST', '/api/messages/send');
    expectIdentity(await authorize(posting, { ...post, token: key }));
  });

  test("an operation that the key's scopes do not open is 403 with the scopes that would", async () => {
    const [path, options] = tell('PUT', '/api/webhooks');
    const reply = await authorize(path, { ...options, token: key });
    expect(reply.status).toBe(403);
    expect(reply.headers['www-authenticate']).toBe(
      'Bearer realm="esms-africa", error="insufficient_scope", scope="webhooks"',
    );
  });

  test('a path with a second spelling is 400', async () => {
    const [path, options] = tell('GET', '/api//messages');
    expect((await authorize(path, { ...options, token: key })).status).toBe(400);
  });
});

describe('what a client can send itself', () => {
  const both = (original: string, forwarded: string) => ({
    'X-Original-Method': 'GET',
    'X-Original-URI': original,
    'X-Forwarded-Method': 'GET',
    'X-Forwarded-Uri': forwarded,
  });

  test('the headers of another proxy cannot make one operation look like another', async () => {
    const agreed = await authorize('esms-africa', {
      headers: both('/api/messages', '/api/messages?x=1'),
      token: key,
    });
    expectIdentity(agreed);
    const disagreed = await authorize('esms-africa', {
      headers: both('/api/messages', '/api/webhooks'),
      token: key,
    });
    expect(disagreed.status).toBe(400);
    const suffixed = await authorize('esms-africa/api/webhooks', {
      headers: { 'X-Original-Method': 'GET', 'X-Original-URI': '/api/messages' },
      token: key,
    });
    expect(suffixed.status).toBe(400);
  });

  test('a header that stands twice is 400', async () => {
    const headers = { 'X-Original-Method': 'GET', 'X-Original-URI': ['/api/messages', '/api/messages'] };
    expect((await authorize('esms-africa', { headers, token: key })).status).toBe(400);
  });

  test('identity headers of the request are not those of the answer', async () => {
    const headers = {
      'X-Original-Method': 'GET',
      'X-Original-URI': '/api/messages',
      'Keyhold-Organization': 'evil',
    };
    expectIdentity(await authorize('esms-africa', { headers, token: key }));
  });
});

describe('with scopes and nothing that tells the operation', () => {
  test.each([
    ['no header', {}],
    ['a URI without its method', { 'X-Original-URI': '/api/messages' }],
    ['a method without its URI', { 'X-Original-Method': 'GET' }],
  ])(
    '%s: a good key is 403, a bad one 401, and the log says once what to configure',
    async (_what, headers) => {
      const good = await authorize('esms-africa', { headers, token: key });
      expect(good.status).toBe(403);
      expect((await authorize('esms-africa', { headers, token: `${key.slice(0, -1)}0` })).status).toBe(401);
      const lines = api.logged.filter(
        ({ fields }) => (fields as { keyspace?: string }).keyspace === 'esms-africa',
      );
      expect(lines).toHaveLength(1);
    },
  );
});

describe('without scopes', () => {
  test('every path is open to a good key, and nothing need be told', async () => {
    const reply = await authorize('localleads', { token: leads });
    expect(reply.status).toBe(200);
    expect(reply.headers['keyhold-environment']).toBeUndefined();
    expect(reply.headers['keyhold-scopes']).toBeUndefined();
  });

  test("every 401 has the keyspace's own body and the same bytes, but for the challenge of no credential", async () => {
    const revoked = await issueKey(api, { ...LEADS_KEY, organization: 'gone' });
    await api.send(`/v1/keys/${revoked.id}/revoke`, { method: 'POST' });
    const tokens = [revoked.key, `ll_${'0'.repeat(64)}`, 'malformed', key, api.token];
    const replies = await Promise.all(tokens.map((token) => authorize('localleads', { token })));
    const missing = await authorize('localleads', { token: null });
    for (const reply of [...replies, missing]) {
      expect(reply.status).toBe(401);
      expect(reply.text).toBe(
        '{"statusCode":401,"error":"Unauthorized","message":"Invalid or expired token"}',
      );
    }
    const shown = replies.map(({ headers }) => ({ ...headers, 'keyhold-request-id': '', date: '' }));
    for (const headers of shown) expect(headers).toEqual(shown[0]);
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="localleads"');
    expect(replies[0]!.headers['www-authenticate']).toBe('Bearer realm="localleads", error="invalid_token"');
  });

  test('two credentials are 400', async () => {
    const headers = { authorization: [`Bearer ${leads}`, `Bearer ${leads}`] };
    expect((await authorize('localleads', { token: null, headers })).status).toBe(400);
  });
});

describe("the client's address", () => {
  const from = async (forwardedFor: string | null) => {
    const restricted = await issueKey(api, {
      ...LEADS_KEY,
      allowed_cidrs: ['203.0.113.0/24'],
      organization: 'net',
    });
    const headers = forwardedFor === null ? {} : { 'x-forwarded-for': forwardedFor };
    const { status } = await authorize('localleads', { token: restricted.key, headers });
    await api.send(`/v1/keys/${restricted.id}/revoke`, { method: 'POST' });
    return status;
  };

  test('is the last one that no trusted proxy wrote', async () => {
    expect(await from('203.0.113.9')).toBe(200);
    expect(await from('203.0.113.9, 192.0.2.8')).toBe(200);
    expect(await from('203.0.113.9, 198.51.100.1')).toBe(401);
  });

  test("is unknown when the proxy does not tell it, and never the proxy's own", async () => {
    expect(await from(null)).toBe(401);
    const local = await issueKey(api, { ...LEADS_KEY, allowed_cidrs: ['127.0.0.0/8'], organization: 'loop' });
    expect((await authorize('localleads', { token: local.key })).status).toBe(401);
  });
});

describe('who may ask', () => {
  test('over the Unix socket it is served, and nothing else is', async () => {
    const where = { socketPath: api.authorizeSocket };
    expect((await exchange(where, '/v1/authorize/localleads', { token: leads })).status).toBe(200);
    const forwarded = { headers: { 'x-forwarded-for': '203.0.113.9' }, token: leads };
    expect((await exchange(where, '/v1/authorize/localleads', forwarded)).status).toBe(200);
    for (const path of ['/healthz', '/v1/keys', '/v1/verify', '/metrics']) {
      expectProblem(await exchange(where, path, { token: api.token }), 404, 'route_not_found');
    }
  });

  test.each(['nope', 'keyhold', '', '/api'])('a keyspace %j that is not there is 404', async (path) => {
    expectProblem(await authorize(path, { token: leads }), 404, 'keyspace_not_found');
  });
});
