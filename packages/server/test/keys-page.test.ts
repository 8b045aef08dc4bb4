import { KEYS_PAGE_OPERATIONS, type KeysPageOperation } from '@keyhold/api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueKey, type Reply, type Send, startTestApi, type TestApi } from './_api.ts';
import { setUpConsole } from './_console.ts';
import { expectProblem } from './_protected-route.ts';

const OWN = { 'keyhold-page': '1', 'sec-fetch-site': 'same-origin' };
const MOUNT = '/portal/localleads';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

/** One browser: its cookie, and calls as the page makes them. */
interface Browser {
  readonly cookie: string;
  call(path: string, send?: Send): Promise<Reply>;
}

function browserWith(cookie: string): Browser {
  return {
    cookie,
    call: (path, send = {}) =>
      api.send(MOUNT + path, { token: null, ...send, headers: { ...OWN, cookie, ...send.headers } }),
  };
}

async function createLink(organization: string): Promise<{ code: string; token: string }> {
  await api.send('/v1/organizations', { json: { id: organization, name: organization } });
  const { body } = await api.send('/v1/portal-sessions', {
    json: { keyspace: 'localleads', organization, user: 'Sam Ortiz' },
  });
  return { code: new URL(body.url, 'http://x').hash.slice('#code='.length), token: body.token };
}

async function openPage(organization: string): Promise<Browser> {
  const { code } = await createLink(organization);
  const reply = await browserWith('').call('/api/session', { json: { code } });
  expect(reply.status, reply.text).toBe(200);
  return browserWith(String(reply.headers['set-cookie']).split(';')[0] ?? '');
}

const newKey = async (browser: Browser, name = 'CRM') =>
  (await browser.call('/api/keys', { json: { name } })).body;

describe('the session of the page', () => {
  test('the code of a link opens it once, and the cookie holds another session than the host has', async () => {
    const { code, token } = await createLink('once');
    const first = await browserWith('').call('/api/session', { json: { code } });
    expect(first.status).toBe(200);
    const cookie = String(first.headers['set-cookie']);
    expect(cookie).toMatch(
      /^keyhold-page-localleads=khps_\S+; Max-Age=3600; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(cookie).not.toContain(token);
    const again = await browserWith('').call('/api/session', { json: { code } });
    expectProblem(again, 401, 'unauthenticated');
    expect(again.headers).not.toHaveProperty('set-cookie');
  });

  test('a code that was never given, is of another keyspace, or is a token opens nothing', async () => {
    const { code, token } = await createLink('never');
    for (const wrong of [`${code.slice(0, -1)}A`, token, '', 'khpl_']) {
      expectProblem(
        await browserWith('').call('/api/session', { json: { code: wrong } }),
        401,
        'unauthenticated',
      );
    }
    const elsewhere = await api.send('/portal/esms-africa/api/session', {
      token: null,
      headers: OWN,
      json: { code },
    });
    expectProblem(elsewhere, 401, 'unauthenticated');
  });

  test('a session planted before is replaced by a new one', async () => {
    const mallory = await openPage('planted');
    const { code } = await createLink('planted');
    const reply = await mallory.call('/api/session', { json: { code } });
    expect(String(reply.headers['set-cookie'])).not.toContain(mallory.cookie);
  });

  test('signing out ends it at once, and removes the cookie', async () => {
    const page = await openPage('leaving');
    expect((await page.call('/api/keys')).status).toBe(200);
    const out = await page.call('/api/session', { method: 'DELETE' });
    expect(out.status).toBe(204);
    expect(String(out.headers['set-cookie'])).toMatch(/^keyhold-page-localleads=; Max-Age=0;/);
    expectProblem(await page.call('/api/keys'), 401, 'unauthenticated');
  });

  test('over HTTPS the cookie has the prefix __Host-, and goes into frames only where origins are listed', async () => {
    const { createPageCookie } = await import('../src/pages/page-cookie.ts');
    const alone = createPageCookie('leads', { isSecure: true, isFramed: false });
    expect(alone.keep('t', 60)).toBe(
      '__Host-keyhold-page-leads=t; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Strict',
    );
    const framed = createPageCookie('leads', { isSecure: true, isFramed: true });
    expect(framed.keep('t', 60)).toMatch(/HttpOnly; Secure; SameSite=None; Partitioned$/);
  });
});

describe('calls of other sites', () => {
  test.each<[string, string, Record<string, string>]>([
    ['without the page’s header', 'csrf-1', { 'sec-fetch-site': 'same-origin' }],
    ['from another site', 'csrf-2', { 'keyhold-page': '1', 'sec-fetch-site': 'cross-site' }],
    ['from a sister domain', 'csrf-3', { 'keyhold-page': '1', 'sec-fetch-site': 'same-site' }],
    ['typed by hand', 'csrf-4', { 'keyhold-page': '1', 'sec-fetch-site': 'none' }],
    [
      'of another origin, by an old browser',
      'csrf-5',
      { 'keyhold-page': '1', origin: 'https://evil.example' },
    ],
    ['of an origin that is none', 'csrf-6', { 'keyhold-page': '1', origin: 'null' }],
  ])('a cookie does nothing for a call %s', async (_case, organization, headers) => {
    const page = await openPage(organization);
    const { number } = (await newKey(page)).key;
    const forged = await api.send(`${MOUNT}/api/keys/${number}/revoke`, {
      method: 'POST',
      token: null,
      headers: { ...headers, cookie: page.cookie },
    });
    expectProblem(forged, 400, 'invalid_request');
    expect((await page.call('/api/keys')).body.data[0]).toMatchObject({ number, state: 'active' });
  });

  test('no preflight of an origin that is not listed is answered', async () => {
    const reply = await api.send(`${MOUNT}/api/keys`, {
      method: 'OPTIONS',
      token: null,
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
    expect(reply.status).toBe(405);
  });

  test('a simple form cannot call: its media type is refused', async () => {
    const page = await openPage('forms');
    const reply = await page.call('/api/keys', {
      method: 'POST',
      raw: '{"name":"x"}',
      headers: { 'content-type': 'text/plain' },
    });
    expectProblem(reply, 415, 'unsupported_media_type');
  });
});

describe('whose keys', () => {
  const ofOneKey = Object.entries<KeysPageOperation>(KEYS_PAGE_OPERATIONS).filter(([, { path }]) =>
    path.includes('{number}'),
  );
  const bodies: Readonly<Record<string, object>> = { renameKey: { name: 'Mine now' } };

  test.each(ofOneKey)(
    '%s: a key of another organization is 404, as one that nobody has, and in the audit log',
    async (id, { method, path }) => {
      const mine = await openPage('mine');
      const theirs = await issueKey(api, {
        keyspace: 'localleads',
        organization: `theirs-${id}`,
        environment: undefined,
        scopes: undefined,
      });
      const ask = (number: string | number) =>
        mine.call(path.replace('{number}', String(number)), {
          method,
          ...(bodies[id] !== undefined && { json: bodies[id] }),
        });
      const foreign = await ask(theirs.number);
      expectProblem(foreign, 404, 'key_not_found');
      for (const number of [999_999, 'x', '0', '-1', '1e3', '9007199254740993']) {
        const nobodys = await ask(number);
        expectProblem(nobodys, 404, 'key_not_found');
        expect({ ...nobodys.body, request_id: null }).toEqual({ ...foreign.body, request_id: null });
      }
      const { body: key } = await api.send(`/v1/keys/${theirs.id}`);
      expect(key).toMatchObject({ state: 'active', name: theirs.name, generation: 1 });
      const { body: audit } = await api.send(`/v1/audit-events?subject=${theirs.id}`);
      expect(audit.data[0]).toMatchObject({ action: 'key.foreign_access', organization: 'mine' });
    },
  );

  test('lists and usage are of one organization, whatever is asked for', async () => {
    const mine = await openPage('counting');
    const theirs = await issueKey(api, {
      keyspace: 'localleads',
      organization: 'counted',
      environment: undefined,
      scopes: undefined,
    });
    await api.send('/v1/verify', { json: { key: theirs.key } });
    await api.usage.flush();
    expect((await mine.call('/api/keys')).body.data).toEqual([]);
    const { body } = await mine.call(`/api/usage?keys=${theirs.number}`);
    const { accepted, refused } = body.keys[theirs.number];
    expect([...accepted, ...refused].every((count: number) => count === 0)).toBe(true);
    expect(accepted).toHaveLength(30);
  });

  test('every call but opening needs a session, and a session of another keyspace is none', async () => {
    for (const [id, { method, path }] of Object.entries<KeysPageOperation>(KEYS_PAGE_OPERATIONS)) {
      if (id === 'openSession') continue;
      const reply = await browserWith('').call(path.replace('{number}', '1'), { method });
      expectProblem(reply, 401, 'unauthenticated');
    }
    const page = await openPage('elsewhere');
    const token = page.cookie.split('=')[1] ?? '';
    const reply = await api.send('/portal/esms-africa/api/keys', { token });
    expectProblem(reply, 401, 'unauthenticated');
  });
});

describe('what the page can do', () => {
  test('customers do not learn what those are called who run the API', async () => {
    const page = await openPage('told');
    await issueKey(api, {
      keyspace: 'localleads',
      organization: 'told',
      environment: undefined,
      scopes: undefined,
    });
    const owner = await setUpConsole(api);
    const byOwner = { keyspace: 'localleads', organization: 'told', name: 'by a person' };
    expect(await owner.call('/v1/keys', { json: byOwner })).toMatchObject({
      status: 201,
      body: { created_by_name: 'Olu Owner' },
    });
    const { data } = (await page.call('/api/keys')).body;
    expect(data).toHaveLength(2);
    for (const { created_by } of data) expect(created_by).toEqual({ kind: 'operator', name: null });
  });

  test('a key is made, shown once, named after who made it, renamed, disabled, enabled and revoked', async () => {
    const page = await openPage('life');
    const made = await page.call('/api/keys', { json: { name: 'CRM' } });
    expect(made.status).toBe(201);
    const { secret, key } = made.body;
    expect(secret).toMatch(/^ll_[0-9a-f]{64}$/);
    expect(key.created_by).toEqual({ kind: 'person', name: 'Sam Ortiz' });
    const ofPage = await api.send(`/v1/keys?organization=life`);
    expect(ofPage.body.data).toMatchObject([{ created_by_name: 'Sam Ortiz' }]);
    const one = `/api/keys/${key.number}`;
    const post = (verb: string) => page.call(`${one}/${verb}`, { method: 'POST' });
    const works = async () => (await api.send('/v1/verify', { json: { key: secret } })).body.valid;
    expect((await page.call(one, { method: 'PATCH', json: { name: 'CRM 2' } })).body.name).toBe('CRM 2');
    expect(await works()).toBe(true);
    expect((await post('disable')).body).toMatchObject({ state: 'disabled', held: false });
    expect(await works()).toBe(false);
    expect((await post('enable')).body.state).toBe('active');
    expect(await works()).toBe(true);
    expect((await post('revoke')).body.state).toBe('revoked');
    expect(await works()).toBe(false);
    const list = await page.call('/api/keys');
    expect(list.text).not.toContain(secret);
    expectProblem(await post('enable'), 409, 'key_revoked');
  });

  test('what an operator disabled is shown as held, and the page cannot enable it', async () => {
    const page = await openPage('held');
    const { key } = await newKey(page);
    const { body } = await api.send('/v1/keys?keyspace=localleads&organization=held');
    await api.send(`/v1/keys/${body.data[0].id}/disable`, { method: 'POST' });
    expect((await page.call('/api/keys')).body.data[0]).toMatchObject({ state: 'disabled', held: true });
    const reply = await page.call(`/api/keys/${key.number}/enable`, { method: 'POST' });
    expectProblem(reply, 403, 'insufficient_scope');
  });

  test('past the cap there is a reason, and nothing is made', async () => {
    const page = await openPage('full');
    for (let n = 0; n < 3; n++) await newKey(page, `Key ${n}`);
    const reply = await page.call('/api/keys', { json: { name: 'One more' } });
    expectProblem(reply, 409, 'active_key_limit_reached');
    expect((await page.call('/api/session')).body.active_key_limit).toBe(3);
  });

  test('names of scripts and line breaks stay text, or are refused', async () => {
    const page = await openPage('names');
    const { key } = await newKey(page, '<img src=x onerror=alert(1)>');
    expect(key.name).toBe('<img src=x onerror=alert(1)>');
    const reply = await page.call('/api/keys', { json: { name: 'a\r\nSet-Cookie: x=1' } });
    expectProblem(reply, 422, 'validation_failed');
    expect(reply.headers).not.toHaveProperty('set-cookie');
  });
});

describe('the document', () => {
  test('runs nothing inline, is framed by nobody, sends no referrer, and is not kept', async () => {
    const { status, headers, text } = await api.send(MOUNT, { token: null });
    expect(status).toBe(200);
    const policy = String(headers['content-security-policy']);
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ]) {
      expect(policy.split('; ')).toContain(part);
    }
    expect(policy).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|\son\w+=|style=|https?:\/\//);
  });

  test('its files are compressed, kept for ever under their names, and nothing else is there', async () => {
    const { text } = await api.send(MOUNT, { token: null });
    const [script = ''] = /\/portal\/localleads\/assets\/[\w-]+\.js/.exec(text) ?? [];
    const reply = await api.send(script, { token: null, headers: { 'accept-encoding': 'gzip, br' } });
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-encoding': 'br',
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    const again = await api.send(script, {
      token: null,
      headers: { 'if-none-match': String(reply.headers['etag']) },
    });
    expect(again.status).toBe(304);
    for (const path of ['/assets/none.js', '/index.html', '/assets/../index.html', '/nothing', '/']) {
      const { status } = await api.send(MOUNT + path, { token: null });
      expect([400, 404], path).toContain(status);
    }
    expectProblem(await api.send('/portal/nothing', { token: null }), 404, 'route_not_found');
    expectProblem(await api.send('/portal/keyhold', { token: null }), 404, 'route_not_found');
    expectProblem(await api.send(MOUNT, { method: 'POST', token: null }), 405, 'method_not_allowed');
  });
});
