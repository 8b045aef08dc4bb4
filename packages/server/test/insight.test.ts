import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAuditEventRoutes } from '../src/management/audit-event-routes.ts';
import { issueKey, startTestApi, type TestApi } from './_api.ts';
import { describeProtectedRoute, expectAnswer, expectProblem } from './_protected-route.ts';

const DAY_MS = 86_400_000;
const OF_LEADS = { keyspace: 'localleads', environment: undefined, scopes: undefined };

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

async function verify(key: unknown, fields: object = {}) {
  return (await api.send('/v1/verify', { json: { key, ...fields } })).body;
}

describe('listKeyspaces', () => {
  test('a keyspace is shown as it is configured, with how many keys it has', async () => {
    const { id } = await issueKey(api, { organization: 'spaces' });
    await api.send(`/v1/keys/${id}/revoke`, { method: 'POST' });
    const reply = await api.send('/v1/keyspaces');
    expectAnswer(reply, 'listKeyspaces', 200);
    const [esms, leads] = reply.body.data;
    expect(esms).toMatchObject({
      id: 'esms-africa',
      environments: ['live', 'test'],
      format: 'esms_{environment}_{random:base36:32}',
      recycle: { max_grace_seconds: 3_600 },
      gateway: null,
    });
    expect(esms.scopes.send).toEqual(['POST /api/messages/send', 'POST /api/messages/send-bulk']);
    expect(esms.keys.total.value - esms.keys.active.value).toBeGreaterThanOrEqual(1);
    expect(leads).toMatchObject({ scopes: null, limits: { active_keys_per_organization: 3 } });
  });

  test('a token that is limited to some keyspaces sees those', async () => {
    const token = await api.createToken(['keys:read'], ['localleads']);
    const reply = await api.send('/v1/keyspaces', { token });
    expect(reply.body.data.map(({ id }: { id: string }) => id)).toEqual(['localleads']);
  });

  describeProtectedRoute(
    () => api,
    'listKeyspaces',
    () => ({ path: '/v1/keyspaces' }),
  );
});

describe('getOverview', () => {
  test('keys are counted by state and by what is unsafe about them, within reach of the token', async () => {
    const token = await api.createToken(['keys:read'], ['localleads']);
    const count = async () => {
      const reply = await api.send('/v1/overview', { token });
      expectAnswer(reply, 'getOverview', 200);
      return reply.body;
    };
    const before = await count();
    const issue = (fields: object = {}) => issueKey(api, { ...OF_LEADS, organization: 'counted', ...fields });
    const [used, disabled] = [await issue(), await issue()];
    await issue({ expires_at: new Date(api.clock.nowMs() + DAY_MS).toISOString() });
    await api.send(`/v1/keys/${disabled.id}/disable`, { method: 'POST' });
    await verify(used.key);
    await api.usage.flush();
    const after = await count();
    const grown = (path: (body: typeof before) => { value: number }) =>
      path(after).value - path(before).value;
    expect(grown(({ keys }) => keys.active)).toBe(3);
    expect(grown(({ keys }) => keys.disabled)).toBe(1);
    expect(grown(({ safety }) => safety.never_expires)).toBe(2);
    expect(grown(({ safety }) => safety.expiring_soon)).toBe(1);
    expect(grown(({ safety }) => safety.never_used)).toBe(2);
    expect(after.nodes).toBe(1);
  });

  describeProtectedRoute(
    () => api,
    'getOverview',
    () => ({ path: '/v1/overview' }),
  );
});

describe('getKeyActivity', () => {
  test('it says where a key was last used from and why it was refused, which only the operator learns', async () => {
    const { id, key } = await issueKey(api, { organization: 'active', scopes: ['query'] });
    await verify(key, { client_ip: '203.0.113.7', operation: 'GET /api/messages' });
    await verify(key, { client_ip: '203.0.113.8', operation: 'POST /api/messages/send' });
    await api.send(`/v1/keys/${id}/disable`, { method: 'POST' });
    for (let i = 0; i < 3; i++) await verify(key, { client_ip: '2001:db8::1' });
    await api.usage.flush();
    const reply = await api.send(`/v1/keys/${id}/activity`);
    expectAnswer(reply, 'getKeyActivity', 200);
    expect(reply.body.last_used.address).toBe('203.0.113.7');
    const byReason = Object.fromEntries(
      reply.body.refusals.map((refusal: { reason: string }) => [refusal.reason, refusal]),
    );
    expect(byReason).toMatchObject({
      disabled: { count: 3, address: '2001:db8::1', operation: null },
      insufficient_scope: { count: 1, address: '203.0.113.8', operation: 'POST /api/messages/send' },
    });
    const limited = await api.createToken(['keys:read'], ['localleads']);
    expectProblem(await api.send(`/v1/keys/${id}/activity`, { token: limited }), 404, 'key_not_found');
  });

  test('a key that nobody used says so', async () => {
    const { id } = await issueKey(api, { organization: 'active' });
    const reply = await api.send(`/v1/keys/${id}/activity`);
    expect(reply.body).toEqual({ key_id: id, last_used: null, refusals: [] });
  });
});

describe('listVerdicts', () => {
  test('verdicts are told while somebody looks on, without the key that was presented', async () => {
    const { id, key } = await issueKey(api, { organization: 'watched' });
    const first = await api.send('/v1/verdicts');
    expectAnswer(first, 'listVerdicts', 200);
    await verify(key, { client_ip: '203.0.113.9' });
    await verify(`${String(key).slice(0, -1)}!`);
    await api.usage.flush();
    const after = `after=${first.body.next_after}`;
    const reply = await api.send(`/v1/verdicts?${after}`);
    expectAnswer(reply, 'listVerdicts', 200);
    expect(reply.body.data).toMatchObject([
      { face: 'verify', key_id: id, organization: 'watched', outcome: 'accepted', address: '203.0.113.9' },
      { face: 'verify', key_id: null, outcome: 'denied' },
    ]);
    expect(reply.body.sampled).toBe(false);
    expect(reply.text).not.toContain(String(key));
    const ofKey = await api.send(`/v1/verdicts?${after}&key=${id}&outcome=denied`);
    expect(ofKey.body.data).toEqual([]);
    const limited = await api.createToken(['audit:read'], ['localleads']);
    expect((await api.send(`/v1/verdicts?${after}`, { token: limited })).body.data).toEqual([]);
    expectProblem(
      await api.send('/v1/verdicts?keyspace=esms-africa', { token: limited }),
      403,
      'keyspace_not_permitted',
    );
  });

  describeProtectedRoute(
    () => api,
    'listVerdicts',
    () => ({ path: '/v1/verdicts' }),
  );
});

describe('bulkChangeKeys', () => {
  const bulk = (json: object, token = api.token) => api.send('/v1/keys/bulk', { json, token });

  test('several keys are revoked in one call, and none of them is accepted when it returns', async () => {
    const keys = [];
    for (let i = 0; i < 3; i++) keys.push(await issueKey(api, { organization: 'bulk' }));
    const ids = [...keys.map(({ id }) => id), 'key_nonsense'];
    const reply = await bulk({ action: 'revoke', ids, expected_count: 4, reason: 'leak' });
    expectAnswer(reply, 'bulkChangeKeys', 200);
    expect(reply.body.done).toBe(3);
    expect(reply.body.outcomes.at(-1)).toEqual({
      id: 'key_nonsense',
      status: 'refused',
      code: 'key_not_found',
    });
    for (const { key } of keys) expect(await verify(key)).toEqual({ valid: false, reason: 'revoked' });
    const again = await bulk({ action: 'enable', ids: [ids[0], ids[0]], expected_count: 1 });
    expect(again.body.outcomes).toEqual([{ id: ids[0], status: 'refused', code: 'key_revoked' }]);
  });

  test('a count that is not how many keys are named is refused, and nothing is done', async () => {
    const { id, key } = await issueKey(api, { organization: 'bulk' });
    const reply = await bulk({ action: 'revoke', ids: [id], expected_count: 2 });
    expectProblem(reply, 422, 'validation_failed');
    expect(reply.body.errors[0].pointer).toBe('/expected_count');
    expect((await verify(key)).valid).toBe(true);
  });

  test('a key out of reach is not there', async () => {
    const { id, key } = await issueKey(api, { organization: 'bulk' });
    const token = await api.createToken(['keys:write'], ['localleads']);
    const reply = await bulk({ action: 'revoke', ids: [id], expected_count: 1 }, token);
    expect(reply.body.outcomes).toEqual([{ id, status: 'refused', code: 'key_not_found' }]);
    expect((await verify(key)).valid).toBe(true);
  });

  describeProtectedRoute(
    () => api,
    'bulkChangeKeys',
    () => ({
      path: '/v1/keys/bulk',
      json: { action: 'enable', ids: ['key_nonsense'], expected_count: 1 },
    }),
  );
});

describe('listKeys', () => {
  test('search, safety and order go through, and a cursor is good for its own list only', async () => {
    for (const name of ['Searched b', 'searched a', 'SEARCHED c'])
      await issueKey(api, { organization: 'found', name });
    const names = async (query: string) => {
      const reply = await api.send(`/v1/keys?organization=found&${query}`);
      expectAnswer(reply, 'listKeys', 200);
      return reply.body.data.map(({ name }: { name: string }) => name);
    };
    expect(await names('search=%20SEARCHED%20&sort=name')).toEqual([
      'searched a',
      'Searched b',
      'SEARCHED c',
    ]);
    expect(await names('sort=-name&safety=never_used')).toEqual(['SEARCHED c', 'Searched b', 'searched a']);
    expect(await names('safety=expiring_soon')).toEqual([]);
    const page = await api.send('/v1/keys?organization=found&sort=name&limit=1');
    const { next_cursor: cursor } = page.body;
    expectProblem(await api.send(`/v1/keys?organization=found&cursor=${cursor}`), 400, 'invalid_cursor');
    for (const wrong of ['sort=size', 'safety=none', `search=${'x'.repeat(101)}`, 'search=a%00'])
      expectProblem(await api.send(`/v1/keys?${wrong}`), 400, 'invalid_request');
  });
});

describe('exportAuditEvents', () => {
  test('everything that matches goes out, as lines of JSON or as CSV, newest first', async () => {
    const from = new Date(api.clock.nowMs() + 1_000).toISOString();
    api.clock.advance(2_000);
    const { id } = await issueKey(api, { organization: 'exported', name: 'a "quoted", name' });
    await api.send(`/v1/keys/${id}/revoke`, { json: { reason: '=1+1' } });
    const list = await api.send(`/v1/audit-events?from=${from}`);
    const lines = await api.send(`/v1/audit-events/export?from=${from}`);
    expect(lines.headers['content-type']).toBe('application/jsonl');
    expect(lines.headers['cache-control']).toBe('no-store');
    expect(
      lines.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(list.body.data);
    const csv = await api.send(`/v1/audit-events/export?subject=${id}&format=csv`);
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(csv.headers['content-disposition']).toBe('attachment; filename="audit-events.csv"');
    const [names, revoke, issue, rest] = csv.text.split('\r\n');
    expect(names).toBe(
      'id,at,action,actor_kind,actor_id,actor_name,subject_kind,subject_id,subject_name,keyspace,organization,request_id,source_address,details',
    );
    expect(revoke).toContain(',key.revoke,operator,');
    expect(issue).toContain('""a \\""quoted\\"", name""');
    expect(rest).toBe('');
  });

  test('a token that is limited to some keyspaces exports what it may list', async () => {
    await issueKey(api, { ...OF_LEADS, organization: 'limited' });
    const token = await api.createToken(['audit:read'], ['localleads']);
    const reply = await api.send('/v1/audit-events/export', { token });
    const keyspaces = reply.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).keyspace);
    expect(new Set(keyspaces)).toEqual(new Set(['localleads']));
    for (const path of ['/v1/audit-events/export?from=now', '/v1/audit-events?to=2026-02-30T00:00:00Z'])
      expectProblem(await api.send(path), 400, 'invalid_request');
  });

  test('events are read as they are taken, and not further when the client leaves', async () => {
    let pages = 0;
    const [event] = (await api.store.listAuditEvents({ limit: 1 })).data;
    const store = {
      async listAuditEvents() {
        pages++;
        return { data: [event!], next: String(pages) };
      },
    };
    const { exportAuditEvents } = createAuditEventRoutes({ store });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the route reads
    const call = { operator: { keyspaces: null }, query: { format: 'jsonl' } } as never;
    const { content } = await exportAuditEvents.handle(call);
    const chunks = content!.chunks[Symbol.asyncIterator]();
    expect(pages).toBe(0);
    await chunks.next();
    await chunks.next();
    expect(pages).toBe(2);
    await chunks.return?.();
    expect((await chunks.next()).done).toBe(true);
    expect(pages).toBe(2);
  });

  describeProtectedRoute(
    () => api,
    'exportAuditEvents',
    () => ({ path: '/v1/audit-events/export' }),
  );
});
