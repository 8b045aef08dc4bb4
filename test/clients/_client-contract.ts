import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { call } from '../_http.ts';
import { type Asked, expectDenial, startAsked } from '../forward-auth/_keyhold.ts';
import { sendRaw } from '../forward-auth/_raw.ts';
import { startRelay } from '../forward-auth/_relay.ts';
import { type Application, type Command, startApplication } from './_application.ts';

/** A middleware in another language, with the program that stands behind it. */
export interface ClientUnderTest {
  /** Why it is left out; null when this machine has what it needs. */
  readonly missing: string | null;
  /** The program: it takes Keyhold's address, a keyspace, and for how many seconds acceptances are remembered. */
  command(keyholdUrl: string, keyspace: string, cacheSeconds: number): Command;
  /** Whether what stands before the middleware joins lines of one name, so that it cannot tell two credentials from one. */
  readonly joinsLines: boolean;
}

interface CredentialVector {
  readonly name: string;
  readonly rule: { readonly header: string; readonly scheme: string | null };
  readonly headers: readonly string[];
}

const VECTORS = new URL('../../packages/core/test/vectors/credentials.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { cases: readonly CredentialVector[] };
const bearerCases = cases.filter(({ rule }) => rule.header === 'authorization' && rule.scheme === 'Bearer');

const UNAVAILABLE =
  '{"type":"urn:keyhold:problem:unavailable","title":"Service unavailable","status":503,"code":"unavailable"}';

/** What every middleware over forward-auth holds to, whatever its language. */
export function testClient(subject: ClientUnderTest): void {
  const resources = new AsyncDisposableStack();
  let asked: Asked;
  let esms: Application;
  let leads: Application;

  async function start(keyholdUrl: string, keyspace: string, cacheSeconds = 0): Promise<Application> {
    const application = await startApplication(subject.command(keyholdUrl, keyspace, cacheSeconds));
    resources.defer(() => application.stop());
    return application;
  }
  beforeEach((context) => {
    if (subject.missing !== null) context.skip(subject.missing);
  });
  beforeAll(async () => {
    if (subject.missing !== null) return;
    asked = await startAsked();
    resources.defer(() => asked.stop());
    esms = await start(asked.keyhold.url, 'esms-africa');
    leads = await start(asked.keyhold.url, 'localleads');
  });
  afterAll(() => resources.disposeAsync());

  test('the application learns who called', async () => {
    const { key, id, organization } = await asked.issueEsms();
    const answer = await call('GET', `${esms.url}/api/messages?page=2`, { key });
    expect(answer.body).toEqual({
      method: 'GET',
      key_id: id,
      organization,
      environment: 'live',
      scopes: ['send', 'query'],
      remembered: false,
    });
    const lead = await asked.issueLeads();
    expect((await call('POST', `${leads.url}/anything`, { key: lead.key })).body).toMatchObject({
      organization: lead.organization,
      environment: '',
      scopes: [],
    });
  });

  test("a denial is Keyhold's own: status, challenge and every byte of the body", async () => {
    const query = await asked.issueEsms({ scopes: ['query'] });
    const revoked = await asked.issueEsms();
    await asked.keyhold.operator('POST', `/v1/keys/${revoked.id}/revoke`);
    const elsewhere = await asked.issueEsms({ allowed_cidrs: ['203.0.113.0/24'] });
    const foreign = await asked.issueLeads();
    for (const key of [undefined, 'garbage', revoked.key, elsewhere.key, foreign.key]) {
      const options = key === undefined ? {} : { key };
      // Said to both, since the middleware names the client's address too.
      const headers = { 'x-forwarded-for': '127.0.0.1' };
      const direct = await asked.ask('esms-africa', 'GET', '/api/messages', { ...options, headers });
      expectDenial(await call('GET', `${esms.url}/api/messages`, options), direct);
    }
    const send = ['POST', '/api/messages/send', { key: query.key }] as const;
    const forbidden = await call('POST', `${esms.url}/api/messages/send`, { key: query.key });
    expect(forbidden.status).toBe(403);
    expectDenial(forbidden, await asked.ask('esms-africa', ...send));
    const leadsDenial = await call('GET', leads.url, { key: query.key });
    expect(leadsDenial.text).toBe(
      '{"statusCode":401,"error":"Unauthorized","message":"Invalid or expired token"}',
    );
    expectDenial(leadsDenial, await asked.ask('localleads', 'GET', '/', { key: query.key }));
  });

  test.each(bearerCases)('a request with $name is judged as by Keyhold itself', async ({ headers }) => {
    const lines: string[] = [];
    for (let i = 0; i < headers.length; i += 2) {
      // The server's own; a second one is refused before anybody looks at a credential.
      if (headers[i] !== 'Host') lines.push(`${headers[i]}: ${headers[i + 1]}`);
    }
    const answer = await sendRaw(esms.url, ['GET /api/messages HTTP/1.1', ...lines]);
    const told = ['X-Original-Method: GET', 'X-Original-URI: /api/messages'];
    const direct = await sendRaw(asked.keyhold.url, [
      'GET /v1/authorize/esms-africa HTTP/1.1',
      ...told,
      ...lines,
    ]);
    const isJoined = subject.joinsLines && lines.length === 2 && lines[0]?.includes('Basic') === true;
    if (isJoined) expect(meaning(answer.text).status).toBe('401');
    else expect(meaning(answer.text)).toEqual(meaning(direct.text));
  });

  test('a key limited to networks is good from there', async () => {
    const { key } = await asked.issueEsms({ allowed_cidrs: ['127.0.0.0/8'] });
    expect((await call('GET', `${esms.url}/api/messages`, { key })).status).toBe(200);
  });

  test('a path with a second spelling opens nothing', async () => {
    const { key } = await asked.issueEsms();
    for (const target of [
      '/api//messages',
      '/api/%2e%2e/messages',
      '/api/x%2Fmessages',
      '/api/../messages',
    ]) {
      const answer = await sendRaw(esms.url, [`GET ${target} HTTP/1.1`, `Authorization: Bearer ${key}`]);
      expect(['400', '403'], target).toContain(meaning(answer.text).status);
    }
  });

  test('HEAD needs what GET needs', async () => {
    const { key } = await asked.issueEsms({ scopes: ['query'] });
    expect((await call('HEAD', `${esms.url}/api/messages`, { key })).status).toBe(200);
    expect((await call('HEAD', `${esms.url}/api/webhooks`, { key })).status).toBe(403);
  });

  test('a revoked key is refused from the next request on', async () => {
    const { key, id } = await asked.issueEsms();
    expect((await call('GET', `${esms.url}/api/messages`, { key })).status).toBe(200);
    await asked.keyhold.operator('POST', `/v1/keys/${id}/revoke`);
    expect((await call('GET', `${esms.url}/api/messages`, { key })).status).toBe(401);
  });

  test('where a cache is asked for, an acceptance is remembered and says so, and a denial is not', async () => {
    const remembering = await start(asked.keyhold.url, 'esms-africa', 3_600);
    const get = async (key: string, path = '/api/messages') => call('GET', remembering.url + path, { key });
    const { key, id } = await asked.issueEsms();
    expect((await get(key)).body).toMatchObject({ key_id: id, remembered: false });
    await asked.keyhold.operator('POST', `/v1/keys/${id}/disable`);
    expect((await get(key)).body).toMatchObject({ key_id: id, remembered: true });
    expect((await get(key, '/api/routes')).status).toBe(401);
    await asked.keyhold.operator('POST', `/v1/keys/${id}/enable`);
    expect((await get(key, '/api/routes')).status).toBe(200);
  });

  test('while Keyhold cannot be asked every request gets 503, and afterwards none', async () => {
    const { key } = await asked.issueEsms();
    const keyhold = { host: '127.0.0.1', port: Number(new URL(asked.keyhold.url).port) };
    const relay = await startRelay(keyhold);
    resources.defer(() => relay.close());
    const application = await start(`http://127.0.0.1:${relay.port}`, 'esms-africa');
    const get = () => call('GET', `${application.url}/api/messages`, { key });
    expect((await get()).status).toBe(200);
    relay.leadTo(null);
    const gone = await get();
    expect([gone.status, gone.headers['retry-after'], gone.text]).toEqual([503, '1', UNAVAILABLE]);
    relay.leadTo(keyhold);
    expect((await get()).status).toBe(200);
  });

  test('a keyspace that Keyhold does not know lets nobody through', async () => {
    const misled = await start(asked.keyhold.url, 'no-such-keyspace');
    expect((await call('GET', misled.url, { key: 'x' })).status).toBe(503);
  });
}

/** Status, challenge and body: what a client acts on. */
function meaning(answer: string): { readonly status: string | undefined } & Record<string, unknown> {
  const [head = '', body] = answer.split(/\r\n\r\n(.*)/s);
  const challenge = /^www-authenticate: (.*)$/im.exec(head)?.[1];
  return { status: /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1], challenge, body };
}

/** Runs a program to its end with this on its standard input. */
export function runWithInput({ file, parameters, env }: Command, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { env: { PATH: process.env['PATH'], ...env } };
    const child = execFile(file, parameters, options, (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    );
    child.stdin?.end(input);
  });
}
