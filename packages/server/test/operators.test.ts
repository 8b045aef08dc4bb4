import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueKey, startTestApi, type TestApi } from './_api.ts';
import { describeProtectedRoute, expectAnswer, expectProblem } from './_protected-route.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

describe('createOperator', () => {
  test('a token is shown once and works when the call has returned', async () => {
    const json = { name: 'Gateway', scopes: ['keys:read', 'verify', 'verify'], keyspaces: ['localleads'] };
    const reply = await api.send('/v1/operators', { json });
    expectAnswer(reply, 'createOperator', 201);
    expect(reply.body).toMatchObject({
      scopes: ['verify', 'keys:read'],
      keyspaces: ['localleads'],
      revoked_at: null,
    });
    expect(reply.body.token).toMatch(/^khop_[A-Za-z0-9]{49}$/);
    expect((await api.send('/v1/keys', { token: reply.body.token })).status).toBe(200);
    const list = await api.send('/v1/operators');
    expectAnswer(list, 'listOperators', 200);
    expect(list.text).not.toContain(reply.body.token);
  });

  test('a repeat with the same Idempotency-Key never shows the token again', async () => {
    const request = { json: { name: 'Once', scopes: ['verify'] }, headers: { 'idempotency-key': 'op-1' } };
    const first = await api.send('/v1/operators', request);
    const second = await api.send('/v1/operators', request);
    expect(second.body).toEqual({ ...first.body, token: null });
  });

  test('nobody grants more than they hold', async () => {
    const token = await api.createToken(['operators:write', 'verify'], ['localleads']);
    const create = (json: object) => api.send('/v1/operators', { json: { name: 'More', ...json }, token });
    expectProblem(
      await create({ scopes: ['keys:write'], keyspaces: ['localleads'] }),
      403,
      'grant_exceeds_own',
    );
    expectProblem(await create({ scopes: ['verify'] }), 403, 'grant_exceeds_own');
    expectProblem(await create({ scopes: ['verify'], keyspaces: ['esms-africa'] }), 403, 'grant_exceeds_own');
    expect((await create({ scopes: ['verify'], keyspaces: ['localleads'] })).status).toBe(201);
  });

  test('every field at fault is told at once', async () => {
    const json = {
      name: '',
      scopes: ['everything'],
      keyspaces: ['localleads', 'keyhold'],
      expires_at: '2020-01-01T00:00:00Z',
    };
    const reply = await api.send('/v1/operators', { json });
    expectProblem(reply, 422, 'validation_failed');
    const pointers = reply.body.errors.map((error: { pointer: string }) => error.pointer);
    expect(pointers.toSorted()).toEqual(['/expires_at', '/keyspaces/1', '/name', '/scopes/0']);
    expectProblem(
      await api.send('/v1/operators', { json: { name: 'X', scopes: [] } }),
      422,
      'validation_failed',
    );
  });

  test('a token stops at its expiry', async () => {
    const expires_at = new Date(api.clock.nowMs() + 60_000).toISOString();
    const { body } = await api.send('/v1/operators', {
      json: { name: 'Short', scopes: ['keys:read'], expires_at },
    });
    expect((await api.send('/v1/keys', { token: body.token })).status).toBe(200);
    api.clock.advance(60_000);
    expectProblem(await api.send('/v1/keys', { token: body.token }), 401, 'unauthenticated');
  });
});

describe('revokeOperator', () => {
  test('a revoked token stops at once, and revoking again changes nothing', async () => {
    const { body } = await api.send('/v1/operators', { json: { name: 'Gone', scopes: ['keys:read'] } });
    const revoke = () => api.send(`/v1/operators/${body.id}/revoke`, { method: 'POST' });
    const reply = await revoke();
    expectAnswer(reply, 'revokeOperator', 200);
    expect(reply.body.revoked_at).not.toBeNull();
    expectProblem(await api.send('/v1/keys', { token: body.token }), 401, 'unauthenticated');
    expect((await revoke()).body).toEqual(reply.body);
  });

  test('the last token that manages operators cannot be revoked', async () => {
    const fresh = await startTestApi();
    const { body } = await fresh.send('/v1/operators');
    const reply = await fresh.send(`/v1/operators/${body.data[0].id}/revoke`, { method: 'POST' });
    expectProblem(reply, 409, 'last_operator');
    await fresh.close();
  });

  test('a limited token neither sees nor revokes who reaches further', async () => {
    const token = await api.createToken(['operators:write'], ['localleads']);
    const all = await api.send('/v1/operators?limit=100');
    const root = all.body.data.at(-1);
    const reply = await api.send(`/v1/operators/${root.id}/revoke`, { method: 'POST', token });
    expectProblem(reply, 403, 'grant_exceeds_own');
    const seen = await api.send('/v1/operators', { token });
    expectAnswer(seen, 'listOperators', 200);
    const reaches = seen.body.data.map((operator: { keyspaces: string[] | null }) => operator.keyspaces);
    expect(new Set(reaches.map(String))).toEqual(new Set(['localleads']));
  });

  test.each(['op_01jtb3v9x8f6s2m4n7q0r5w1yz', 'nobody'])(
    'an operator %s that is not there is 404',
    async (id) => {
      expectProblem(
        await api.send(`/v1/operators/${id}/revoke`, { method: 'POST' }),
        404,
        'operator_not_found',
      );
    },
  );
});

describe('the operator service', () => {
  test('a store has one first operator, made or supplied, whatever is asked later', async () => {
    const supplied = await startTestApi();
    expect(await supplied.operators.bootstrap(null)).toEqual({ token: null, isFirst: false });
    expect(await supplied.operators.bootstrap(api.token)).toEqual({ token: null, isFirst: false });
    expectProblem(await supplied.send('/v1/keys', { token: `${supplied.token}x` }), 401, 'unauthenticated');
    await supplied.close();
  });

  test('a supplied token without the shape of one is refused', async () => {
    await expect(api.operators.bootstrap('secret')).rejects.toMatchObject({ code: 'settings_invalid' });
  });

  test('reset makes a token with every scope although nobody asked who is asking, and the audit log says so', async () => {
    const { token, record } = await api.operators.reset('way back in');
    expect((await api.send('/v1/operators', { token })).status).toBe(200);
    const audit = await api.send(`/v1/audit-events?subject=${record.id}`, { token });
    expectAnswer(audit, 'listAuditEvents', 200);
    expect(audit.body.data).toMatchObject([
      { action: 'operator.create', actor: { kind: 'system', id: 'operators reset' } },
    ]);
  });
});

describe('createPortalSession', () => {
  const session = { keyspace: 'localleads', organization: 'portal' };
  const create = (fields: object, token = api.token) =>
    api.send('/v1/portal-sessions', { json: { ...session, ...fields }, token });
  beforeAll(() => api.send('/v1/organizations', { json: { id: 'portal', name: 'Portal' } }));

  test('a session opens the self-service API for as long as it was asked for', async () => {
    const reply = await create({ expires_in: '15m' });
    expectAnswer(reply, 'createPortalSession', 201);
    expect(Date.parse(reply.body.expires_at)).toBe(api.clock.nowMs() + 15 * 60_000);
    const { token } = reply.body;
    expect((await api.selfService('/localleads', { token })).status).toBe(200);
    api.clock.advance(15 * 60_000);
    expect((await api.selfService('/localleads', { token })).status).toBe(401);
  });

  test('a session is no operator token', async () => {
    const { body } = await create({});
    expectProblem(await api.send('/v1/keys', { token: body.token }), 401, 'unauthenticated');
  });

  test.each(['0s', '25h', 'soon', '-1h', '1y'])('a lifetime of %s is refused', async (expires_in) => {
    expectProblem(await create({ expires_in }), 422, 'validation_failed');
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'http://example.com', '/settings', ''])(
    'a way back to %j is refused: the page makes a link of it',
    async (return_url) => {
      expectProblem(await create({ return_url }), 422, 'validation_failed');
    },
  );

  test('the link leads to the page and carries a code in its fragment, which is not the token', async () => {
    const { body } = await create({
      user: 'Sam Ortiz',
      return_url: 'https://app.example.com/settings',
    });
    expect(body.url).toMatch(/\/portal\/localleads#code=khpl_[0-9a-z]{26}_[\w-]{43}$/);
    expect(body.url).not.toContain(body.token.slice(-43));
    expectProblem(await create({ user: 'a\u0000b' }), 422, 'validation_failed');
  });

  test('what is not there is 404, and what is not permitted 403', async () => {
    expectProblem(await create({ organization: 'nobody' }), 404, 'organization_not_found');
    expectProblem(await create({ keyspace: 'nope' }), 404, 'keyspace_not_found');
    expectProblem(await create({ keyspace: 'keyhold' }), 404, 'keyspace_not_found');
    const limited = await api.createToken(['portal:write'], ['esms-africa']);
    expectProblem(await create({}, limited), 403, 'keyspace_not_permitted');
  });
});

describe('listAuditEvents', () => {
  test('who did what to which key, from where, is told', async () => {
    const key = await issueKey(api, { organization: 'audited' });
    const reply = await api.send(`/v1/keys/${key.id}/revoke`, {
      json: { reason: 'leaked' },
      headers: { 'x-forwarded-for': '203.0.113.9' },
    });
    const audit = await api.send(`/v1/audit-events?subject=${key.id}&limit=1`);
    expectAnswer(audit, 'listAuditEvents', 200);
    expect(audit.body.data[0]).toMatchObject({
      action: 'key.revoke',
      actor: { kind: 'operator' },
      subject: { kind: 'key', id: key.id },
      keyspace: 'esms-africa',
      organization: 'audited',
      request_id: reply.headers['keyhold-request-id'],
      source_address: '203.0.113.9',
    });
    expect(audit.text).not.toContain(key.key);
    expect(audit.body.next_cursor).not.toBeNull();
  });

  test('a limited token sees the events of its keyspaces only', async () => {
    const token = await api.createToken(['audit:read'], ['localleads']);
    const { body } = await api.send('/v1/audit-events?limit=1000', { token });
    expect(body.data.every((event: { keyspace: string }) => event.keyspace === 'localleads')).toBe(true);
    expectProblem(
      await api.send('/v1/audit-events?keyspace=esms-africa', { token }),
      403,
      'keyspace_not_permitted',
    );
  });
});

describe('protection', () => {
  let revocable = '';
  beforeAll(async () => {
    const { body } = await api.send('/v1/operators', { json: { name: 'Revocable', scopes: ['verify'] } });
    revocable = body.id;
  });
  const json = { name: 'New', scopes: ['operators:write'] };
  describeProtectedRoute(
    () => api,
    'createOperator',
    () => ({ path: '/v1/operators', json }),
  );
  describeProtectedRoute(
    () => api,
    'listOperators',
    () => ({ path: '/v1/operators' }),
  );
  describeProtectedRoute(
    () => api,
    'revokeOperator',
    () => ({ path: `/v1/operators/${revocable}/revoke` }),
  );
  describeProtectedRoute(
    () => api,
    'listAuditEvents',
    () => ({ path: '/v1/audit-events' }),
  );
  describeProtectedRoute(
    () => api,
    'createPortalSession',
    () => ({
      path: '/v1/portal-sessions',
      json: { keyspace: 'localleads', organization: 'portal' },
    }),
  );
});
