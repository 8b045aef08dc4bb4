import { Secret, TOTP } from 'otpauth';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startTestApi, type TestApi } from './_api.ts';
import {
  codeOf,
  join,
  logIn,
  OWN_PAGE,
  openBrowser,
  PASSWORD,
  setUpConsole,
  type TestBrowser,
} from './_console.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
});
afterEach(() => api.close());

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const isLoggedIn = async (browser: TestBrowser) => (await browser.call('/v1/console/session')).status === 200;
const toCode = (secret: string, atMs: number) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: atMs });

/** Turns one-time codes on. */
async function turnOnCodes(browser: TestBrowser) {
  const begun = await browser.call('/v1/console/totp', { json: {} });
  const totp = toCode(begun.body.secret, api.clock.nowMs());
  const confirmed = await browser.call('/v1/console/totp/confirm', { json: { totp } });
  expect(confirmed).toMatchObject({ status: 200, body: { person: { totp_enabled: true } } });
  return { secret: String(begun.body.secret), used: totp, confirmed };
}

describe('setting up', () => {
  test('the first person is made by the link, once, and is an owner who is logged in', async () => {
    const before = await api.send('/v1/console', { token: null });
    expect(before.body).toEqual({ set_up: false, oidc: null, version: '1.2.3' });
    const code = await api.createSetUpCode();
    const browser = await setUpConsole(api);
    expect((await browser.call('/v1/console/session')).body).toMatchObject({
      person: { email: 'owner@example.com', role: 'owner', has_password: true, totp_enabled: false },
      scopes: expect.arrayContaining(['operators:write', 'keys:write']),
    });
    expect((await api.send('/v1/console', { token: null })).body.set_up).toBe(true);
    const json = { code, name: 'Second', email: 'second@example.com', password: PASSWORD };
    expect(await openBrowser(api).call('/v1/console/setup', { json })).toMatchObject({
      status: 410,
      body: { code: 'console_link_ended' },
    });
  });

  test('a link that is a day old, or was never given, makes nobody', async () => {
    const code = await api.createSetUpCode();
    api.clock.advance(24 * HOUR_MS);
    for (const each of [code, `${code.slice(0, -1)}A`, 'khsu_0_x', '']) {
      const json = { code: each, name: 'x', email: 'x@example.com', password: PASSWORD };
      const reply = await openBrowser(api).call('/v1/console/setup', { json });
      expect(reply).toMatchObject({ status: 410 });
    }
    expect(await api.store.hasPeople()).toBe(false);
  });

  test.each([
    ['short', 'elevenchars'],
    ['long', 'x'.repeat(129)],
    ['one letter again', 'aaaaaaaaaaaa'],
    ['counting', '123456789012'],
    ['common', 'Password1234'],
  ])('a password that is %s is refused, with its field', async (_, password) => {
    const json = { code: await api.createSetUpCode(), name: 'x', email: 'no address', password };
    const reply = await openBrowser(api).call('/v1/console/setup', { json });
    expect(reply).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    expect(reply.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/email',
      '/password',
    ]);
  });
});

describe('logging in', () => {
  test('whoever is refused is told the same, and an address nobody has takes the same work', async () => {
    await setUpConsole(api);
    const { id } = await join(api, 'operator');
    await api.send(`/v1/people/${id}`, { method: 'PATCH', json: { disabled: true } });
    await api.send('/v1/people', { json: { email: 'new@example.com', name: 'New', role: 'operator' } });
    const replies = await Promise.all([
      logIn(api, 'owner@example.com', { password: 'a wrong password' }),
      logIn(api, 'nobody@example.com'),
      logIn(api, 'operator@example.com'),
      logIn(api, 'new@example.com'),
    ]);
    const texts = replies.map(({ reply }) => {
      const { request_id: _, ...body } = reply.body;
      expect(reply.status).toBe(401);
      return JSON.stringify(body);
    });
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('login_refused');
  });

  test('with one-time codes a password alone is not enough, and a code is good once', async () => {
    const owner = await setUpConsole(api);
    const { secret, used, confirmed } = await turnOnCodes(owner);
    expect(confirmed.body.recovery_codes).toHaveLength(10);
    const attempt = async (totp?: string) => {
      const { reply } = await logIn(api, 'owner@example.com', totp === undefined ? {} : { totp });
      return reply.status === 200 ? 'in' : reply.body.code;
    };
    expect(await attempt()).toBe('totp_required');
    expect(await attempt(used)).toBe('login_refused');
    api.clock.advance(MINUTE_MS);
    const next = toCode(secret, api.clock.nowMs());
    expect(await attempt(`${next.slice(0, 3)} ${next.slice(3)}`)).toBe('in');
    expect(await attempt(next)).toBe('login_refused');
    const [recovery] = confirmed.body.recovery_codes;
    expect(await attempt(recovery.toUpperCase())).toBe('in');
    expect(await attempt(recovery)).toBe('login_refused');
  });

  test('a code of a minute ago or ahead counts, and one of earlier does not', async () => {
    const { secret } = await turnOnCodes(await setUpConsole(api));
    api.clock.advance(10 * MINUTE_MS);
    const nowMs = api.clock.nowMs();
    const attempt = async (atMs: number) =>
      (await logIn(api, 'owner@example.com', { totp: toCode(secret, atMs) })).reply.status;
    expect(await attempt(nowMs - 2 * MINUTE_MS)).toBe(401);
    expect(await attempt(nowMs - 30_000)).toBe(200);
    expect(await attempt(nowMs + 30_000)).toBe(200);
  });

  test('guessing waits longer and longer, and locks nobody out who comes from elsewhere', async () => {
    await api.close();
    api = await startTestApi({ trustedProxies: [] });
    await setUpConsole(api);
    const guess = (address: string, password: string) =>
      openBrowser(api).call('/v1/console/login', {
        json: { email: 'owner@example.com', password },
        headers: { ...OWN_PAGE, 'x-forwarded-for': address },
      });
    const guesses = await Promise.all(
      Array.from({ length: 12 }, () => guess('203.0.113.7', 'not the password')),
    );
    const statuses = guesses.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([...Array(5).fill(401), ...Array(7).fill(429)]);
    const refused = await guess('203.0.113.7', PASSWORD);
    expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_attempts' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(await guess('198.51.100.9', PASSWORD)).toMatchObject({ status: 200 });
    api.clock.advance(Number(refused.headers['retry-after']) * 1_000);
    expect(await guess('203.0.113.7', PASSWORD)).toMatchObject({ status: 200 });
    expect(await guess('203.0.113.7', 'not the password')).toMatchObject({ status: 401 });
  });

  test('a person who failed to log in is in the audit log, and nothing of what they typed', async () => {
    await setUpConsole(api);
    await logIn(api, 'owner@example.com', { password: 'not the password' });
    await logIn(api, 'nobody@example.com', { password: 'not the password' });
    const read = () => api.send('/v1/audit-events?action=person.log_in_refused');
    // The answer to the guesser does not wait for it.
    await vi.waitUntil(async () => (await read()).body.data.length > 0, { timeout: 30_000 });
    const { body } = await read();
    expect(body.data).toHaveLength(1);
    expect(body.data[0]).toMatchObject({ actor: { kind: 'system' }, subject: { kind: 'person' } });
    expect(JSON.stringify(body) + JSON.stringify(api.logged)).not.toContain('not the password');
  });
});

describe('a session', () => {
  test('is out of reach of scripts and of other sites, and is a new one with every proof', async () => {
    const owner = await setUpConsole(api);
    const seen = [owner.cookie];
    const { browser, reply } = await logIn(api, 'owner@example.com');
    expect(reply.headers['set-cookie']).toEqual([
      expect.stringMatching(
        /^keyhold-console=khcs_[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
      ),
    ]);
    seen.push(browser.cookie);
    await browser.call('/v1/console/reauthenticate', { json: { password: PASSWORD } });
    seen.push(browser.cookie);
    const json = { current_password: PASSWORD, new_password: 'another horse battery' };
    await browser.call('/v1/console/password', { json });
    seen.push(browser.cookie);
    expect(new Set(seen).size).toBe(4);
    for (const cookie of seen.slice(0, 3)) {
      const before = openBrowser(api);
      before.cookie = cookie;
      expect(await isLoggedIn(before)).toBe(false);
    }
    expect(await isLoggedIn(browser)).toBe(true);
    expect((await logIn(api, 'owner@example.com')).reply.status).toBe(401);
  });

  test('is over at once when its person logs out, and when an owner ends or disables it', async () => {
    await setUpConsole(api);
    const [out, ended, disabled] = [
      await join(api, 'operator', 'a@example.com'),
      await join(api, 'operator', 'b@example.com'),
      await join(api, 'operator', 'c@example.com'),
    ];
    const stale = openBrowser(api);
    stale.cookie = out.browser.cookie;
    expect(await out.browser.call('/v1/console/logout', { json: {} })).toMatchObject({
      status: 204,
      text: '',
    });
    expect(out.browser.cookie).toBeNull();
    const reply = await api.send(`/v1/people/${ended.id}/end-sessions`, { json: {} });
    expect(reply.body).toEqual({ ended: 1 });
    await api.send(`/v1/people/${disabled.id}`, { method: 'PATCH', json: { disabled: true } });
    for (const browser of [stale, ended.browser, disabled.browser]) {
      expect(await browser.call('/v1/keys')).toMatchObject({ status: 401 });
    }
  });

  test('ends when nobody uses it for twelve hours, and a used one goes on', async () => {
    const owner = await setUpConsole(api);
    const idle = (await logIn(api, 'owner@example.com')).browser;
    for (let i = 0; i < 3; i++) {
      api.clock.advance(5 * HOUR_MS);
      expect(await isLoggedIn(owner)).toBe(true);
    }
    expect(await isLoggedIn(idle)).toBe(false);
  });

  test('a token that was never given costs no I/O', async () => {
    const owner = await setUpConsole(api);
    const forged = openBrowser(api);
    const calls = api.store.calls();
    for (const end of ['A', 'AA', '']) {
      forged.cookie = `${(owner.cookie ?? '').slice(0, -1)}${end}`;
      if (forged.cookie === owner.cookie) continue;
      expect(await isLoggedIn(forged)).toBe(false);
    }
    expect(api.store.calls()).toBe(calls);
  });

  test('a bearer token counts before a cookie, and the cookie before nothing', async () => {
    const owner = await setUpConsole(api);
    const headers = { cookie: owner.cookie ?? '' };
    expect(await api.send('/v1/keys', { token: 'khop_bad', headers })).toMatchObject({ status: 401 });
    expect(await api.send('/v1/keys', { headers })).toMatchObject({ status: 200 });
    expect(await api.send('/v1/console/session', { headers })).toMatchObject({ status: 401 });
  });
});

describe('what is dangerous', () => {
  test('takes a proof of the last ten minutes, after which the same call is taken', async () => {
    const owner = await setUpConsole(api);
    const { id } = await join(api, 'read_only');
    await api.send('/v1/organizations', { json: { id: 'acme', name: 'Acme' } });
    const acts = [
      ['POST', '/v1/people', { email: 'x@example.com', name: 'x', role: 'read_only' }],
      ['PATCH', `/v1/people/${id}`, { role: 'operator' }],
      ['POST', '/v1/operators', { name: 'x', scopes: ['verify'] }],
      ['POST', '/v1/organizations/acme/revoke-keys', {}],
      ['POST', '/v1/keys/bulk', { action: 'enable', ids: ['key_none'], expected_count: 1 }],
      ['PATCH', '/v1/organizations/acme', { suspended: true }],
    ] as const;
    api.clock.advance(10 * MINUTE_MS);
    for (const [method, path, json] of acts) {
      expect(await owner.call(path, { method, json })).toMatchObject({
        status: 403,
        body: { code: 'reauthentication_required' },
      });
    }
    const rename = { method: 'PATCH', json: { name: 'Acme Ltd' } };
    expect(await owner.call('/v1/organizations/acme', rename)).toMatchObject({ status: 200 });
    const wrong = { json: { password: 'not the password' } };
    expect(await owner.call('/v1/console/reauthenticate', wrong)).toMatchObject({ status: 401 });
    const proof = { json: { password: PASSWORD } };
    expect(await owner.call('/v1/console/reauthenticate', proof)).toMatchObject({ status: 200 });
    for (const [method, path, json] of acts) {
      expect((await owner.call(path, { method, json })).status).toBeLessThan(300);
    }
  });

  test('turning codes off takes the password, and ends every other session', async () => {
    const owner = await setUpConsole(api);
    const { secret } = await turnOnCodes(owner);
    api.clock.advance(MINUTE_MS);
    const totp = toCode(secret, api.clock.nowMs());
    const other = (await logIn(api, 'owner@example.com', { totp })).browser;
    const wrong = { json: { password: 'not the password' } };
    expect(await owner.call('/v1/console/totp/remove', wrong)).toMatchObject({ status: 401 });
    expect(await isLoggedIn(other)).toBe(true);
    const right = { json: { password: PASSWORD } };
    expect(await owner.call('/v1/console/totp/remove', right)).toMatchObject({
      status: 200,
      body: { person: { totp_enabled: false } },
    });
    expect([await isLoggedIn(owner), await isLoggedIn(other)]).toEqual([true, false]);
    expect((await logIn(api, 'owner@example.com')).reply.status).toBe(200);
  });

  test('codes are in force from the first right one on, and no wrong one turns them on', async () => {
    const owner = await setUpConsole(api);
    await owner.call('/v1/console/totp', { json: {} });
    const wrong = { json: { totp: '000000' } };
    expect(await owner.call('/v1/console/totp/confirm', wrong)).toMatchObject({ status: 422 });
    expect((await logIn(api, 'owner@example.com')).reply.status).toBe(200);
  });
});

describe('people', () => {
  test('an invitation is followed once, and a new one lets somebody in who lost everything', async () => {
    const owner = await setUpConsole(api);
    const { browser, id } = await join(api, 'operator');
    await turnOnCodes(browser);
    const renewed = await owner.call(`/v1/people/${id}/invitation`, { json: {} });
    const accept = (code: string) =>
      openBrowser(api).call('/v1/console/invitations/accept', {
        json: { code, name: 'Op', password: 'another horse battery' },
      });
    const code = codeOf(renewed.body.invitation_url);
    expect(await accept(code)).toMatchObject({ status: 201, body: { person: { totp_enabled: false } } });
    expect(await accept(code)).toMatchObject({ status: 410, body: { code: 'console_link_ended' } });
    expect(await isLoggedIn(browser)).toBe(false);
  });

  test('are listed with where they are logged in, and which of these is asking', async () => {
    const owner = await setUpConsole(api);
    await logIn(api, 'owner@example.com');
    const { body } = await owner.call('/v1/people', { headers: { 'user-agent': 'Some Browser' } });
    expect(body.data).toMatchObject([
      { email: 'owner@example.com', state: 'active', created_by: 'console', sessions: [{}, {}] },
    ]);
    const current = body.data[0].sessions.filter((session: { current: boolean }) => session.current);
    expect(current).toHaveLength(1);
  });

  test('the last owner stays one', async () => {
    const owner = await setUpConsole(api);
    const { body } = await owner.call('/v1/people');
    for (const json of [{ role: 'operator' }, { disabled: true }]) {
      const reply = await owner.call(`/v1/people/${body.data[0].id}`, { method: 'PATCH', json });
      expect(reply).toMatchObject({ status: 409, body: { code: 'last_owner' } });
    }
  });
});

describe('the pages', () => {
  test('every address below /console/ is the document, framed by nobody and with its own scripts only', async () => {
    for (const path of ['/console/', '/console/keys/key_x', '/console/setup']) {
      const { status, headers, text } = await api.send(path, { token: null });
      expect(status).toBe(200);
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['content-security-policy']).toContain("script-src 'self'");
      expect(headers['cache-control']).toBe('no-store');
      const [, script = ''] = /src="(\/console\/assets\/[^"]+\.js)"/.exec(text) ?? [];
      expect(await api.send(script, { token: null })).toMatchObject({ status: 200 });
    }
    expect(await api.send('/', { token: null })).toMatchObject({
      status: 302,
      headers: { location: '/console/' },
    });
    expect(await api.send('/console/assets/nothing.js', { token: null })).toMatchObject({ status: 404 });
    expect(await api.send('/console/', { token: null, method: 'POST' })).toMatchObject({ status: 405 });
  });
});
