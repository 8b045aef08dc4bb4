import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createGuardedFetch } from '../src/console/oidc-fetch.ts';
import type { OidcSettings } from '../src/console/oidc-settings.ts';
import { type Reply, startTestApi, type TestApi } from './_api.ts';
import { openBrowser, setUpConsole } from './_console.ts';
import { startProvider, type TestProvider } from './_oidc-provider.ts';

let api: TestApi;
let provider: TestProvider;
async function start(fields: Partial<OidcSettings> = {}): Promise<void> {
  api = await startTestApi({
    oidc: {
      name: 'Example SSO',
      issuer: provider.issuer,
      clientId: 'keyhold',
      clientSecret: 'shared',
      allowedDomains: ['example.com'],
      role: 'read_only',
      roleClaim: null,
      roles: [],
      ...fields,
    },
  });
  // The tokens of the provider are of the moment.
  api.clock.advance(Date.now() - api.clock.nowMs());
}
beforeEach(async () => {
  provider = await startProvider();
});
afterEach(async () => {
  await api.close();
  await provider.close();
});

const SAM = { sub: 'sam', email: 'sam@example.com', email_verified: true, name: 'Sam Ortiz' };

const cookiesOf = ({ headers }: Reply) => [headers['set-cookie'] ?? []].flat();
const pairOf = (cookie: string) => cookie.slice(0, cookie.indexOf(';'));

/** To the provider and back. */
async function enter(
  claims: TestProvider['claims'],
  change: (back: URL) => URL = (back) => back,
  cookie?: string,
): Promise<Reply> {
  provider.claims = claims;
  const started = await api.send('/v1/console/oidc/start', { token: null });
  expect(started.status).toBe(302);
  const back = change(provider.authorize(String(started.headers['location'])));
  const [flight = ''] = cookiesOf(started);
  // It comes from another site, as a browser says.
  const headers = { cookie: cookie ?? pairOf(flight), 'sec-fetch-site': 'cross-site' };
  return await api.send(back.pathname + back.search, { token: null, headers });
}

async function sessionOf(reply: Reply): Promise<Reply> {
  const browser = openBrowser(api);
  const cookie = cookiesOf(reply).find((line) => line.startsWith('keyhold-console='));
  browser.cookie = cookie === undefined ? null : pairOf(cookie);
  return await browser.call('/v1/console/session');
}

const REFUSED = { status: 302, headers: { location: '/console/login?refused=oidc' } };

describe('logging in by a provider', () => {
  test('makes a person of who comes for the first time, and knows them from then on', async () => {
    await start();
    expect((await api.send('/v1/console', { token: null })).body.oidc).toEqual({ name: 'Example SSO' });
    const entered = await enter(SAM);
    expect(entered).toMatchObject({ status: 302, headers: { location: '/console/' } });
    const first = await sessionOf(entered);
    expect(first.body.person).toMatchObject({ name: 'Sam Ortiz', role: 'read_only', has_password: false });
    const again = await sessionOf(await enter({ ...SAM, email: 'samantha@example.com' }));
    expect(again.body.person.id).toBe(first.body.person.id);
  });

  test('who has a password is the same person, with the role that they have', async () => {
    await start();
    await setUpConsole(api);
    const { body } = await sessionOf(await enter({ ...SAM, email: 'Owner@Example.com' }));
    expect(body.person).toMatchObject({ role: 'owner', has_password: true });
  });

  test('a role that the provider says holds from this log-in on, and falls back without it', async () => {
    const roles = [
      ['keyhold-admins', 'owner'],
      ['keyhold-users', 'operator'],
    ] as const;
    await start({ roleClaim: 'groups', roles });
    const roleOf = async (groups: unknown) =>
      (await sessionOf(await enter({ ...SAM, groups }))).body.person.role;
    expect(await roleOf(['staff', 'keyhold-users', 'keyhold-admins'])).toBe('owner');
    expect(await roleOf('keyhold-users')).toBe('operator');
    expect(await roleOf(['staff'])).toBe('read_only');
  });

  test.each([
    ['whose address is not verified', { ...SAM, email_verified: false }],
    ['whose address is of another domain', { ...SAM, email: 'sam@example.com.evil.example' }],
    ['who has no address', { sub: 'sam' }],
  ])('somebody %s does not come in', async (_, claims) => {
    await start();
    const reply = await enter(claims);
    expect(reply).toMatchObject(REFUSED);
    expect(cookiesOf(reply).join()).not.toContain('khcs_');
    expect(await api.store.hasPeople()).toBe(false);
  });

  test('who is disabled does not come in', async () => {
    await start();
    const { body } = await sessionOf(await enter(SAM));
    await api.send(`/v1/people/${body.person.id}`, { method: 'PATCH', json: { disabled: true } });
    expect(await enter(SAM)).toMatchObject(REFUSED);
  });

  test.each<[string, TestProvider['forge']]>([
    ['with a key that is not the provider’s', { foreignKey: true }],
    ['for another client', { audience: 'another' }],
    ['for another log-in', { nonce: 'another' }],
  ])('an ID token %s lets nobody in', async (_, forge) => {
    await start();
    provider.forge = forge;
    expect(await enter(SAM)).toMatchObject(REFUSED);
    provider.forge = {};
    expect(await enter(SAM)).toMatchObject({ headers: { location: '/console/' } });
  });

  test('an answer of the provider counts in the browser that asked for it, once', async () => {
    await start();
    expect(await enter(SAM, undefined, 'x=y')).toMatchObject(REFUSED);
    expect(await enter(SAM, undefined, 'keyhold-oidc=AAAA')).toMatchObject(REFUSED);
    const withState = (state: string) => (back: URL) => {
      back.searchParams.set('state', state);
      return back;
    };
    expect(await enter(SAM, withState('another'))).toMatchObject(REFUSED);
    let used: URL | null = null;
    const first = await enter(SAM, (back) => {
      used = back;
      return back;
    });
    expect(first).toMatchObject({ headers: { location: '/console/' } });
    expect(await enter(SAM, () => used ?? new URL('http://nowhere'))).toMatchObject(REFUSED);
  });

  test('a proof that is asked for is asked for at the provider, and has to be one of the moment', async () => {
    await start();
    const started = await api.send('/v1/console/oidc/start?reauthenticate=1', { token: null });
    const location = new URL(String(started.headers['location']));
    expect(location.searchParams.get('prompt')).toBe('login');
    const [flight = ''] = cookiesOf(started);
    expect(flight).toMatch(/^keyhold-oidc=[\w-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/);
    provider.claims = { ...SAM, auth_time: Math.floor(Date.now() / 1_000) - 3_600 };
    const back = provider.authorize(location.href);
    const headers = { cookie: pairOf(flight) };
    expect(await api.send(back.pathname + back.search, { token: null, headers })).toMatchObject(REFUSED);
  });

  test('where no provider is configured there is nothing', async () => {
    api = await startTestApi();
    for (const path of ['start', 'callback']) {
      const reply = await api.send(`/v1/console/oidc/${path}`, { token: null });
      expect(reply).toMatchObject({ status: 404, body: { code: 'route_not_found' } });
    }
  });
});

describe('what a provider points at', () => {
  test.each([
    ['the metadata of a cloud', 'http://169.254.169.254/token'],
    ['the same by https', 'https://169.254.169.254/token'],
    ['this machine', 'https://[::1]/token'],
    ['a neighbour', 'https://10.0.0.1/token'],
    ['a name that stands for this machine', 'https://localhost/token'],
    ['anything by plain http', 'http://example.com/token'],
  ])('%s is not asked for', async (_, endpoint) => {
    await start();
    provider.endpoints = { token_endpoint: endpoint };
    expect(await enter(SAM)).toMatchObject(REFUSED);
    expect(api.logged.some(({ level }) => level === 'warn')).toBe(true);
  });

  test('a redirect to another machine is not followed', async () => {
    const asked: string[] = [];
    const target = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' });
      response.end();
    });
    await new Promise<void>((resolve) => void target.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void target.close());
    const address = target.address();
    const issuer = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    const answer = await createGuardedFetch(issuer)(issuer.href, {});
    expect([answer.status, asked]).toEqual([302, ['/']]);
    await start();
  });

  test('a provider that does not answer is told of, and asked again the next time', async () => {
    await start();
    const { issuer } = provider;
    provider.endpoints = { issuer: 'https://another.example' };
    const refused = await api.send('/v1/console/oidc/start', { token: null });
    expect(refused).toMatchObject({ status: 503, body: { code: 'oidc_unavailable' } });
    provider.endpoints = { issuer };
    expect(await enter(SAM)).toMatchObject({ headers: { location: '/console/' } });
  });
});
