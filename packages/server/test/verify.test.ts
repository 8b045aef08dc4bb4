import { passTimeUntil } from '@keyhold/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueKey, LEADS_KEY, type Send, startTestApi, type TestApi } from './_api.ts';
import { describeProtectedRoute, expectAnswer, expectProblem } from './_protected-route.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

async function verify(fields: object, options: Send = {}) {
  const reply = await api.send('/v1/verify', { json: fields, ...options });
  expectAnswer(reply, 'verify', 200);
  return reply.body;
}

describe('verify: an accepted key', () => {
  test('shows exactly the fields of the contract', async () => {
    const key = await issueKey(api, { expires_at: '2027-01-01T00:00:00Z' });
    const answer = await verify({
      key: key.key,
      keyspace: 'esms-africa',
      operation: 'POST /api/messages/send',
    });
    expect(answer).toEqual({
      valid: true,
      key_id: key.id,
      keyspace: 'esms-africa',
      organization: 'acme',
      environment: 'live',
      scopes: ['send', 'query'],
      name: 'Production server',
      expires_at: '2027-01-01T00:00:00Z',
    });
  });

  test('without environments and scopes they are null and empty', async () => {
    const key = await issueKey(api, LEADS_KEY);
    expect(await verify({ key: key.key })).toMatchObject({ environment: null, scopes: [], expires_at: null });
  });

  test('HEAD needs the scope of GET, and a query is not looked at', async () => {
    const { key } = await issueKey(api);
    for (const operation of ['HEAD /api/messages', 'GET /api/messages?page=2', 'GET /api/messages/12']) {
      expect(await verify({ key, operation })).toMatchObject({ valid: true });
    }
  });
});

describe('verify: each reason', () => {
  const unknown = `esms_live_${'z'.repeat(32)}`;

  test('malformed and unknown keys', async () => {
    for (const key of ['', 'nonsense', `esms_prod_${'z'.repeat(32)}`, 'x'.repeat(5000), 'schlüssel']) {
      expect(await verify({ key })).toEqual({ valid: false, reason: 'malformed' });
    }
    expect(await verify({ key: unknown })).toEqual({ valid: false, reason: 'unknown' });
  });

  test('revoked, disabled and expired', async () => {
    const revoked = await issueKey(api);
    await api.send(`/v1/keys/${revoked.id}/revoke`, { method: 'POST' });
    expect(await verify({ key: revoked.key })).toEqual({ valid: false, reason: 'revoked' });
    const disabled = await issueKey(api);
    await api.send(`/v1/keys/${disabled.id}/disable`, { method: 'POST' });
    expect(await verify({ key: disabled.key })).toEqual({ valid: false, reason: 'disabled' });
    const expiring = await issueKey(api, { expires_at: new Date(api.clock.nowMs() + 1000).toISOString() });
    api.clock.advance(999);
    expect(await verify({ key: expiring.key })).toMatchObject({ valid: true });
    api.clock.advance(1);
    expect(await verify({ key: expiring.key })).toEqual({ valid: false, reason: 'expired' });
  });

  test('a suspended organization, a feature that is off, an environment that is not accepted', async () => {
    const esim = { keyspace: 'local-esim', scopes: undefined, organization: 'esim' };
    const testing = await issueKey(api, { ...esim, environment: 'test' });
    expect(await verify({ key: testing.key })).toEqual({ valid: false, reason: 'environment_not_accepted' });
    const key = await issueKey(api, { ...esim, environment: 'production' });
    await api.send('/v1/organizations/esim', { method: 'PATCH', json: { features: [] } });
    expect(await verify({ key: key.key })).toEqual({ valid: false, reason: 'feature_off' });
    await api.send('/v1/organizations/esim', { method: 'PATCH', json: { suspended: true } });
    expect(await verify({ key: key.key })).toEqual({ valid: false, reason: 'organization_suspended' });
  });

  test('a key of another keyspace', async () => {
    const { key } = await issueKey(api, { ...LEADS_KEY, organization: 'other' });
    const answer = await verify({ key, keyspace: 'esms-africa' });
    expect(answer.valid).toBe(false);
    expect(['wrong_keyspace', 'malformed']).toContain(answer.reason);
  });

  test('an address that is not allowed, or not told', async () => {
    const { key } = await issueKey(api, { allowed_cidrs: ['203.0.113.0/24'] });
    expect(await verify({ key, client_ip: '203.0.113.9' })).toMatchObject({ valid: true });
    expect(await verify({ key, client_ip: '198.51.100.1' })).toEqual({
      valid: false,
      reason: 'address_not_allowed',
    });
    expect(await verify({ key })).toEqual({ valid: false, reason: 'address_not_allowed' });
  });

  test('a scope that the operation or the caller asks for is missing, or no scope lists the operation', async () => {
    const { key } = await issueKey(api);
    const insufficient = { valid: false, reason: 'insufficient_scope' };
    expect(await verify({ key, operation: 'PUT /api/webhooks' })).toEqual(insufficient);
    expect(await verify({ key, operation: 'DELETE /api/messages' })).toEqual(insufficient);
    expect(await verify({ key, scopes: ['send', 'webhooks'] })).toEqual(insufficient);
    expect(await verify({ key, scopes: ['send', 'unheard-of'] })).toEqual(insufficient);
    expect(await verify({ key, scopes: ['send', 'query'] })).toMatchObject({ valid: true });
  });

  test("an operator token is no customer's key: unknown, and not told apart", async () => {
    const answers = [await verify({ key: api.token }), await verify({ key: `${api.token}x` })];
    expect(answers[0]).toEqual({ valid: false, reason: 'unknown' });
    expect(answers[1].valid).toBe(false);
    const reply = await api.send('/v1/verify', { json: { key: api.token, keyspace: 'keyhold' } });
    expectProblem(reply, 404, 'keyspace_not_found');
  });

  test('a caller limited to other keyspaces learns nothing of a key, and its usage is not counted', async () => {
    const good = await issueKey(api, { organization: 'hidden' });
    const revoked = await issueKey(api, { organization: 'hidden' });
    await api.send(`/v1/keys/${revoked.id}/revoke`, { method: 'POST' });
    const token = await api.createToken(['verify'], ['localleads']);
    for (const key of [good.key, revoked.key, unknown]) {
      expect(await verify({ key }, { token })).toEqual({ valid: false, reason: 'unknown' });
      expect(await verify({ key, keyspace: 'esms-africa' }, { token })).toEqual({
        valid: false,
        reason: 'unknown',
      });
    }
    await api.usage.flush();
    expect((await api.send(`/v1/keys/${good.id}`)).body.last_used_at).toBeNull();
  });
});

describe('verify: validation', () => {
  test('min_seq is answered once it is applied, and with 503 when that takes too long', async () => {
    const key = await issueKey(api);
    expect(await verify({ key: key.key, min_seq: key.seq })).toMatchObject({ valid: true });
    const waiting = api.send('/v1/verify', { json: { key: key.key, min_seq: key.seq + 1 } });
    await issueKey(api);
    expect((await waiting).body).toMatchObject({ valid: true });
    const late = api.send('/v1/verify', { json: { key: key.key, min_seq: key.seq + 1_000 } });
    const reply = await passTimeUntil(late, api.clock, 100);
    expectProblem(reply, 503, 'lease_lost');
    expect(reply.headers['retry-after']).toBe('1');
  });

  test('every field at fault is told at once', async () => {
    const json = { key: 7, operation: 'get /x', client_ip: '1.2.3', min_seq: -1, scopes: 'send' };
    const reply = await api.send('/v1/verify', { json });
    expectProblem(reply, 422, 'validation_failed');
    const pointers = reply.body.errors.map((error: { pointer: string }) => error.pointer);
    expect(pointers.toSorted()).toEqual(['/client_ip', '/key', '/min_seq', '/operation', '/scopes']);
  });

  test.each(['GET', 'GET ', 'GET  /x', 'GET x', 'GET //x', 'GET /a/../b', 'GET /%61', '/x', 'G\u0000T /x'])(
    'the operation %j is refused',
    async (operation) => {
      expectProblem(
        await api.send('/v1/verify', { json: { key: 'k', operation } }),
        422,
        'validation_failed',
      );
    },
  );

  test('what is not one strict JSON object is refused before anything is decided', async () => {
    const json = { 'content-type': 'application/json' };
    const send = (raw: string | Buffer, headers: NonNullable<Send['headers']> = json) =>
      api.send('/v1/verify', { raw, headers });
    expectProblem(await send('\ufeff{"key":"x"}'), 400, 'invalid_json');
    expectProblem(await send('{"key":"x","key":"y"}'), 400, 'invalid_json');
    expectProblem(await send('{"key":"x",}'), 400, 'invalid_json');
    expectProblem(await send(''), 400, 'invalid_json');
    expectProblem(await send(`{"key":"x","a":${'['.repeat(20)}`), 400, 'invalid_json');
    expectProblem(await send('{"key":"x","__proto__":{}}'), 400, 'unknown_field');
    expectProblem(await send('{"key":"x","nope":1}'), 400, 'unknown_field');
    expectProblem(await send('[]'), 422, 'validation_failed');
    expectProblem(await send('"x"'), 422, 'validation_failed');
    expectProblem(await send('{"key":"x"}', {}), 415, 'unsupported_media_type');
    expectProblem(await send('{"key":"x"}', { 'content-type': 'text/json' }), 415, 'unsupported_media_type');
    expectProblem(
      await send('{"key":"x"}', { ...json, 'content-encoding': 'gzip' }),
      415,
      'unsupported_media_type',
    );
    const utf8 = { 'content-type': 'Application/JSON; charset="utf-8"' };
    expect((await send('{"key":"x"}', utf8)).status).toBe(200);
  });

  test('64 kB are read and one byte more is 413, declared or not', async () => {
    const head = '{"key":"';
    const full = `${head}${'x'.repeat(64 * 1024 - head.length - 2)}"}`;
    const headers = { 'content-type': 'application/json' };
    expect((await api.send('/v1/verify', { raw: full, headers })).status).toBe(200);
    const declared = await api.send('/v1/verify', { raw: `${full} `, headers });
    expectProblem(declared, 413, 'body_too_large');
    const chunked = { ...headers, 'transfer-encoding': 'chunked' };
    expectProblem(await api.send('/v1/verify', { raw: `${full} `, headers: chunked }), 413, 'body_too_large');
  });

  test('another method is 405 with Allow, a query is refused', async () => {
    const reply = await api.send('/v1/verify');
    expectProblem(reply, 405, 'method_not_allowed');
    expect(reply.headers['allow']).toBe('POST');
    expectProblem(await api.send('/v1/verify?key=x', { json: { key: 'x' } }), 400, 'unknown_field');
  });
});

test('denied keys cost no call to the store', async () => {
  const revoked = await issueKey(api, { organization: 'no-io' });
  await api.send(`/v1/keys/${revoked.id}/revoke`, { method: 'POST' });
  await api.usage.flush();
  const before = api.store.calls();
  for (let i = 0; i < 100; i++) {
    await verify({ key: `esms_live_${String(i).padStart(32, '0')}` });
    await verify({ key: revoked.key });
    await verify({ key: 'malformed' });
  }
  expect(api.store.calls()).toBe(before);
});

test('without a lease nothing is decided: 503 with Retry-After, and readiness says so', async () => {
  const other = await startTestApi();
  const { key } = await issueKey(other);
  other.loseLease();
  for (const path of ['/v1/verify', '/v1/introspect']) {
    const reply = await other.send(path, { json: { key } });
    expectProblem(reply, 503, 'lease_lost');
    expect(reply.headers['retry-after']).toBe('1');
  }
  const denied = await other.send('/v1/authorize/esms-africa', { token: key });
  expect(denied.status).toBe(503);
  expect(denied.headers['retry-after']).toBe('1');
  expect((await other.send('/readyz')).body).toMatchObject({
    status: 'not_ready',
    checks: { lease: false, store: true },
  });
  await other.close();
});

describe('introspect', () => {
  const introspect = (raw: string, options: Send = {}) =>
    api.send('/v1/introspect', {
      raw,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      ...options,
    });

  test('a good key is active, with standard members', async () => {
    const key = await issueKey(api, { expires_at: '2027-01-01T00:00:00.500Z' });
    const reply = await introspect(`token=${key.key}&token_type_hint=access_token`);
    expectAnswer(reply, 'introspect', 200);
    expect(reply.body).toEqual({
      active: true,
      token_type: 'Bearer',
      client_id: key.id,
      sub: 'acme',
      aud: 'esms-africa',
      scope: 'send query',
      exp: Date.UTC(2027, 0, 1) / 1000,
    });
  });

  test('everything else is {"active":false} and nothing more', async () => {
    const revoked = await issueKey(api);
    await api.send(`/v1/keys/${revoked.id}/revoke`, { method: 'POST' });
    const good = await issueKey(api);
    const limited = await api.createToken(['verify'], ['localleads']);
    const replies = [
      await introspect(`token=${revoked.key}`),
      await introspect('token=nonsense'),
      await introspect('token='),
      await introspect(`token=${api.token}`),
      await introspect(`token=${good.key}`, { token: limited }),
    ];
    for (const reply of replies) expect([reply.status, reply.text]).toEqual([200, '{"active":false}']);
  });

  test('a form without one token is refused', async () => {
    expectProblem(await introspect(''), 400, 'invalid_request');
    expectProblem(await introspect('token=a&token=b'), 400, 'invalid_request');
    expectProblem(await api.send('/v1/introspect', { json: { token: 'a' } }), 415, 'unsupported_media_type');
  });
});

describe('protection', () => {
  describeProtectedRoute(
    () => api,
    'verify',
    () => ({ path: '/v1/verify', json: { key: 'x' } }),
  );
  describeProtectedRoute(
    () => api,
    'introspect',
    () => ({
      path: '/v1/introspect',
      raw: 'token=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  );
});
