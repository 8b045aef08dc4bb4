import { execFile } from 'node:child_process';
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../examples/demo/start-app.ts';
import { createHost, DEMO_USER } from '../../examples/esms-africa/host.ts';
import type { Message } from '../../examples/esms-africa/ledger.ts';
import { createUpstream } from '../../examples/esms-africa/upstream.ts';
import { filesContaining, type Keyhold, openPortalSession } from '../_harness.ts';
import { call } from '../_http.ts';
import { requirePython } from '../_python.ts';
import { type RunningSystem, startSystem } from './_system.ts';

/** The document's table. */
const OPERATIONS = {
  send: ['POST /api/messages/send', 'POST /api/messages/send-bulk', 'POST /api/messages/bulk-precheck'],
  query: [
    'GET /api/messages',
    'GET /api/messages/1',
    'GET /api/balance',
    'GET /api/balance/transactions',
    'GET /api/routes',
  ],
  webhooks: ['GET /api/webhooks', 'PUT /api/webhooks', 'POST /api/webhooks/rotate-secret'],
} as const;

interface CreatedKey {
  readonly id: number;
  readonly key: string;
}

let system: RunningSystem;
let keyhold: Keyhold;
let host: RunningApp;
let keysUrl: string;
/** A portal session of the demo user's organization, as the dashboard gets it. */
let token: string;
const carried: Message[] = [];

beforeAll(async () => {
  system = await startSystem('esms-africa', (database) =>
    createUpstream(database, async (message) => void carried.push(message)),
  );
  keyhold = system.keyhold;
  keysUrl = `${system.apiUrl}/api/api-keys`;
  await keyhold.createOrganization(DEMO_USER.organization);
  await keyhold.createOrganization('other');
  host = await startApp(
    createHost({ keyholdUrl: keyhold.url, operatorToken: keyhold.operatorToken, apiKeysUrl: keysUrl }),
    0,
  );
  token = await openPortalSession(host.url, DEMO_USER);
});
afterAll(async () => {
  await host?.close();
  await system?.stop();
});

async function create(
  options: { environment?: string; scopes?: string | string[] } = {},
): Promise<CreatedKey> {
  const body = { name: 'Production server', environment: 'live', scopes: 'send,query', ...options };
  const answer = await call('POST', keysUrl, { key: token, body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body as CreatedKey;
}

function api(operation: string, key: string, body?: unknown) {
  const [method = '', path = ''] = operation.split(' ');
  return call(method, `${system.apiUrl}${path}`, { key, body });
}

async function list(as = token) {
  const answer = await call('GET', keysUrl, { key: as });
  expect(answer.status).toBe(200);
  return answer.body as Record<string, unknown>[];
}

/** Resolves when a request for `path` reaches a server of this process, which is where the upstream runs. */
function arrivalOf(path: string): Promise<IncomingMessage> {
  return new Promise((resolve) => {
    function onRequest(message: unknown) {
      const { request } = message as { request: IncomingMessage };
      if (request.url !== path) return;
      unsubscribe('http.server.request.start', onRequest);
      resolve(request);
    }
    subscribe('http.server.request.start', onRequest);
    expect(channel('http.server.request.start').hasSubscribers).toBe(true);
  });
}

test('S1: creating a key answers with exactly the fields of the document, scopes as a list', async () => {
  const answer = await call('POST', keysUrl, {
    key: token,
    body: { name: 'Production server', environment: 'live', scopes: 'send,query' },
  });
  expect(answer.status).toBe(201);
  expect(Object.keys(answer.body as object)).toEqual([
    'id',
    'key',
    'name',
    'prefix',
    'environment',
    'scopes',
    'created_at',
  ]);
  const { key } = answer.body as CreatedKey;
  expect(answer.body).toEqual({
    id: expect.any(Number),
    key: expect.stringMatching(/^esms_live_[a-z0-9]{32}$/),
    name: 'Production server',
    prefix: `esms_live_****${key.slice(-4)}`,
    environment: 'live',
    scopes: ['send', 'query'],
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  });
  expect(Number.isInteger((answer.body as CreatedKey).id)).toBe(true);
});

test('S1: scopes may be a list, and may have blanks after their commas', async () => {
  for (const scopes of [['send', 'query'], 'send, query', 'query,send', 'send,query,send']) {
    const { id } = await create({ scopes });
    expect((await list()).find((key) => key['id'] === id)).toMatchObject({ scopes: ['send', 'query'] });
  }
});

test('S1: a name, an environment and scopes are required, and only known ones are taken', async () => {
  const whole = { name: 'n', environment: 'live', scopes: 'send' };
  const bodies = [
    { ...whole, name: undefined },
    { ...whole, environment: undefined },
    { ...whole, environment: 'staging' },
    { ...whole, scopes: undefined },
    { ...whole, scopes: '' },
    { ...whole, scopes: 'send,admin' },
  ];
  const before = (await list()).length;
  for (const body of bodies) {
    const answer = await call('POST', keysUrl, { key: token, body });
    expect(answer.status, JSON.stringify(body)).toBe(422);
  }
  expect(await list()).toHaveLength(before);
});

test('S1: keys are managed with a portal session, never with a key and never without either', async () => {
  const { key } = await create();
  for (const credential of [{ key }, {}, { key: `${token}x` }]) {
    expect((await call('GET', keysUrl, credential)).status).toBe(401);
    expect((await call('POST', keysUrl, { ...credential, body: { name: 'x' } })).status).toBe(401);
    expect((await call('DELETE', `${keysUrl}/1`, credential)).status).toBe(401);
  }
});

test('S2: a key is esms_live_ or esms_test_ and 32 of a–z0–9, in that one answer and nowhere else', async () => {
  for (const environment of ['live', 'test']) {
    const { key } = await create({ environment });
    expect(key).toMatch(new RegExp(`^esms_${environment}_[a-z0-9]{32}$`));
    const answers = [
      await call('GET', keysUrl, { key: token }),
      await keyhold.operator('GET', '/v1/keys?keyspace=esms-africa&limit=1000'),
      await keyhold.operator('GET', '/v1/audit-events?limit=1000'),
    ];
    for (const { text } of answers) expect(text).not.toContain(key);
    expect(await filesContaining(keyhold.dataDirectory, key)).toEqual([]);
    expect(keyhold.output()).not.toContain(key);
  }
});

test.each(['send', 'query', 'webhooks', 'send,query', 'send,query,webhooks'])(
  'S3: a key with the scopes %s opens exactly the operations the document lists for them',
  async (scopes) => {
    const { key } = await create({ scopes });
    for (const [scope, operations] of Object.entries(OPERATIONS)) {
      for (const operation of operations) {
        const { status } = await api(operation, key);
        if (scopes.split(',').includes(scope)) expect([401, 403], operation).not.toContain(status);
        else expect(status, operation).toBe(403);
      }
    }
  },
);

test('S3: a query key cannot send, and the refusal says which scope would', async () => {
  const { key } = await create({ scopes: 'query' });
  const answer = await api('POST /api/messages/send', key, { to: '+254700000001', text: 'hello' });
  expect(answer.status).toBe(403);
  expect(answer.headers['www-authenticate']).toBe(
    'Bearer realm="esms-africa", error="insufficient_scope", scope="send"',
  );
  expect((await api('GET /api/messages', key)).body).toEqual({ messages: [] });
});

test('S3: an operation that the table does not list is closed to every key', async () => {
  const { key } = await create({ scopes: 'send,query,webhooks' });
  const closed = [
    'DELETE /api/messages/1',
    'POST /api/balance',
    'GET /api/messages/1/events',
    'GET /api/messages/',
    'GET /api/message',
    'GET /',
    'GET /API/balance',
  ];
  for (const operation of closed) expect((await api(operation, key)).status, operation).toBe(403);
  expect((await api('HEAD /api/balance', key)).status).toBe(200);
});

test('S4: the list shows is_active and last_used_at, and never a key', async () => {
  await keyhold.createOrganization('lister');
  const session = await keyhold.portalToken('esms-africa', 'lister');
  const body = { name: 'Production server', environment: 'live', scopes: 'send,query' };
  const { id, key } = (await call('POST', keysUrl, { key: session, body })).body as CreatedKey;

  const listed = {
    id,
    name: 'Production server',
    prefix: `esms_live_****${key.slice(-4)}`,
    environment: 'live',
    scopes: ['send', 'query'],
    is_active: true,
    last_used_at: null,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  };
  const unused = await list(session);
  expect(unused).toEqual([listed]);
  expect(Object.keys(unused[0] ?? {})).toEqual(Object.keys(listed));

  await api('GET /api/balance', key);
  // Use is written down once a second.
  await expect
    .poll(async () => (await list(session))[0]?.['last_used_at'], { timeout: 60_000 })
    .not.toBeNull();
  expect(await list(session)).toEqual([
    { ...listed, last_used_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
  ]);
});

test('S5: a revoked key is refused when the call returns, and stays listed as inactive', async () => {
  const { id, key } = await create();
  const other = await create();
  const revoked = await call('DELETE', `${keysUrl}/${id}`, { key: token });
  expect(revoked.status).toBe(204);
  expect(revoked.text).toBe('');
  expect((await api('GET /api/balance', key)).status).toBe(401);
  expect((await api('GET /api/balance', other.key)).status).toBe(200);
  expect((await list()).find((listed) => listed['id'] === id)).toMatchObject({ is_active: false });
  expect((await call('DELETE', `${keysUrl}/${id}`, { key: token })).status).toBe(204);
});

test('S5: a request in flight with the key fails, and the API behind sees it go', async () => {
  const { id, key } = await create();
  const path = '/api/messages?after_id=1000000&wait_seconds=60';
  const arrival = arrivalOf(path);
  const waiting = api(`GET ${path}`, key);
  const reached = await arrival;
  const gone = new Promise((resolve) => reached.once('close', resolve));
  expect((await call('DELETE', `${keysUrl}/${id}`, { key: token })).status).toBe(204);
  expect((await waiting).status).toBe(401);
  await gone;
});

test('S5: nobody revokes a key of another organization, or one that is not there', async () => {
  const { id, key } = await create();
  const stranger = await keyhold.portalToken('esms-africa', 'other');
  for (const [as, number] of [
    [stranger, id],
    [token, 999_999],
    [token, 'abc'],
    [token, '1.5'],
    [token, '-1'],
  ] as const) {
    expect((await call('DELETE', `${keysUrl}/${number}`, { key: as })).status).toBe(404);
  }
  expect(await list(stranger)).toEqual([]);
  expect((await api('GET /api/balance', key)).status).toBe(200);
});

test('S6: a test key sends without charge and without delivery, a live key with both', async () => {
  const live = await create({ scopes: 'send,query' });
  const trial = await create({ environment: 'test', scopes: 'send,query' });
  const message = { to: '+254700000001', text: 'Your car waits at gate 3.' };

  async function balance() {
    return ((await api('GET /api/balance', trial.key)).body as { balance_cents: number }).balance_cents;
  }
  const before = await balance();
  const simulated = await api('POST /api/messages/send', trial.key, message);
  expect(simulated.status).toBe(201);
  expect(simulated.body).toMatchObject({ ...message, state: 'simulated', cost_cents: 0, delivered_at: null });
  expect(await balance()).toBe(before);
  expect(carried).toEqual([]);

  const sent = await api('POST /api/messages/send', live.key, message);
  expect(sent.status).toBe(201);
  expect(sent.body).toMatchObject({ ...message, state: 'queued', cost_cents: 2 });
  expect(await balance()).toBe(before - 2);
  expect(carried).toHaveLength(1);
  const { id } = sent.body as Message;
  expect((await api(`GET /api/messages/${id}`, live.key)).body).toMatchObject({ state: 'delivered' });
  expect((await api(`GET /api/messages/${id}`, trial.key)).status).toBe(404);
});

// The document's client as it stands there, with the local base URL; what follows it is ours.
const PYTHON_CLIENT = `
import os
import httpx
client = httpx.Client(
base_url="BASE_URL",
headers={"Authorization": f"Bearer {os.environ['ESMS_API_KEY']}"},
)

sent = client.post("/messages/send", json={"to": "+254700000001", "text": "from Python"})
print(sent.status_code, sent.json()["state"])
print(client.get("/balance").status_code, client.get("/webhooks").status_code)
print([message["text"] for message in client.get("/messages").json()["messages"]])
`;

test("S7: the document's Python httpx client works as written against the local base URL", async (context) => {
  const python = requirePython('httpx', context);
  await keyhold.createOrganization('pythonistas');
  const { key } = await keyhold.issue({
    keyspace: 'esms-africa',
    organization: 'pythonistas',
    name: 'Production server',
    environment: 'live',
    scopes: ['send', 'query'],
  });
  const program = PYTHON_CLIENT.replace('BASE_URL', `${system.apiUrl}/api`);
  const { stdout } = await promisify(execFile)(python, ['-c', program], {
    env: { PATH: process.env['PATH'], ESMS_API_KEY: key },
  });
  expect(stdout).toBe("201 queued\n200 403\n['from Python']\n");
});

test("the dashboard shows a signed-in user their organization's keys and asks everyone else to sign in", async () => {
  const { key } = await create();
  expect((await call('GET', host.url)).text).toContain('Sign in');
  expect((await call('POST', `${host.url}/portal-session`)).status).toBe(401);
  const signedIn = await call('POST', `${host.url}/sign-in`, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ email: DEMO_USER.email, password: DEMO_USER.password }).toString(),
  });
  const cookie = signedIn.headers['set-cookie']?.split(';')[0] ?? '';
  const page = await call('GET', host.url, { headers: { cookie } });
  expect(page.text).toContain(`esms_live_****${key.slice(-4)}`);
  expect(page.text).not.toContain(key);
});
