import { afterAll, beforeAll, expect, test } from 'vitest';
import { createUpstream } from '../../examples/local-esim/upstream.ts';
import { filesContaining, type IssuedKey, type Keyhold } from '../_harness.ts';
import { type Answer, call, comparable } from '../_http.ts';
import { type RunningSystem, startSystem } from './_system.ts';

let system: RunningSystem;
let keyhold: Keyhold;

beforeAll(async () => {
  system = await startSystem('local-esim', createUpstream);
  keyhold = system.keyhold;
  await keyhold.createOrganization('roamly', { features: ['partner-api'] });
  await keyhold.createOrganization('lapsed', { features: [] });
});
afterAll(() => system?.stop());

function issue(
  options: { environment?: string; organization?: string; expires_at?: string } = {},
): Promise<IssuedKey> {
  return keyhold.issue({
    keyspace: 'local-esim',
    organization: 'roamly',
    name: 'Roamly',
    environment: 'production',
    ...options,
  });
}

function customers(options: Parameters<typeof call>[2]): Promise<Answer> {
  return call('GET', `${system.apiUrl}/v1/customers`, options);
}

test('E1: a key is 32 characters of base64url and opens every request that carries it as a bearer token', async () => {
  const { key } = await issue();
  expect(key).toMatch(/^[A-Za-z0-9_-]{32}$/);
  expect((await customers({ key })).status).toBe(200);
  expect((await customers({ headers: { authorization: `bearer ${key}` } })).status).toBe(200);
});

test('E1: a value of any other shape is refused, and never looked up', async () => {
  const { key } = await issue();
  const shapes = [
    key.slice(1),
    `${key}A`,
    `+${key.slice(1)}`,
    `/${key.slice(1)}`,
    `${key.slice(1)}=`,
    `les_${key}`,
    'A',
  ];
  for (const shape of shapes) {
    expect((await customers({ key: shape })).status, shape).toBe(401);
    const { body } = await keyhold.operator('POST', '/v1/verify', { key: shape, keyspace: 'local-esim' });
    expect(body, shape).toEqual({ valid: false, reason: 'malformed' });
  }
});

test('E2: a key is shown at its creation and never again, and is nowhere on the disk', async () => {
  const { key, id } = await issue();
  for (const path of [
    `/v1/keys/${id}`,
    '/v1/keys?keyspace=local-esim&limit=1000',
    '/v1/audit-events?limit=1000',
  ]) {
    const answer = await keyhold.operator('GET', path);
    expect(answer.status, path).toBe(200);
    expect(answer.text, path).toContain(id);
    expect(answer.text, path).not.toContain(key);
  }
  expect(await filesContaining(keyhold.dataDirectory, key)).toEqual([]);
  expect(keyhold.output()).not.toContain(key);
});

test('E2: a key goes to the partner by a link that works once, and neither is on the disk', async () => {
  const owner = {
    keyspace: 'local-esim',
    organization: 'roamly',
    name: 'Onboarding',
    environment: 'production',
  };
  const issued = await keyhold.operator('POST', '/v1/keys', { ...owner, deliver: 'claim_link' });
  const { origin, pathname, hash } = new URL((issued.body as { readonly claim_url: string }).claim_url);
  const secret = hash.slice(1);
  const claim = () => call('POST', origin + pathname, { body: { secret } });
  const claimed = await claim();
  const { key } = claimed.body as { readonly key: string };
  expect((await customers({ key })).status).toBe(200);
  expect((await claim()).status).toBe(410);
  expect(await filesContaining(keyhold.dataDirectory, key)).toEqual([]);
  expect(await filesContaining(keyhold.dataDirectory, secret)).toEqual([]);
  expect(keyhold.output()).not.toContain(secret);
});

test('E2: only the operator makes keys: a key opens no key management on the API', async () => {
  const { key } = await issue();
  for (const path of ['/v1/keys', '/v1/api-keys', '/api/api-keys']) {
    const answer = await call('POST', `${system.apiUrl}${path}`, {
      key,
      body: { name: 'mine', environment: 'production' },
    });
    expect(answer.status, path).toBe(404);
  }
  expect((await call('GET', `${keyhold.url}/v1/keys`, { key })).status).toBe(401);
});

test('E3: POST /v1/customers with email and tags works with a good key', async () => {
  const { key } = await issue();
  const body = { email: 'customer@example.com', tags: ['your_partner_tag'] };
  const created = await call('POST', `${system.apiUrl}/v1/customers`, { key, body });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject(body);
  expect((await customers({ key })).body).toEqual({ customers: [created.body] });
});

test('E4: a recycled key has a new secret under the same label, and the old one has stopped when the call returns', async () => {
  const { key, id, ...before } = await issue();
  const recycled = await keyhold.operator('POST', `/v1/keys/${id}/recycle`, {});
  expect(recycled.status).toBe(200);
  expect(recycled.body).toMatchObject({
    id,
    number: before.number,
    name: before.name,
    environment: 'production',
  });
  const { key: fresh } = recycled.body as IssuedKey;
  expect(fresh).toMatch(/^[A-Za-z0-9_-]{32}$/);
  expect(fresh).not.toBe(key);
  expect((await customers({ key })).status).toBe(401);
  expect((await customers({ key: fresh })).status).toBe(200);
});

test('E4: there is no grace period, asked for or not', async () => {
  const { key, id } = await issue();
  const answer = await keyhold.operator('POST', `/v1/keys/${id}/recycle`, { grace: '1m' });
  expect(answer.status).toBe(422);
  expect((await customers({ key })).status).toBe(200);
});

test('E4: a revoked key is off for good when the call returns, and nothing replaces it', async () => {
  const { key, id } = await issue();
  const revoked = await keyhold.operator('POST', `/v1/keys/${id}/revoke`, { reason: 'compromised' });
  expect(revoked.status).toBe(200);
  expect(revoked.body).toMatchObject({ id, state: 'revoked' });
  expect(revoked.body).not.toHaveProperty('key');
  expect((await customers({ key })).status).toBe(401);
  for (const verb of ['recycle', 'enable', 'disable']) {
    expect((await keyhold.operator('POST', `/v1/keys/${id}/${verb}`, {})).status, verb).toBe(409);
  }
  expect((await keyhold.operator('POST', `/v1/keys/${id}/revoke`, {})).status).toBe(200);
  expect((await customers({ key })).status).toBe(401);
});

test('E5: the operator replaces a lost key by its label alone', async () => {
  const { key: lost } = await keyhold.issue({
    keyspace: 'local-esim',
    organization: 'roamly',
    name: 'Roamly, lost in the mail',
    environment: 'production',
  });
  const { body } = await keyhold.operator(
    'GET',
    '/v1/keys?keyspace=local-esim&organization=roamly&limit=1000',
  );
  const found = (body as { data: { id: string; name: string }[] }).data.find(
    ({ name }) => name === 'Roamly, lost in the mail',
  );
  const recycled = await keyhold.operator('POST', `/v1/keys/${found?.id}/recycle`, {});
  expect((await customers({ key: lost })).status).toBe(401);
  expect((await customers({ key: (recycled.body as IssuedKey).key })).status).toBe(200);
});

test('E6: not found, revoked, recycled, disabled, feature off, test key, suspended and expired get one 401, byte for byte', async () => {
  const revoked = await issue();
  await keyhold.operator('POST', `/v1/keys/${revoked.id}/revoke`, {});
  const recycled = await issue();
  await keyhold.operator('POST', `/v1/keys/${recycled.id}/recycle`, {});
  const disabled = await issue();
  await keyhold.operator('POST', `/v1/keys/${disabled.id}/disable`, {});
  const featureOff = await issue({ organization: 'lapsed' });
  const testKey = await issue({ environment: 'test' });
  const expired = await keyhold.issueExpired({
    keyspace: 'local-esim',
    organization: 'roamly',
    name: 'short',
    environment: 'production',
  });
  const unknown = 'A'.repeat(32);

  const presented = {
    unknown,
    malformed: 'short',
    revoked,
    recycled,
    disabled,
    featureOff,
    testKey,
    expired,
  };
  const reference = await customers({ key: unknown });
  expect(reference.status).toBe(401);
  for (const [cause, from] of Object.entries(presented)) {
    const answer = await customers({ key: typeof from === 'string' ? from : from.key });
    expect(comparable(answer), cause).toEqual(comparable(reference));
  }
});

test('E6: a missing header and another scheme get the same body, under the bare challenge', async () => {
  const { key } = await issue();
  const reference = await customers({ key: 'A'.repeat(32) });
  expect(reference.headers['www-authenticate']).toBe('Bearer realm="local-esim", error="invalid_token"');
  for (const headers of [
    {},
    { authorization: `Basic ${key}` },
    { authorization: key },
    { 'x-api-key': key },
  ]) {
    const answer = await customers({ headers });
    expect(answer.status).toBe(401);
    expect(answer.text).toBe(reference.text);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="local-esim"');
  }
});

test('E6: switching the feature off and on again takes effect when the call returns', async () => {
  await keyhold.createOrganization('seasonal', { features: ['partner-api'] });
  const { key } = await issue({ organization: 'seasonal' });
  expect((await customers({ key })).status).toBe(200);
  await keyhold.operator('PATCH', '/v1/organizations/seasonal', { features: [] });
  expect((await customers({ key })).status).toBe(401);
  await keyhold.operator('PATCH', '/v1/organizations/seasonal', { features: ['partner-api'] });
  expect((await customers({ key })).status).toBe(200);
});
