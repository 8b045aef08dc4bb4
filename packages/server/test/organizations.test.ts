import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueKey, LEADS_KEY, startTestApi, type TestApi } from './_api.ts';
import { describeProtectedRoute, expectAnswer, expectProblem } from './_protected-route.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

async function verify(key: string) {
  return (await api.send('/v1/verify', { json: { key } })).body;
}

describe('createOrganization', () => {
  test('an organization has the id its caller chose, or one that is made', async () => {
    const json = { id: 'Acme.1:x_y-z', name: ' Acme ', features: ['a', 'b', 'a'], tags: ['vip'] };
    const reply = await api.send('/v1/organizations', { json });
    expectAnswer(reply, 'createOrganization', 201);
    expect(reply.body).toMatchObject({
      id: 'Acme.1:x_y-z',
      name: 'Acme',
      features: ['a', 'b'],
      suspended: false,
    });
    const made = await api.send('/v1/organizations', { json: { name: 'Other' } });
    expect(made.body.id).toMatch(/^org_[0-9a-z]{26}$/);
    const read = await api.send(`/v1/organizations/${made.body.id}`);
    expectAnswer(read, 'getOrganization', 200);
    expect(read.body).toEqual(made.body);
  });

  test('an id that is taken is 409, that of the operators too, and a replay is no second one', async () => {
    const json = { id: 'taken', name: 'Taken' };
    const headers = { 'idempotency-key': 'org-1' };
    const first = await api.send('/v1/organizations', { json, headers });
    expect((await api.send('/v1/organizations', { json, headers })).body).toEqual(first.body);
    expectProblem(await api.send('/v1/organizations', { json }), 409, 'organization_exists');
    expectProblem(
      await api.send('/v1/organizations', { json: { ...json, id: 'keyhold' } }),
      409,
      'organization_exists',
    );
  });

  test('every field at fault is told at once', async () => {
    const json = { id: 'a b', name: '\u0007', features: ['ok', 'not ok'], suspended: 'yes' };
    const reply = await api.send('/v1/organizations', { json });
    expectProblem(reply, 422, 'validation_failed');
    const pointers = reply.body.errors.map((error: { pointer: string }) => error.pointer);
    expect(pointers.toSorted()).toEqual(['/features/1', '/id', '/name', '/suspended']);
  });

  test('ids are compared byte for byte', async () => {
    await api.send('/v1/organizations', { json: { id: 'CASE', name: 'Upper' } });
    expectAnswer(
      await api.send('/v1/organizations', { json: { id: 'case', name: 'Lower' } }),
      'createOrganization',
      201,
    );
    expect((await api.send('/v1/organizations/CASE')).body.name).toBe('Upper');
  });
});

test('listOrganizations pages through every one, and shows no organization of operators', async () => {
  const ids: string[] = [];
  let cursor = '';
  do {
    const reply = await api.send(`/v1/organizations?limit=2${cursor}`);
    expectAnswer(reply, 'listOrganizations', 200);
    ids.push(...reply.body.data.map((one: { id: string }) => one.id));
    cursor = reply.body.next_cursor === null ? '' : `&cursor=${reply.body.next_cursor}`;
  } while (cursor !== '');
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain('taken');
  expect(ids).not.toContain('keyhold');
});

describe('patchOrganization', () => {
  test("a suspended organization's keys are denied when the call has returned, and accepted after it resumes", async () => {
    const key = await issueKey(api, { organization: 'suspended' });
    const path = '/v1/organizations/suspended';
    const reply = await api.send(path, { method: 'PATCH', json: { suspended: true } });
    expectAnswer(reply, 'patchOrganization', 200);
    expect(await verify(key.key)).toEqual({ valid: false, reason: 'organization_suspended' });
    await api.send(path, { method: 'PATCH', json: { suspended: false } });
    expect(await verify(key.key)).toMatchObject({ valid: true });
  });

  test('a feature that its keyspace demands denies the keys when it is off', async () => {
    const fields = {
      keyspace: 'local-esim',
      environment: 'production',
      scopes: undefined,
      organization: 'esim',
    };
    const key = await issueKey(api, fields);
    expect(await verify(key.key)).toMatchObject({ valid: true });
    await api.send('/v1/organizations/esim', { method: 'PATCH', json: { features: [] } });
    expect(await verify(key.key)).toEqual({ valid: false, reason: 'feature_off' });
  });

  test('a token that is limited to some keyspaces creates, and neither suspends nor gives features', async () => {
    const token = await api.createToken(['organizations:write'], ['localleads']);
    const create = (json: object) => api.send('/v1/organizations', { json: { name: 'New', ...json }, token });
    expectAnswer(await create({ tags: ['new'] }), 'createOrganization', 201);
    expectProblem(await create({ suspended: true }), 403, 'keyspace_not_permitted');
    expectProblem(await create({ features: ['partner-api'] }), 403, 'keyspace_not_permitted');
  });

  test('a token that is limited to some keyspaces renames, and neither suspends nor changes features', async () => {
    const token = await api.createToken(['organizations:write'], ['localleads']);
    const patch = (json: object) => api.send('/v1/organizations/taken', { method: 'PATCH', json, token });
    expectAnswer(await patch({ name: 'Renamed' }), 'patchOrganization', 200);
    expectProblem(await patch({ suspended: true }), 403, 'keyspace_not_permitted');
    expectProblem(await patch({ features: [] }), 403, 'keyspace_not_permitted');
  });

  test('what is not there is 404', async () => {
    const reply = await api.send('/v1/organizations/nobody', { method: 'PATCH', json: { name: 'X' } });
    expectProblem(reply, 404, 'organization_not_found');
    expectProblem(await api.send('/v1/organizations/nobody'), 404, 'organization_not_found');
    expectProblem(await api.send('/v1/organizations/keyhold'), 404, 'organization_not_found');
  });
});

describe('revokeOrganizationKeys', () => {
  test('all keys of an organization stop at once, in one keyspace or in all, and the rows follow', async () => {
    const leads = await issueKey(api, { ...LEADS_KEY, organization: 'leaving' });
    const sms = [
      await issueKey(api, { organization: 'leaving' }),
      await issueKey(api, { organization: 'leaving' }),
    ];
    const one = await api.send('/v1/organizations/leaving/revoke-keys', {
      json: { keyspace: 'esms-africa' },
    });
    expectAnswer(one, 'revokeOrganizationKeys', 200);
    expect(one.body).toMatchObject({ organization: 'leaving', revoked_count: 2 });
    for (const key of sms) expect(await verify(key.key)).toEqual({ valid: false, reason: 'revoked' });
    expect(await verify(leads.key)).toMatchObject({ valid: true });
    expect((await api.send(`/v1/keys/${sms[0].id}`)).body.state).toBe('revoked');

    const rest = await api.send('/v1/organizations/leaving/revoke-keys', { method: 'POST' });
    expect(rest.body.revoked_count).toBe(1);
    expect(await verify(leads.key)).toEqual({ valid: false, reason: 'revoked' });
    const again = await api.send('/v1/organizations/leaving/revoke-keys', { json: { reason: 'twice' } });
    expect(again.body).toMatchObject({ revoked_count: 0 });
    const later = await issueKey(api, { organization: 'leaving' });
    expect(await verify(later.key)).toMatchObject({ valid: true });
  });

  test('a limited token revokes in its own keyspace only', async () => {
    const token = await api.createToken(['keys:write'], ['localleads']);
    const revoke = (json: object) => api.send('/v1/organizations/leaving/revoke-keys', { json, token });
    expectProblem(await revoke({}), 403, 'keyspace_not_permitted');
    expectProblem(await revoke({ keyspace: 'esms-africa' }), 403, 'keyspace_not_permitted');
    expectAnswer(await revoke({ keyspace: 'localleads' }), 'revokeOrganizationKeys', 200);
  });

  test('what is not there is 404', async () => {
    const revoke = (id: string, json: object) => api.send(`/v1/organizations/${id}/revoke-keys`, { json });
    expectProblem(await revoke('nobody', {}), 404, 'organization_not_found');
    expectProblem(await revoke('leaving', { keyspace: 'nope' }), 404, 'keyspace_not_found');
  });
});

describe('protection', () => {
  let created = 0;
  const get = { path: '/v1/organizations/taken' };
  describeProtectedRoute(
    () => api,
    'createOrganization',
    () => ({
      path: '/v1/organizations',
      json: { id: `made-${++created}`, name: 'Made' },
    }),
  );
  describeProtectedRoute(
    () => api,
    'listOrganizations',
    () => ({ path: '/v1/organizations' }),
  );
  describeProtectedRoute(
    () => api,
    'getOrganization',
    () => get,
  );
  describeProtectedRoute(
    () => api,
    'patchOrganization',
    () => ({ ...get, json: { name: 'Taken' } }),
  );
  describeProtectedRoute(
    () => api,
    'revokeOrganizationKeys',
    () => ({ path: `${get.path}/revoke-keys` }),
  );
});
