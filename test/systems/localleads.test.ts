import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../examples/demo/start-app.ts';
import { createHost, DEMO_USER } from '../../examples/localleads/host.ts';
import { createUpstream } from '../../examples/localleads/upstream.ts';
import { filesContaining, type Keyhold, openPortalSession } from '../_harness.ts';
import { call, comparable } from '../_http.ts';
import { type RunningSystem, startSystem } from './_system.ts';

const UNAUTHORIZED = '{"statusCode":401,"error":"Unauthorized","message":"Invalid or expired token"}';

interface CreatedKey {
  readonly id: number;
  readonly key: string;
}

let system: RunningSystem;
let keyhold: Keyhold;
let host: RunningApp;
let keysUrl: string;
let organizations = 0;

beforeAll(async () => {
  system = await startSystem('localleads', createUpstream);
  keyhold = system.keyhold;
  keysUrl = `${system.apiUrl}/api/v1/api-keys`;
  await keyhold.createOrganization(DEMO_USER.organization);
  host = await startApp(
    createHost({
      keyholdUrl: keyhold.url,
      operatorToken: keyhold.operatorToken,
      apiKeysUrl: keysUrl,
      keysPageUrl: `${system.apiUrl}/keys`,
    }),
    0,
  );
});
afterAll(async () => {
  await host?.close();
  await system?.stop();
});

/** A fresh organization with nothing in it, and a portal session for it. */
async function newAccount(): Promise<{ organization: string; token: string }> {
  const organization = `account-${++organizations}`;
  await keyhold.createOrganization(organization);
  return { organization, token: await keyhold.portalToken('localleads', organization) };
}

async function create(as: string, body: object = { name: 'Laptop' }): Promise<CreatedKey> {
  const answer = await call('POST', keysUrl, { key: as, body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body as CreatedKey;
}

function balance(options: Parameters<typeof call>[2]) {
  return call('GET', `${system.apiUrl}/api/v1/credits/balance`, options);
}

async function list(as: string): Promise<Record<string, unknown>[]> {
  const answer = await call('GET', keysUrl, { key: as });
  expect(answer.status).toBe(200);
  return answer.body as Record<string, unknown>[];
}

test('L1: the dashboard creates a key with a name and an optional expiry, shows it once, and revokes it', async () => {
  const token = await openPortalSession(host.url, DEMO_USER);
  const expires_at = '2099-12-31T00:00:00Z';
  const forever = await call('POST', keysUrl, { key: token, body: { name: 'CRM' } });
  const limited = await call('POST', keysUrl, { key: token, body: { name: 'Trial', expires_at } });
  expect(forever.status).toBe(201);
  expect(Object.keys(forever.body as object)).toEqual(['id', 'key', 'name', 'prefix', 'created_at']);
  expect(limited.body).toMatchObject({ name: 'Trial', expires_at });
  const { id, key } = limited.body as CreatedKey;
  expect((await balance({ key })).status).toBe(200);
  expect((await call('DELETE', `${keysUrl}/${id}`, { key: token })).status).toBe(204);
  expect((await balance({ key })).status).toBe(401);
});

test('L2: a key is ll_ and 64 lowercase hex; the list shows its first 13 characters; the store has its SHA-256 alone', async () => {
  const { token } = await newAccount();
  const { id, key } = await create(token);
  expect(key).toMatch(/^ll_[0-9a-f]{64}$/);
  expect(await list(token)).toEqual([expect.objectContaining({ id, prefix: `${key.slice(0, 13)}…` })]);
  const digest = createHash('sha256').update(key).digest();
  expect(await filesContaining(keyhold.dataDirectory, key)).toEqual([]);
  expect(await filesContaining(keyhold.dataDirectory, key.slice(3))).toEqual([]);
  const kept = [
    ...(await filesContaining(keyhold.dataDirectory, digest)),
    ...(await filesContaining(keyhold.dataDirectory, digest.toString('hex'))),
  ];
  expect(kept).not.toEqual([]);
  expect(keyhold.output()).not.toContain(key);
});

test('L3: a key opens every path and method of the API, on behalf of its whole account', async () => {
  const { token } = await newAccount();
  const { key } = await create(token);
  expect((await balance({ key })).body).toEqual({ balance: 50 });
  const leads = await call('GET', `${system.apiUrl}/api/v1/leads?city=Bristol`, { key });
  expect(leads.body).toMatchObject({ leads: [{ business: 'Harbour Dental' }, { business: 'Smile & Sons' }] });
  expect((await call('POST', `${system.apiUrl}/api/v1/leads/1/contact`, { key })).status).toBe(200);
  const other = await create(token, { name: 'Server' });
  expect((await balance({ key: other.key })).body).toEqual({ balance: 44 });
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
    const answer = await call(method, `${system.apiUrl}/api/v1/anything/else`, { key });
    expect(answer.status, method).toBe(404);
    expect(answer.text, 'the API itself answers').toBe('404 Not Found');
  }
});

test('L4: GET /api/v1/credits/balance needs the key and nothing else, and sets no cookie', async () => {
  const { token } = await newAccount();
  const { key } = await create(token);
  const answer = await balance({ key });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ balance: 50 });
  expect(answer.headers).not.toHaveProperty('set-cookie');
});

test('L5: every 401 has exactly the documented body, whatever its cause and wherever it is asked for', async () => {
  const { organization, token } = await newAccount();
  const revoked = await create(token);
  await call('DELETE', `${keysUrl}/${revoked.id}`, { key: token });
  const disabled = await create(token);
  const { body } = await keyhold.operator(
    'GET',
    `/v1/keys?keyspace=localleads&organization=${organization}&state=active`,
  );
  for (const { id } of (body as { data: { id: string }[] }).data) {
    await keyhold.operator('POST', `/v1/keys/${id}/disable`, {});
  }
  const expired = await keyhold.issueExpired({ keyspace: 'localleads', organization, name: 'short' });
  const credentials: Record<string, Parameters<typeof call>[2]> = {
    missing: {},
    'another scheme': { headers: { authorization: 'Basic c2FtOnNlY3JldA==' } },
    'no scheme': { headers: { authorization: revoked.key } },
    'empty token': { headers: { authorization: 'Bearer' } },
    unknown: { key: `ll_${'0'.repeat(64)}` },
    'another shape': { key: 'll_your_api_key_here' },
    'a character too many': { key: `${revoked.key}0` },
    revoked: { key: revoked.key },
    disabled: { key: disabled.key },
    expired: { key: expired.key },
    'an operator token': { key: keyhold.operatorToken },
  };
  for (const [cause, credential] of Object.entries(credentials)) {
    for (const path of ['/api/v1/credits/balance', '/no/such/path', '/api/v1/api-keys']) {
      const answer = await call('GET', `${system.apiUrl}${path}`, credential);
      expect(answer.status, `${cause} ${path}`).toBe(401);
      expect(answer.text, `${cause} ${path}`).toBe(UNAUTHORIZED);
      expect(answer.headers['content-type'], `${cause} ${path}`).toMatch(/^application\/json/);
    }
  }
  const forwardAuth = await call('GET', `${keyhold.url}/v1/authorize/localleads`, { key: revoked.key });
  expect([forwardAuth.status, forwardAuth.text]).toEqual([401, UNAUTHORIZED]);
  const reference = await balance(credentials['unknown']);
  for (const cause of ['revoked', 'disabled', 'expired', 'another shape']) {
    expect(comparable(await balance(credentials[cause])), cause).toEqual(comparable(reference));
  }
});

test('L6: a key works until its expiry and never from that moment on, and the list shows the date', async () => {
  const { organization, token } = await newAccount();
  const expiresAtMs = Math.ceil(Date.now() / 1000) * 1000 + 2_000;
  const expires_at = `${new Date(expiresAtMs).toISOString().slice(0, 19)}Z`;
  const { key } = await keyhold.issue({ keyspace: 'localleads', organization, name: 'Trial', expires_at });
  expect(await list(token)).toEqual([expect.objectContaining({ expires_at })]);

  for (let ended = false; !ended; ) {
    const beganMs = Date.now();
    const { status, text } = await balance({ key });
    if (Date.now() < expiresAtMs) expect(status).toBe(200);
    if (beganMs >= expiresAtMs) {
      expect([status, text]).toEqual([401, UNAUTHORIZED]);
      ended = true;
    }
  }
  expect(await list(token)).toEqual([expect.objectContaining({ expires_at, is_active: false })]);
});

test('L6: a key without an expiry shows none and stays until it is revoked', async () => {
  const { token } = await newAccount();
  const { id, key } = await create(token);
  expect(Object.keys((await list(token))[0] ?? {})).not.toContain('expires_at');
  expect((await balance({ key })).status).toBe(200);
  await call('DELETE', `${keysUrl}/${id}`, { key: token });
  expect((await balance({ key })).status).toBe(401);
});

test('L6: an expiry in the past, without a zone, or on no day of the calendar creates nothing', async () => {
  const { token } = await newAccount();
  for (const expires_at of [
    '2020-01-01T00:00:00Z',
    '2099-01-01T00:00:00',
    '2099-02-30T00:00:00Z',
    'tomorrow',
    4102444800,
  ]) {
    const answer = await call('POST', keysUrl, { key: token, body: { name: 'x', expires_at } });
    expect(answer.status, String(expires_at)).toBe(422);
  }
  expect(await list(token)).toEqual([]);
});

test('L7: of 50 creates racing for an organization, exactly 10 succeed', async () => {
  const { token } = await newAccount();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      call('POST', keysUrl, { key: token, body: { name: `Key ${index}` } }),
    ),
  );
  const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
  expect(statuses).toEqual([...Array<number>(10).fill(201), ...Array<number>(40).fill(409)]);
  expect(await list(token)).toHaveLength(10);
});

test('L7: the cap is each organization’s own, counts disabled keys, and a revoked key makes room', async () => {
  const { organization, token } = await newAccount();
  const keys = [];
  for (let index = 0; index < 10; index++) keys.push(await create(token, { name: `Key ${index}` }));
  const { body } = await keyhold.operator('GET', `/v1/keys?keyspace=localleads&organization=${organization}`);
  await keyhold.operator('POST', `/v1/keys/${(body as { data: { id: string }[] }).data[0]?.id}/disable`, {});
  expect((await call('POST', keysUrl, { key: token, body: { name: 'Key 11' } })).status).toBe(409);
  const byOperator = { keyspace: 'localleads', organization, name: 'Key 11' };
  expect((await keyhold.operator('POST', '/v1/keys', byOperator)).status).toBe(409);
  const elsewhere = await newAccount();
  await create(elsewhere.token);
  await call('DELETE', `${keysUrl}/${keys[0]?.id}`, { key: token });
  await create(token, { name: 'Key 11' });
});

test("L8: a key creates, lists, recycles and revokes its own organization's keys", async () => {
  const { token } = await newAccount();
  const { id: ownId, key } = await create(token, { name: 'Deploy bot' });
  const made = await create(key, { name: 'CI' });
  expect(made.key).toMatch(/^ll_[0-9a-f]{64}$/);
  expect((await list(key)).map(({ id, name }) => [id, name])).toEqual([
    [made.id, 'CI'],
    [ownId, 'Deploy bot'],
  ]);
  const recycled = await call('POST', `${keysUrl}/${made.id}/recycle`, { key });
  expect(recycled.status).toBe(200);
  expect((await balance({ key: made.key })).status).toBe(401);
  const fresh = (recycled.body as CreatedKey).key;
  expect((await balance({ key: fresh })).status).toBe(200);
  expect((await call('DELETE', `${keysUrl}/${made.id}`, { key })).status).toBe(204);
  expect((await balance({ key: fresh })).status).toBe(401);
});

test('L8: a key sees and touches no key of another organization', async () => {
  const mine = await newAccount();
  const theirs = await newAccount();
  const { key } = await create(mine.token);
  const foreign = await create(theirs.token);
  for (const [method, path] of [
    ['DELETE', `/${foreign.id}`],
    ['POST', `/${foreign.id}/recycle`],
    ['DELETE', '/x'],
  ] as const) {
    expect((await call(method, `${keysUrl}${path}`, { key })).status).toBe(404);
  }
  expect(await list(key)).toHaveLength(1);
  expect((await balance({ key: foreign.key })).status).toBe(200);
});

test('L8: a key that revokes itself gets its answer, and nothing after it', async () => {
  const { token } = await newAccount();
  const { id, key } = await create(token);
  expect((await call('DELETE', `${keysUrl}/${id}`, { key })).status).toBe(204);
  const again = await call('GET', keysUrl, { key });
  expect([again.status, again.text]).toEqual([401, UNAUTHORIZED]);
});
