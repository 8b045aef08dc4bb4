import type { GatewayPolicy } from '@keyhold/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  DEFINITIONS,
  issueKey,
  LEADS_KEY,
  type Reply,
  type Send,
  startTestApi,
  type TestApi,
} from './_api.ts';

const POLICY: GatewayPolicy = {
  publicOperations: [],
  websocketOperations: [],
  corsPreflight: false,
  selfService: { path: '/api-keys', keysMayManage: true },
  trustedProxies: [],
  forwardCredential: false,
};

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    definitions: DEFINITIONS.map((definition) =>
      definition.id === 'localleads' ? { ...definition, gateway: POLICY } : definition,
    ),
  });
});
afterAll(() => api.close());

/** What an application sends on for a request to its own `/keyspace` mount. */
function onBehalf(path: string, options: Send = {}): Promise<Reply> {
  const [, keyspace = ''] = path.split(/[/?]/);
  const headers = { 'keyhold-mount': `/${keyspace}`, ...options.headers };
  return api.send(`/v1/self-service${path}`, { token: null, ...options, headers });
}

async function openSession(keyspace: string, organization: string): Promise<string> {
  await api.send('/v1/organizations', { json: { id: organization, name: organization } });
  const { body } = await api.send('/v1/portal-sessions', { json: { keyspace, organization } });
  return body.token;
}

/** Request ids differ, and here in length too. */
function comparable({ status, headers, text }: Reply): unknown {
  const { date: _date, 'keyhold-request-id': _id, 'content-length': _length, ...rest } = headers;
  return { status, headers: rest, text: text.replace(/"request_id":"[^"]*"/, '') };
}

test('it answers an application as the gateway answers its own client, links included', async () => {
  const token = await openSession('esms-africa', 'mounted');
  const body = { name: 'Server', environment: 'live', scopes: 'send' };
  for (const name of ['One', 'Two'])
    expect((await onBehalf('/esms-africa', { token, json: { ...body, name } })).status).toBe(201);
  const requests: readonly (readonly [string, Send])[] = [
    ['/esms-africa', { token }],
    ['/esms-africa?limit=1', { token }],
    ['/esms-africa?limit=0', { token }],
    ['/esms-africa', {}],
    ['/esms-africa', { token: 'wrong' }],
    ['/esms-africa', { token: api.token }],
    ['/esms-africa', { token, method: 'PUT' }],
    ['/esms-africa', { token, raw: '{"name":1', headers: { 'content-type': 'application/json' } }],
    ['/esms-africa', { token, raw: 'x'.repeat(70_000), headers: { 'content-type': 'application/json' } }],
    ['/esms-africa', { token, json: { ...body, scopes: 'everything' } }],
    ['/esms-africa/999', { token, method: 'DELETE' }],
    ['/esms-africa/x/y', { token }],
    ['/localleads', { token }],
  ];
  for (const [path, options] of requests) {
    const [own, mounted] = [await api.selfService(path, options), await onBehalf(path, options)];
    expect(comparable(mounted), path).toEqual(comparable(own));
  }
  const { headers } = await onBehalf('/esms-africa?limit=1', { token });
  expect(headers['link']).toMatch(/^<\/esms-africa\?limit=1&cursor=[\w-]+>; rel="next"$/);
});

test('a mount that is no path is not repeated', async () => {
  const token = await openSession('esms-africa', 'links');
  const json = { name: 'n', environment: 'live', scopes: 'send' };
  for (let i = 0; i < 2; i++) await onBehalf('/esms-africa', { token, json });
  for (const mount of ['//evil.example', 'https://evil.example/', '/a b', '']) {
    const headers = { 'keyhold-mount': mount };
    const { headers: answered } = await onBehalf('/esms-africa?limit=1', { token, headers });
    expect(answered['link'], mount).toMatch(/^<\/v1\/self-service\/esms-africa\?/);
  }
});

test('a key manages keys where the configuration says so, and nowhere else', async () => {
  const { key: leads } = await issueKey(api, { ...LEADS_KEY, organization: 'keys' });
  const { key: esms } = await issueKey(api, { organization: 'keys' });
  expect((await onBehalf('/localleads', { token: leads })).body).toMatchObject([{ is_active: true }]);
  expect((await onBehalf('/esms-africa', { token: esms })).status).toBe(401);
});

test('the address of a customer counts as whom the server trusts tells it', async () => {
  const fields = { ...LEADS_KEY, organization: 'networks', allowed_cidrs: ['203.0.113.0/24'] };
  const { key } = await issueKey(api, fields);
  const from = (address: string) =>
    onBehalf('/localleads', { token: key, headers: { 'x-forwarded-for': address } });
  expect((await from('203.0.113.9')).status).toBe(200);
  for (const address of ['198.51.100.1', 'unknown', '']) expect((await from(address)).status).toBe(401);
});

test('there is no self-service of operators, nor of a keyspace that is not', async () => {
  for (const path of ['/keyhold', '/nothing', '/', '//localleads', '/localleads//1'])
    expect([400, 404]).toContain((await onBehalf(path, { token: api.token })).status);
});
