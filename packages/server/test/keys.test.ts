import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ESMS_KEY, issueKey, LEADS_KEY, startTestApi, type TestApi } from './_api.ts';
import { describeProtectedRoute, expectAnswer, expectProblem, sha256 } from './_protected-route.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await issueKey(api);
});
afterAll(() => api.close());

async function verify(key: string, fields: object = {}) {
  return (await api.send('/v1/verify', { json: { key, ...fields } })).body;
}

function pointersOf(reply: {
  readonly body: { readonly errors?: readonly { pointer: string }[] };
}): readonly string[] {
  return (reply.body.errors ?? []).map((error) => error.pointer);
}

describe('issueKey: success', () => {
  test('an issued key is shown once, with every default filled in, and is accepted when the call has returned', async () => {
    const reply = await api.send('/v1/keys', { json: { ...ESMS_KEY, scopes: ['query', 'send', 'query'] } });
    expectAnswer(reply, 'issueKey', 201);
    expect(reply.body).toMatchObject({
      keyspace: 'esms-africa',
      environment: 'live',
      scopes: ['send', 'query'],
      state: 'active',
      created_at: '2026-05-02T10:00:00Z',
      expires_at: null,
    });
    expect(reply.body.key).toMatch(/^esms_live_[a-z0-9]{32}$/);
    expect(await verify(reply.body.key)).toMatchObject({ valid: true, key_id: reply.body.id });
    const read = await api.send(`/v1/keys/${reply.body.id}`);
    expectAnswer(read, 'getKey', 200);
    expect(read.text).not.toContain(reply.body.key);
  });

  test('a repeat with the same Idempotency-Key answers with the same key and never shows the secret again', async () => {
    const request = { json: ESMS_KEY, headers: { 'idempotency-key': 'order-7' } };
    const first = await api.send('/v1/keys', request);
    const second = await api.send('/v1/keys', request);
    expectAnswer(second, 'issueKey', 201);
    expect(second.body).toEqual({ ...first.body, key: null });
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    const quoted = await api.send('/v1/keys', { ...request, headers: { 'idempotency-key': '"order-7"' } });
    expect(quoted.body.id).toBe(first.body.id);
  });

  test('the same Idempotency-Key with another body is refused, and makes nothing', async () => {
    const headers = { 'idempotency-key': 'order-8' };
    await api.send('/v1/keys', { json: ESMS_KEY, headers });
    const reply = await api.send('/v1/keys', { json: { ...ESMS_KEY, name: 'Another' }, headers });
    expectProblem(reply, 422, 'idempotency_key_reused');
    for (const bad of ['', 'a b', 'x'.repeat(256)]) {
      const refused = await api.send('/v1/keys', { json: ESMS_KEY, headers: { 'idempotency-key': bad } });
      expectProblem(refused, 400, 'invalid_request');
    }
  });
});

describe('issueKey: validation', () => {
  test('every field at fault is told at once, those of the wrong type and those of the wrong value', async () => {
    const reply = await api.send('/v1/keys', {
      json: {
        keyspace: 'esms-africa',
        organization: 'acme',
        name: '\u202e',
        environment: 'staging',
        scopes: ['send', 'nope'],
        expires_at: '2026-02-30T00:00:00Z',
        allowed_cidrs: ['10.0.0.1/8'],
        metadata: 'none',
      },
    });
    expectProblem(reply, 422, 'validation_failed');
    expect(pointersOf(reply).toSorted()).toEqual(
      ['/allowed_cidrs/0', '/environment', '/expires_at', '/metadata', '/name', '/scopes/1'].toSorted(),
    );
  });

  test.each([
    ['scopes left out', { scopes: undefined }, '/scopes'],
    ['no scopes', { scopes: [] }, '/scopes'],
    ['scopes as text', { scopes: 'send,query' }, '/scopes'],
    ['nested scopes', { scopes: [['send']] }, '/scopes/0'],
    ['the environment left out', { environment: undefined }, '/environment'],
    ['a name that is no text', { name: 7 }, '/name'],
    ['the name left out', { name: undefined }, '/name'],
    ['an expiry in the past', { expires_at: '2026-05-02T09:59:59Z' }, '/expires_at'],
    ['an expiry of now', { expires_at: '2026-05-02T10:00:00Z' }, '/expires_at'],
    ['an expiry without a zone', { expires_at: '2027-05-02T10:00:00' }, '/expires_at'],
    ['metadata that is too large', { metadata: { note: 'x'.repeat(5000) } }, '/metadata'],
    ['an organization that cannot be one', { organization: 'a b' }, '/organization'],
  ])('%s is refused', async (_what, fields, pointer) => {
    const reply = await api.send('/v1/keys', { json: { ...ESMS_KEY, ...fields } });
    expectProblem(reply, 422, 'validation_failed');
    expect(pointersOf(reply)).toEqual([pointer]);
  });

  test.each(['NaN', '1e400', '-1', '1.5', '9007199254740993', '"1893456000"', 'true'])(
    'an expiry of %s is refused',
    async (value) => {
      const raw = JSON.stringify(ESMS_KEY).replace(/}$/, `,"expires_at":${value}}`);
      const reply = await api.send('/v1/keys', { raw, headers: { 'content-type': 'application/json' } });
      expectProblem(
        reply,
        value === 'NaN' ? 400 : 422,
        value === 'NaN' ? 'invalid_json' : 'validation_failed',
      );
    },
  );

  test('unknown fields are listed with their pointers', async () => {
    const reply = await api.send('/v1/keys', { json: { ...ESMS_KEY, owner: 'me', admin: true } });
    expectProblem(reply, 400, 'unknown_field');
    expect(pointersOf(reply)).toEqual(['/owner', '/admin']);
  });

  test('what does not exist is 404: keyspace, organization, and the keyspace of operator tokens', async () => {
    expectProblem(
      await api.send('/v1/keys', { json: { ...ESMS_KEY, keyspace: 'nope' } }),
      404,
      'keyspace_not_found',
    );
    expectProblem(
      await api.send('/v1/keys', { json: { ...ESMS_KEY, keyspace: 'keyhold' } }),
      404,
      'keyspace_not_found',
    );
    const nobody = { ...ESMS_KEY, organization: 'nobody' };
    expectProblem(await api.send('/v1/keys', { json: nobody }), 404, 'organization_not_found');
  });

  test('a full organization is 409, and 20 racing calls never pass the cap', async () => {
    await api.send('/v1/organizations', { json: { id: 'capped', name: 'Capped' } });
    const issue = () => api.send('/v1/keys', { json: { ...LEADS_KEY, organization: 'capped', name: 'Key' } });
    const replies = await Promise.all(Array.from({ length: 20 }, issue));
    expect(replies.filter((reply) => reply.status === 201)).toHaveLength(3);
    for (const reply of replies.filter(({ status }) => status !== 201)) {
      expectProblem(reply, 409, 'active_key_limit_reached');
    }
  });
});

describe('listKeys', () => {
  test('pages hold every key once, newest first, and end with a null cursor', async () => {
    await api.send('/v1/organizations', { json: { id: 'paged', name: 'Paged' } });
    for (let i = 0; i < 5; i++) await issueKey(api, { organization: 'paged', name: `Key ${i}` });
    const names: string[] = [];
    let cursor: string | null = null;
    do {
      const suffix: string = cursor === null ? '' : `&cursor=${cursor}`;
      const reply = await api.send(`/v1/keys?organization=paged&limit=2${suffix}`);
      expectAnswer(reply, 'listKeys', 200);
      names.push(...reply.body.data.map((key: { name: string }) => key.name));
      cursor = reply.body.next_cursor;
    } while (cursor !== null);
    expect(names).toEqual(['Key 4', 'Key 3', 'Key 2', 'Key 1', 'Key 0']);
  });

  test("a cursor of other filters, of another operator's view, or made up is refused", async () => {
    const { body } = await api.send('/v1/keys?organization=paged&limit=2');
    const cursor: string = body.next_cursor;
    expectProblem(await api.send(`/v1/keys?limit=2&cursor=${cursor}`), 400, 'invalid_cursor');
    expectProblem(await api.send('/v1/keys?cursor=MTA'), 400, 'invalid_cursor');
    const token = await api.createToken(['keys:read'], ['esms-africa']);
    const foreign = await api.send(`/v1/keys?organization=paged&limit=2&cursor=${cursor}`, { token });
    expectProblem(foreign, 400, 'invalid_cursor');
  });

  test.each([
    'limit=0',
    'limit=1001',
    'limit=-1',
    'limit=1e9',
    'limit=1.5',
    'limit=',
    'limit=1&limit=2',
    'state=gone',
  ])('?%s is refused', async (query) => {
    const reply = await api.send(`/v1/keys?${query}`);
    expectProblem(reply, 400, 'invalid_request');
    expect(pointersOf(reply)).toEqual([`?${query.split('=')[0]}`]);
  });

  test('an unknown parameter is refused, and so is any where none is known', async () => {
    const reply = await api.send('/v1/keys?organisation=acme');
    expectProblem(reply, 400, 'unknown_field');
    expect(pointersOf(reply)).toEqual(['?organisation']);
    expectProblem(await api.send('/v1/keys/key_x?expand=1'), 400, 'unknown_field');
  });

  test('a filter by state shows a key in the state it has now', async () => {
    const active = await issueKey(api, { organization: 'stated', expires_at: '2026-05-02T10:30:00Z' });
    const disabled = await issueKey(api, { organization: 'stated' });
    await api.send(`/v1/keys/${disabled.id}/disable`, { method: 'POST' });
    const revoked = await issueKey(api, { organization: 'stated' });
    await api.send(`/v1/keys/${revoked.id}/revoke`, { method: 'POST' });
    const list = async (state: string) => {
      const reply = await api.send(`/v1/keys?organization=stated&state=${state}`);
      return reply.body.data.map((key: { id: string; state: string }) => [key.id, key.state]);
    };
    expect(await list('revoked')).toEqual([[revoked.id, 'revoked']]);
    expect(await list('disabled')).toEqual([[disabled.id, 'disabled']]);
    expect(await list('active')).toEqual([
      [disabled.id, 'disabled'],
      [active.id, 'active'],
    ]);
  });
});

describe('patchKey', () => {
  test('fewer scopes and an earlier expiry hold when the call has returned', async () => {
    const key = await issueKey(api);
    const sending = { operation: 'POST /api/messages/send' };
    expect(await verify(key.key, sending)).toMatchObject({ valid: true });
    const reply = await api.send(`/v1/keys/${key.id}`, {
      method: 'PATCH',
      json: { scopes: ['query'], name: ' Renamed ' },
    });
    expectAnswer(reply, 'patchKey', 200);
    expect(reply.body).toMatchObject({ name: 'Renamed', scopes: ['query'] });
    expect(reply.body.seq).toBeGreaterThan(key.seq);
    expect(await verify(key.key, sending)).toEqual({ valid: false, reason: 'insufficient_scope' });
  });

  test('an expiry is set and taken away with null, other fields stay', async () => {
    const key = await issueKey(api);
    const set = await api.send(`/v1/keys/${key.id}`, {
      method: 'PATCH',
      json: { expires_at: '2027-01-01T00:00:00+02:00' },
    });
    expect(set.body).toMatchObject({ expires_at: '2026-12-31T22:00:00Z', name: key.name });
    const unset = await api.send(`/v1/keys/${key.id}`, { method: 'PATCH', json: { expires_at: null } });
    expect(unset.body.expires_at).toBeNull();
  });

  test('every field at fault is told at once, and a revoked key is not changed', async () => {
    const key = await issueKey(api);
    const wrong = { name: 7, scopes: ['nope'], allowed_cidrs: ['::1/999'] };
    const reply = await api.send(`/v1/keys/${key.id}`, { method: 'PATCH', json: wrong });
    expectProblem(reply, 422, 'validation_failed');
    expect(pointersOf(reply)).toEqual(['/name', '/scopes/0', '/allowed_cidrs/0']);
    await api.send(`/v1/keys/${key.id}/revoke`, { method: 'POST' });
    const late = await api.send(`/v1/keys/${key.id}`, { method: 'PATCH', json: { name: 'Late' } });
    expectProblem(late, 409, 'key_revoked');
  });

  test('the environment cannot be changed', async () => {
    const key = await issueKey(api);
    const reply = await api.send(`/v1/keys/${key.id}`, { method: 'PATCH', json: { environment: 'test' } });
    expectProblem(reply, 400, 'unknown_field');
  });
});

describe('recycleKey', () => {
  test("a recycled key's old secret stops at once and the new one works", async () => {
    const key = await issueKey(api);
    const reply = await api.send(`/v1/keys/${key.id}/recycle`, { method: 'POST' });
    expectAnswer(reply, 'recycleKey', 200);
    expect(reply.body).toMatchObject({ id: key.id, number: key.number, name: key.name, generation: 2 });
    expect(await verify(key.key)).toEqual({ valid: false, reason: 'revoked' });
    expect(await verify(reply.body.key)).toMatchObject({ valid: true, key_id: key.id });
  });

  test('with a grace both secrets work until it ends', async () => {
    const key = await issueKey(api);
    const reply = await api.send(`/v1/keys/${key.id}/recycle`, { json: { grace: '15m' } });
    expect(reply.body.grace_until).toBe('2026-05-02T10:15:00Z');
    expect(await verify(key.key)).toMatchObject({ valid: true });
    api.clock.advance(15 * 60_000);
    expect(await verify(key.key)).toEqual({ valid: false, reason: 'revoked' });
    expect(await verify(reply.body.key)).toMatchObject({ valid: true });
  });

  test('a grace that is no duration, or longer than the keyspace allows, is refused', async () => {
    const key = await issueKey(api);
    for (const grace of ['soon', '61m']) {
      const reply = await api.send(`/v1/keys/${key.id}/recycle`, { json: { grace } });
      expectProblem(reply, 422, 'validation_failed');
      expect(pointersOf(reply)).toEqual(['/grace']);
    }
    expect(await verify(key.key)).toMatchObject({ valid: true });
  });

  test('of two racing calls one wins, and two secrets never both work', async () => {
    const key = await issueKey(api);
    const recycle = () => api.send(`/v1/keys/${key.id}/recycle`, { method: 'POST' });
    const replies = await Promise.all([recycle(), recycle(), recycle()]);
    const shown = replies.filter((reply) => reply.status === 200).map((reply): string => reply.body.key);
    for (const reply of replies.filter(({ status }) => status !== 200))
      expectProblem(reply, 409, 'recycle_conflict');
    const accepted = [];
    for (const secret of [key.key, ...shown]) if ((await verify(secret)).valid) accepted.push(secret);
    expect(accepted).toHaveLength(1);
  });

  test('an expired key is not recycled', async () => {
    const expires_at = new Date(api.clock.nowMs() + 1000).toISOString();
    const key = await issueKey(api, { expires_at });
    api.clock.advance(1000);
    expectProblem(await api.send(`/v1/keys/${key.id}/recycle`, { method: 'POST' }), 409, 'key_expired');
    expect((await api.send(`/v1/keys/${key.id}`)).body.state).toBe('expired');
  });
});

describe('revokeKey, disableKey, enableKey', () => {
  test('revoking is final, holds at once, and may be repeated', async () => {
    const key = await issueKey(api);
    const reply = await api.send(`/v1/keys/${key.id}/revoke`, { json: { reason: 'leaked' } });
    expectAnswer(reply, 'revokeKey', 200);
    expect(reply.body.state).toBe('revoked');
    expect(await verify(key.key)).toEqual({ valid: false, reason: 'revoked' });
    const again = await api.send(`/v1/keys/${key.id}/revoke`, { method: 'POST' });
    expect(again.body).toEqual(reply.body);
    for (const verb of ['recycle', 'disable', 'enable']) {
      expectProblem(await api.send(`/v1/keys/${key.id}/${verb}`, { method: 'POST' }), 409, 'key_revoked');
    }
  });

  test('a disabled key is denied until it is enabled', async () => {
    const key = await issueKey(api);
    const off = await api.send(`/v1/keys/${key.id}/disable`, { method: 'POST' });
    expectAnswer(off, 'disableKey', 200);
    expect(await verify(key.key)).toEqual({ valid: false, reason: 'disabled' });
    const on = await api.send(`/v1/keys/${key.id}/enable`, { json: {} });
    expectAnswer(on, 'enableKey', 200);
    expect(await verify(key.key)).toMatchObject({ valid: true });
  });

  test('an action takes no field that it does not know, and needs JSON if it has a body', async () => {
    const key = await issueKey(api);
    expectProblem(
      await api.send(`/v1/keys/${key.id}/disable`, { json: { reason: 'x' } }),
      400,
      'unknown_field',
    );
    const form = { raw: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expectProblem(await api.send(`/v1/keys/${key.id}/revoke`, form), 415, 'unsupported_media_type');
    expect(await verify(key.key)).toMatchObject({ valid: true });
  });

  test('a client that leaves in the middle of a revocation has revoked', async () => {
    const key = await issueKey(api);
    const lines = [
      `POST /v1/keys/${key.id}/revoke HTTP/1.1`,
      'Host: x',
      `Authorization: Bearer ${api.token}`,
      '',
      '',
    ];
    connect(api.port, '127.0.0.1')
      .on('error', () => {})
      .end(lines.join('\r\n'));
    while ((await verify(key.key)).valid) await new Promise(setImmediate);
    expect(await verify(key.key)).toEqual({ valid: false, reason: 'revoked' });
  });
});

describe('keys that a caller may not see', () => {
  const calls = [
    ['GET', ''],
    ['PATCH', ''],
    ['POST', '/recycle'],
    ['POST', '/revoke'],
    ['POST', '/disable'],
    ['POST', '/enable'],
    ['GET', '/usage'],
  ] as const;

  test('an operator of other keyspaces is told that the key is not there, as for one that is not', async () => {
    const key = await issueKey(api);
    const token = await api.createToken(['keys:read', 'keys:write'], ['localleads']);
    for (const [method, suffix] of calls) {
      const json = method === 'PATCH' ? { name: 'Mine' } : undefined;
      const foreign = await api.send(`/v1/keys/${key.id}${suffix}`, { method, json, token });
      const absent = await api.send(`/v1/keys/key_01jtb3v9x8f6s2m4n7q0r5w1yz${suffix}`, {
        method,
        json,
        token,
      });
      expectProblem(foreign, 404, 'key_not_found');
      expect({ ...foreign.body, request_id: '' }).toEqual({ ...absent.body, request_id: '' });
    }
    expect(await verify(key.key)).toMatchObject({ valid: true });
    const list = await api.send('/v1/keys?limit=1000', { token });
    expect(new Set(list.body.data.map((one: { keyspace: string }) => one.keyspace))).toEqual(
      new Set(['localleads']),
    );
    expectProblem(await api.send('/v1/keys?keyspace=esms-africa', { token }), 403, 'keyspace_not_permitted');
    expectProblem(await api.send('/v1/keys', { json: ESMS_KEY, token }), 403, 'keyspace_not_permitted');
  });

  test('keys behind operator tokens are not reachable as keys', async () => {
    const { body } = await api.send('/v1/operators');
    const id: string = body.data[0].key_id;
    for (const [method, suffix] of calls) {
      const json = method === 'PATCH' ? { name: 'Mine' } : undefined;
      expectProblem(await api.send(`/v1/keys/${id}${suffix}`, { method, json }), 404, 'key_not_found');
    }
    expectProblem(await api.send('/v1/keys?keyspace=keyhold'), 404, 'keyspace_not_found');
    const list = await api.send('/v1/keys?limit=1000');
    expect(list.body.data.map((one: { keyspace: string }) => one.keyspace)).not.toContain('keyhold');
  });

  test.each(['import', 'key_', 'key_01JTB3V9X8F6S2M4N7Q0R5W1YZ', "key_'--DROP", '%20', 'op_x'])(
    'an id %j that no key can have is 404',
    async (id) => {
      expectProblem(
        await api.send(`/v1/keys/${encodeURI(id).replaceAll('%2520', '%20')}`),
        404,
        'key_not_found',
      );
    },
  );
});

describe('importKeys', () => {
  const plain = 'esms_test_a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6';
  const row = { organization: 'acme', name: 'Old key', scopes: ['query'] };
  const importRows = (keys: readonly object[], options = {}) =>
    api.send('/v1/keys/import', { json: { keyspace: 'esms-africa', keys }, ...options });

  test('keys come in by text, by hex and by base64, and are accepted when the call has returned', async () => {
    const texts = [
      plain,
      'esms_live_00000000000000000000000000000001',
      'esms_live_00000000000000000000000000000002',
    ];
    const digested = { ...row, environment: 'live', entropy_bits: 160, masked_key: 'esms_live_…' };
    const reply = await importRows([
      { ...row, key: texts[0] },
      { ...digested, sha256: sha256(texts[1]!).toString('hex').toUpperCase() },
      { ...digested, sha256: sha256(texts[2]!).toString('base64') },
    ]);
    expectAnswer(reply, 'importKeys', 200);
    expect(reply.body).toMatchObject({
      imported_count: 3,
      data: [{ status: 'imported', masked_key: 'esms_test_****o5p6' }, { masked_key: 'esms_live_…' }, {}],
    });
    for (const [i, text] of texts.entries()) {
      expect(await verify(text)).toMatchObject({ valid: true, key_id: reply.body.data[i].id });
    }
    expect(await verify(plain)).toMatchObject({ environment: 'test', scopes: ['query'] });
  });

  test("each row's outcome is told and a bad row does not stop the others", async () => {
    const good = 'esms_live_00000000000000000000000000000003';
    const reply = await importRows([
      { ...row, key: plain },
      { ...row, key: 'll_not_of_this_keyspace' },
      { ...row, key: good, environment: 'test' },
      { ...row, sha256: 'zz', environment: 'live', entropy_bits: 111 },
      { ...row },
      { ...row, organization: 'nobody', key: 'esms_live_00000000000000000000000000000004' },
      { ...row, key: good },
    ]);
    expectAnswer(reply, 'importKeys', 200);
    const told = reply.body.data.map((one: { code?: string; errors?: { pointer: string }[] }) => [
      one.code ?? 'imported',
      ...(one.errors ?? []).map((error) => error.pointer),
    ]);
    expect(told).toEqual([
      ['already_exists'],
      ['validation_failed', '/keys/1/key', '/keys/1/environment'],
      ['validation_failed', '/keys/2/environment'],
      ['validation_failed', '/keys/3/sha256', '/keys/3/entropy_bits'],
      ['validation_failed', '/keys/4/key', '/keys/4/environment'],
      ['organization_not_found'],
      ['imported'],
    ]);
    expect(reply.body.imported_count).toBe(1);
    expect(reply.text).not.toContain(good);
  });

  test('an import of nothing but bad rows writes nothing', async () => {
    const reply = await importRows([{ ...row }]);
    expectAnswer(reply, 'importKeys', 200);
    expect(reply.body.imported_count).toBe(0);
  });

  test('a mask that is the key itself is refused', async () => {
    const text = 'esms_live_00000000000000000000000000000005';
    const digested = { ...row, environment: 'live', entropy_bits: 160, sha256: sha256(text).toString('hex') };
    const reply = await importRows([{ ...digested, masked_key: text }]);
    expect(reply.body.data[0].errors[0].pointer).toBe('/keys/0/masked_key');
  });

  test('1,000 rows fit and 1,001 are refused', async () => {
    const rows = Array.from({ length: 1001 }, () => ({
      ...row,
      key: 'x',
      metadata: { note: 'x'.repeat(1000) },
    }));
    expect((await importRows(rows.slice(1))).status).toBe(200);
    expectProblem(await importRows(rows), 422, 'validation_failed');
  });

  test('an operator of other keyspaces imports nothing', async () => {
    const token = await api.createToken(['keys:write'], ['localleads']);
    expectProblem(await importRows([{ ...row, key: plain }], { token }), 403, 'keyspace_not_permitted');
  });
});

describe('getKeyUsage', () => {
  test('calls are counted by hour and outcome, and last use is shown', async () => {
    const key = await issueKey(api);
    await verify(key.key, { operation: 'GET /api/messages' });
    await verify(key.key, { operation: 'GET /api/webhooks' });
    api.clock.advance(3_600_000);
    await verify(key.key);
    const usedAt = new Date(api.clock.nowMs()).toISOString().replace('.000Z', 'Z');
    await api.send(`/v1/keys/${key.id}/disable`, { method: 'POST' });
    await verify(key.key);
    await api.usage.flush();
    const reply = await api.send(`/v1/keys/${key.id}/usage`);
    expectAnswer(reply, 'getKeyUsage', 200);
    expect(reply.body.data).toMatchObject([
      { accepted: 1, denied: 0, insufficient_scope: 1 },
      { accepted: 1, denied: 1, insufficient_scope: 0 },
    ]);
    expect((await api.send(`/v1/keys/${key.id}`)).body.last_used_at).toBe(usedAt);
  });

  test('a range that is no range is refused', async () => {
    const key = await issueKey(api);
    for (const query of [
      'from=yesterday',
      'to=2026-13-01T00:00:00Z',
      'from=2026-01-01T00:00:00Z',
      'from=2999-01-01T00:00:00Z',
    ]) {
      expectProblem(await api.send(`/v1/keys/${key.id}/usage?${query}`), 400, 'invalid_request');
    }
  });
});

describe('protection', () => {
  let keyId = '';
  beforeAll(async () => {
    ({ id: keyId } = await issueKey(api));
  });
  const fresh = { json: { ...ESMS_KEY } };
  describeProtectedRoute(
    () => api,
    'issueKey',
    () => ({ path: '/v1/keys', ...fresh }),
  );
  describeProtectedRoute(
    () => api,
    'listKeys',
    () => ({ path: '/v1/keys' }),
  );
  describeProtectedRoute(
    () => api,
    'importKeys',
    () => ({
      path: '/v1/keys/import',
      json: { keyspace: 'esms-africa', keys: [{ organization: 'acme', name: 'Old', key: 'x' }] },
    }),
  );
  describeProtectedRoute(
    () => api,
    'getKey',
    () => ({ path: `/v1/keys/${keyId}` }),
  );
  describeProtectedRoute(
    () => api,
    'patchKey',
    () => ({ path: `/v1/keys/${keyId}`, json: { name: 'New' } }),
  );
  describeProtectedRoute(
    () => api,
    'recycleKey',
    () => ({ path: `/v1/keys/${keyId}/recycle` }),
  );
  describeProtectedRoute(
    () => api,
    'disableKey',
    () => ({ path: `/v1/keys/${keyId}/disable` }),
  );
  describeProtectedRoute(
    () => api,
    'enableKey',
    () => ({ path: `/v1/keys/${keyId}/enable` }),
  );
  describeProtectedRoute(
    () => api,
    'getKeyUsage',
    () => ({ path: `/v1/keys/${keyId}/usage` }),
  );
  describeProtectedRoute(
    () => api,
    'revokeKey',
    () => ({ path: `/v1/keys/${keyId}/revoke` }),
  );
});
