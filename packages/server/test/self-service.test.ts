import { COMPONENTS } from '@keyhold/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DEFINITIONS,
  define,
  issueKey,
  LEADS_KEY,
  type Reply,
  type Send,
  startTestApi,
  type TestApi,
} from './_api.ts';
import { expectProblem } from './_protected-route.ts';

const OWN_ERRORS = define('own-errors', {
  credential: { header: 'x-api-key', scheme: null },
  limits: { activeKeysPerOrganization: 1, maxLifetimeMs: null },
  errors: {
    unauthorized: { ok: false, why: 'auth' },
    invalidRequest: { ok: false, why: 'request' },
    unavailable: { ok: false, why: 'later' },
  },
});

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({
    definitions: [...DEFINITIONS, OWN_ERRORS],
    keysMayManage: (keyspace) => keyspace === 'localleads' || keyspace === 'own-errors',
  });
});
afterAll(() => api.close());

async function openSession(keyspace: string, organization: string): Promise<string> {
  await api.send('/v1/organizations', { json: { id: organization, name: organization } });
  const reply = await api.send('/v1/portal-sessions', { json: { keyspace, organization } });
  expect(reply.status).toBe(201);
  return reply.body.token;
}

function expectShape(reply: Reply, component: 'SelfServiceIssuedKey' | 'SelfServiceKeyList'): void {
  expect(COMPONENTS[component]!.parse(reply.body)).toEqual(reply.body);
  expect(reply.headers['cache-control']).toBe('no-store');
}

describe('eSMS Africa, as its document shows it', () => {
  const body = { name: 'Production server', environment: 'live', scopes: 'send,query' };

  test('S1 and S2: a create answers with exactly the fields of the document, in its order', async () => {
    const token = await openSession('esms-africa', 's1');
    const reply = await api.selfService('/esms-africa', { json: body, token });
    expect(reply.status, reply.text).toBe(201);
    expectShape(reply, 'SelfServiceIssuedKey');
    expect(Object.keys(reply.body)).toEqual([
      'id',
      'key',
      'name',
      'prefix',
      'environment',
      'scopes',
      'created_at',
    ]);
    expect(reply.body).toMatchObject({
      id: expect.any(Number),
      key: expect.stringMatching(/^esms_live_[a-z0-9]{32}$/),
      name: 'Production server',
      prefix: `esms_live_****${reply.body.key.slice(-4)}`,
      environment: 'live',
      scopes: ['send', 'query'],
      created_at: '2026-05-02T10:00:00Z',
    });
  });

  test('S4: the list has exactly the fields of the document and never the key; times are whole seconds', async () => {
    const token = await openSession('esms-africa', 's4');
    const { body: created } = await api.selfService('/esms-africa', { json: body, token });
    api.clock.advance(1_234);
    await api.send('/v1/verify', { json: { key: created.key } });
    await api.usage.flush();
    const reply = await api.selfService('/esms-africa', { token });
    expect(reply.status).toBe(200);
    expectShape(reply, 'SelfServiceKeyList');
    expect(reply.body).toHaveLength(1);
    const fields = [
      'id',
      'name',
      'prefix',
      'environment',
      'scopes',
      'is_active',
      'last_used_at',
      'created_at',
    ];
    expect(Object.keys(reply.body[0])).toEqual(fields);
    expect(reply.body[0]).toMatchObject({ id: created.id, is_active: true });
    expect(reply.body[0].last_used_at).toMatch(/^2026-05-02T10:00:\d\dZ$/);
    expect(reply.text).not.toContain(created.key);
    expect(reply.headers['link']).toBeUndefined();
  });

  test('S5: a delete answers 204 without a body when the key is refused everywhere, repeated too, and the key stays listed', async () => {
    const token = await openSession('esms-africa', 's5');
    const { body: created } = await api.selfService('/esms-africa', { json: body, token });
    for (let i = 0; i < 2; i++) {
      const reply = await api.selfService(`/esms-africa/${created.id}`, { method: 'DELETE', token });
      expect([reply.status, reply.text, reply.headers['content-length']]).toEqual([204, '', undefined]);
      const verdict = await api.send('/v1/verify', { json: { key: created.key } });
      expect(verdict.body).toEqual({ valid: false, reason: 'revoked' });
    }
    const list = await api.selfService('/esms-africa', { token });
    expect(list.body).toMatchObject([{ id: created.id, is_active: false }]);
  });

  test.each([
    ['an array', ['send', 'query']],
    ['blanks after commas', 'send, query'],
    ['another order and a duplicate', 'query,send,query'],
  ])('scopes may be sent as %s', async (_what, scopes) => {
    const token = await openSession('esms-africa', 'scoped');
    const reply = await api.selfService('/esms-africa', { json: { ...body, scopes }, token });
    expect(reply.body.scopes).toEqual(['send', 'query']);
  });

  test.each([
    ['an unknown scope', { scopes: 'send,admin' }, '/scopes/1'],
    ['no scope', { scopes: '' }, '/scopes'],
    ['the environment left out', { environment: undefined }, '/environment'],
    ['the name left out', { name: undefined }, '/name'],
    ['an expiry that is no instant', { expires_at: 'tomorrow' }, '/expires_at'],
  ])('%s is 422 and nothing is made', async (_what, fields, pointer) => {
    const token = await openSession('esms-africa', 'refused');
    const reply = await api.selfService('/esms-africa', { json: { ...body, ...fields }, token });
    expectProblem(reply, 422, 'validation_failed');
    expect(reply.body.errors[0].pointer).toBe(pointer);
    expect((await api.selfService('/esms-africa', { token })).body).toEqual([]);
  });

  test('a repeated create with the same Idempotency-Key shows the key without its secret', async () => {
    const token = await openSession('esms-africa', 'replayed');
    const request = { json: body, token, headers: { 'idempotency-key': 'one' } };
    const { body: first } = await api.selfService('/esms-africa', request);
    const second = await api.selfService('/esms-africa', request);
    const { key: _, ...shown } = first;
    expect(second.body).toEqual(shown);
  });

  test('an expiry is shown when it is set, in whole seconds', async () => {
    const token = await openSession('esms-africa', 'expiring');
    const json = { ...body, expires_at: '2027-05-02T10:00:00.750Z' };
    const { body: created } = await api.selfService('/esms-africa', { json, token });
    expect(created.expires_at).toBe('2027-05-02T10:00:00Z');
    const list = await api.selfService('/esms-africa', { token });
    expect(list.body[0].expires_at).toBe('2027-05-02T10:00:00Z');
  });

  test('a key is recycled in the shape of a create, with a grace where the keyspace allows it', async () => {
    const token = await openSession('esms-africa', 'recycled');
    const { body: created } = await api.selfService('/esms-africa', { json: body, token });
    const reply = await api.selfService(`/esms-africa/${created.id}/recycle`, { method: 'POST', token });
    expect(reply.status).toBe(200);
    expectShape(reply, 'SelfServiceIssuedKey');
    expect(reply.body).toEqual({ ...created, key: reply.body.key, prefix: reply.body.prefix });
    expect(reply.body.key).not.toBe(created.key);
    const refused = await api.selfService(`/esms-africa/${created.id}/recycle`, {
      json: { grace: '2h' },
      token,
    });
    expectProblem(refused, 422, 'validation_failed');
  });

  test("a keyspace's key manages nothing where only sessions may", async () => {
    const key = await issueKey(api, { organization: 's1' });
    const reply = await api.selfService('/esms-africa', { token: key.key });
    expect(reply.status).toBe(401);
  });
});

describe('LocalLeads, by program', () => {
  test("L8: a key lists, creates and revokes its own organization's keys, without fields the keyspace lacks", async () => {
    const { key, number } = await issueKey(api, { ...LEADS_KEY, organization: 'l8' });
    const created = await api.selfService('/localleads', { json: { name: 'CI' }, token: key });
    expect(created.status, created.text).toBe(201);
    expect(Object.keys(created.body)).toEqual(['id', 'key', 'name', 'prefix', 'created_at']);
    expect(created.body.key).toMatch(/^ll_[0-9a-f]{64}$/);
    expect(created.body.prefix).toBe(`${created.body.key.slice(0, 13)}…`);
    const list = await api.selfService('/localleads', { token: created.body.key });
    expect(list.body.map((one: { id: number }) => one.id)).toEqual([created.body.id, number]);
    expect(Object.keys(list.body[0])).toEqual([
      'id',
      'name',
      'prefix',
      'is_active',
      'last_used_at',
      'created_at',
    ]);
    expect(
      (await api.selfService(`/localleads/${number}`, { method: 'DELETE', token: created.body.key })).status,
    ).toBe(204);
    expect((await api.selfService('/localleads', { token: key })).status).toBe(401);
  });

  test('a key that revokes itself gets its answer first', async () => {
    const { key, number } = await issueKey(api, { ...LEADS_KEY, organization: 'self' });
    const reply = await api.selfService(`/localleads/${number}`, { method: 'DELETE', token: key });
    expect(reply.status).toBe(204);
    expect((await api.selfService(`/localleads/${number}`, { method: 'DELETE', token: key })).status).toBe(
      401,
    );
  });

  test('L7: at the cap a create is 409, and expired or revoked keys make room', async () => {
    const { key } = await issueKey(api, { ...LEADS_KEY, organization: 'l7' });
    const create = (json: object = { name: 'More' }) => api.selfService('/localleads', { json, token: key });
    const expires_at = new Date(api.clock.nowMs() + 1000).toISOString();
    const { body: second } = await create({ name: 'Short', expires_at });
    const { body: third } = await create();
    expectProblem(await create(), 409, 'active_key_limit_reached');
    api.clock.advance(1000);
    expect((await create()).status).toBe(201);
    expectProblem(await create(), 409, 'active_key_limit_reached');
    await api.selfService(`/localleads/${third.id}`, { method: 'DELETE', token: key });
    expect((await create()).status).toBe(201);
    expect(second.id).not.toBe(third.id);
  });

  test('keys of another organization are 404, for every call and with a session too', async () => {
    const mine = await issueKey(api, { ...LEADS_KEY, organization: 'mine' });
    const theirs = await issueKey(api, { ...LEADS_KEY, organization: 'theirs' });
    const session = await openSession('localleads', 'mine');
    for (const token of [mine.key, session]) {
      for (const [method, path] of [
        ['DELETE', `/${theirs.number}`],
        ['POST', `/${theirs.number}/recycle`],
        ['DELETE', '/999999'],
      ] as const) {
        expectProblem(await api.selfService(`/localleads${path}`, { method, token }), 404, 'key_not_found');
      }
      const list = await api.selfService('/localleads', { token });
      expect(list.body.map((one: { id: number }) => one.id)).toEqual([mine.number]);
    }
    expect((await api.send('/v1/verify', { json: { key: theirs.key } })).body.valid).toBe(true);
  });

  test.each(['/abc', '/0', '/-1', '/1.0', '/01', '/1e3', '/99999999999999999999', '/key_x'])(
    'the id %s, which no key can have, is 404',
    async (path) => {
      const token = await openSession('localleads', 'mine');
      expectProblem(
        await api.selfService(`/localleads${path}`, { method: 'DELETE', token }),
        404,
        'key_not_found',
      );
    },
  );

  test('what is not there is 404 or 405, once the caller is known', async () => {
    const token = await openSession('localleads', 'mine');
    expectProblem(
      await api.selfService('/localleads/1/revoke', { method: 'POST', token }),
      404,
      'route_not_found',
    );
    expectProblem(await api.selfService('/localleads/', { token }), 404, 'route_not_found');
    const reply = await api.selfService('/localleads', { method: 'DELETE', token });
    expectProblem(reply, 405, 'method_not_allowed');
    expect(reply.headers['allow']).toBe('GET, HEAD, POST');
    const other = await api.selfService('/localleads/1', { method: 'PUT', json: {}, token });
    expect(other.headers['allow']).toBe('DELETE');
    expect((await api.selfService('/localleads/1/revoke', { method: 'POST' })).status).toBe(401);
  });

  test('HEAD of the list is GET without its body', async () => {
    const token = await openSession('localleads', 'mine');
    const reply = await api.selfService('/localleads', { method: 'HEAD', token });
    expect([reply.status, reply.text]).toEqual([200, '']);
  });

  test('recycling takes no Idempotency-Key', async () => {
    const token = await openSession('localleads', 'mine');
    const headers = { 'idempotency-key': 'order-9' };
    const reply = await api.selfService('/localleads/1/recycle', { method: 'POST', token, headers });
    expectProblem(reply, 400, 'invalid_request');
  });

  test("every 401 has the keyspace's own body, and the same bytes whatever the cause", async () => {
    const revoked = await issueKey(api, { ...LEADS_KEY, organization: 'revoked' });
    await api.send(`/v1/keys/${revoked.id}/revoke`, { method: 'POST' });
    const foreignSession = await openSession('esms-africa', 'mine');
    const session = await openSession('localleads', 'suspended');
    await api.send('/v1/organizations/suspended', { method: 'PATCH', json: { suspended: true } });
    const forged = `${session.slice(0, -4)}AAAA`;
    const tokens = [revoked.key, foreignSession, session, forged, 'khps_', 'nonsense', api.token];
    const replies = await Promise.all(tokens.map((token) => api.selfService('/localleads', { token })));
    const missing = await api.selfService('/localleads');
    const shown = replies.map(({ status, text, headers }) => ({
      status,
      text,
      ...headers,
      date: '',
      'keyhold-request-id': '',
    }));
    for (const one of shown) expect(one).toEqual(shown[0]);
    for (const { status, text } of [...replies, missing]) {
      expect([status, text]).toEqual([
        401,
        '{"statusCode":401,"error":"Unauthorized","message":"Invalid or expired token"}',
      ]);
    }
    expect(missing.headers['www-authenticate']).toBe('Bearer realm="localleads"');
  });

  test('a session token that was never given costs no call to the store', async () => {
    const session = await openSession('localleads', 'mine');
    const before = api.store.calls();
    for (let i = 0; i < 50; i++) {
      const forged = session.slice(0, -10) + String(i).padStart(10, 'A');
      expect((await api.selfService('/localleads', { token: forged })).status).toBe(401);
    }
    expect(api.store.calls()).toBe(before);
  });

  test('a session token has one spelling: no other last character stands for the same bits', async () => {
    const session = await openSession('localleads', 'mine');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const accepted: string[] = [];
    for (const last of alphabet) {
      const token = session.slice(0, -1) + last;
      if ((await api.selfService('/localleads', { token })).status === 200) accepted.push(token);
    }
    expect(accepted).toEqual([session]);
  });

  test('a list past one page has a Link to the next, which ends', async () => {
    const token = await openSession('esms-africa', 'many');
    const json = { name: 'One of many', environment: 'test', scopes: 'query' };
    for (let i = 0; i < 5; i++) await api.selfService('/esms-africa', { json, token });
    const ids: number[] = [];
    let path: string | undefined = '/esms-africa?limit=2';
    while (path !== undefined) {
      const reply: Reply = await api.selfService(path, { token });
      expect(reply.status, reply.text).toBe(200);
      ids.push(...reply.body.map((one: { id: number }) => one.id));
      path = /^<([^>]+)>; rel="next"$/.exec(String(reply.headers['link'] ?? ''))?.[1];
    }
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
    expect(new Set(ids).size).toBe(5);
    for (const query of ['limit=0', 'limit=101', 'cursor=x', 'page=2', 'limit=2&limit=3']) {
      expect((await api.selfService(`/esms-africa?${query}`, { token })).status).toBe(400);
    }
  });
});

describe('a keyspace with a header and errors of its own', () => {
  let key = '';
  beforeAll(async () => {
    ({ key } = await issueKey(api, {
      keyspace: 'own-errors',
      environment: undefined,
      scopes: undefined,
      organization: 'own',
    }));
  });
  const send = (options: Send) =>
    api.selfService('/own-errors', { ...options, headers: { 'x-api-key': key, ...options.headers } });

  test('its keys stand in its header, a session in Authorization', async () => {
    expect((await send({})).status).toBe(200);
    const token = await openSession('own-errors', 'own');
    expect((await api.selfService('/own-errors', { token })).status).toBe(200);
    expect((await api.selfService('/own-errors', { token: key })).status).toBe(401);
  });

  test('its bodies answer for bad credentials and bad requests; news keeps its code', async () => {
    expect((await api.selfService('/own-errors')).text).toBe('{"ok":false,"why":"auth"}');
    const bad = [
      await send({ json: { name: '' } }),
      await send({ json: { name: 'x', nope: 1 } }),
      await send({ raw: '{', headers: { 'content-type': 'application/json' } }),
      await send({ raw: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
      await send({ raw: Buffer.alloc(70_000), headers: { 'content-type': 'application/json' } }),
    ];
    expect(bad.map(({ status }) => status)).toEqual([422, 400, 400, 415, 413]);
    for (const { text, headers } of bad) {
      expect(text).toBe('{"ok":false,"why":"request"}');
      expect(headers['content-type']).toBe('application/json');
    }
    expectProblem(await send({ json: { name: 'Second' } }), 409, 'active_key_limit_reached');
  });

  test('without a lease its unavailable body answers, with Retry-After', async () => {
    const other = await startTestApi({ definitions: [OWN_ERRORS], keysMayManage: () => true });
    other.loseLease();
    const reply = await other.selfService('/own-errors', { headers: { 'x-api-key': key } });
    expect([reply.status, reply.text, reply.headers['retry-after']]).toEqual([
      503,
      '{"ok":false,"why":"later"}',
      '1',
    ]);
    await other.close();
  });
});
