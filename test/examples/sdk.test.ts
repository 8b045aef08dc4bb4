import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createUpstream } from '../../examples/localleads/upstream.ts';
import { connect, exchangeRaw } from '../../packages/gateway/test/_util.ts';
import type { IssuedKey } from '../_harness.ts';
import { type Answer, type CallOptions, call } from '../_http.ts';
import { type RunningSystem, startSystem } from '../systems/_system.ts';
import { EXAMPLES, type Example, type RunningExample, startExample } from './_example-process.ts';

const UNAUTHORIZED = '{"statusCode":401,"error":"Unauthorized","message":"Invalid or expired token"}';
const BALANCE = '/api/v1/credits/balance';
const API_KEYS = '/api/v1/api-keys';

let system: RunningSystem;
let env: Record<string, string>;
let organizations = 0;
beforeAll(async () => {
  system = await startSystem('localleads', createUpstream);
  const { keyhold } = system;
  const made = await keyhold.operator('POST', '/v1/operators', { name: 'example', scopes: ['attach'] });
  const { token } = made.body as { token: string };
  env = { KEYHOLD_URL: keyhold.url, KEYHOLD_ATTACH_TOKEN: token };
});
afterAll(() => system?.stop());

async function newAccount(): Promise<{ organization: string; issued: IssuedKey; session: string }> {
  const { keyhold } = system;
  const organization = `account-${++organizations}`;
  await keyhold.createOrganization(organization);
  const issued = await keyhold.issue({ keyspace: 'localleads', organization, name: 'Production server' });
  return { organization, issued, session: await keyhold.portalToken('localleads', organization) };
}

/** Of the connection and how the body stands on it, of the moment, or of the framework (Next.js says what its own pages vary by). */
const NOT_COMPARED = [
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'keyhold-request-id',
  'server',
  'transfer-encoding',
  'vary',
];

function comparable({ status, headers, text }: Answer): unknown {
  const compared = Object.entries(headers).filter(([name]) => !NOT_COMPARED.includes(name));
  const body = text.replace(/"request_id":"[^"]*"/, '');
  return { status, headers: Object.fromEntries(compared), body };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

function testExample(example: Example): void {
  describe(`LocalLeads' API on ${example.name}`, () => {
    let app: RunningExample;
    beforeEach((context) => {
      if (example.missing !== null) context.skip(example.missing);
    });
    beforeAll(async () => {
      if (example.missing !== null) return;
      example.prepare?.();
      app = await startExample(example, env);
      // Next.js loads a route, and with it the verifier, when it is asked for.
      const answers = async () => (await call('GET', app.url + BALANCE)).status === 401;
      await vi.waitUntil(answers, { timeout: 100_000, interval: 100 });
    });
    afterAll(() => app?.stop());

    /** The same request to the example and to the gateway; expects one answer of both. */
    async function askBoth(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
      const answer = await call(method, app.url + path, options);
      const expected = await call(method, system.apiUrl + path, options);
      expect(comparable(answer), `${method} ${path}`).toEqual(comparable(expected));
      return answer;
    }

    test('L3, L4: a key opens every path on behalf of its account, and nothing else is needed', async () => {
      const { issued } = await newAccount();
      const { key } = issued;
      for (const spent of [0, 1]) {
        const answer = await call('GET', app.url + BALANCE, { key });
        expect([answer.status, answer.body]).toEqual([200, { balance: 50 - spent }]);
        const found = await call('GET', `${app.url}/api/v1/leads?city=Bath`, { key });
        expect(found.body).toEqual(
          (await call('GET', `${system.apiUrl}/api/v1/leads?city=Bath`, { key })).body,
        );
      }
      const headers = { 'content-type': 'text/csv' };
      const imported = await call('POST', `${app.url}/api/v1/leads/import`, { key, headers, body: 'a\nb\n' });
      expect(imported.body).toEqual({ imported: 2 });
    });

    test('L5: every refusal has the bytes of the gateway', async () => {
      const { issued, session } = await newAccount();
      const { keyhold } = system;
      const requests: CallOptions[] = [
        {},
        { key: `ll_${'0'.repeat(64)}` },
        { key: 'll_your_api_key_here' },
        { key: `${issued.key}0` },
        { key: keyhold.operatorToken },
        { key: session },
        { headers: { authorization: 'Basic c2FtOnNlY3JldA==' } },
        { headers: { authorization: 'Bearer' } },
      ];
      for (const options of requests)
        expect(await askBoth('GET', BALANCE, options)).toMatchObject({ status: 401, text: UNAUTHORIZED });
      const authorization = `Bearer ${issued.key}, Bearer ${issued.key}`;
      expect((await askBoth('GET', BALANCE, { headers: { authorization } })).status).toBe(400);
    });

    if (example.seesRepeatedLines)
      test('two lines of credentials are refused, also when both are good', async () => {
        const { key } = (await newAccount()).issued;
        const line = `Authorization: Bearer ${key}`;
        const request = [
          `GET ${BALANCE} HTTP/1.1`,
          'Host: localhost',
          line,
          line,
          'Connection: close',
          '',
          '',
        ];
        const bodyOf = async (url: string) =>
          (await exchangeRaw(portOf(url), ...request)).split('\r\n\r\n')[1];
        expect(await exchangeRaw(portOf(app.url), ...request)).toMatch(/^HTTP\/1\.1 400 /);
        const [own, gateways] = await Promise.all([bodyOf(app.url), bodyOf(system.apiUrl)]);
        const known = (text = '') => text.replace(/"request_id":"[^"]*"/, '');
        expect(known(own)).toBe(known(gateways));
      });

    test('a key that is revoked while it uploads gets nothing from then on', async () => {
      const { issued } = await newAccount();
      const client = await connect(portOf(app.url));
      client.write(
        'POST /api/v1/leads/import HTTP/1.1',
        'Host: localhost',
        `Authorization: Bearer ${issued.key}`,
        'Content-Type: text/csv',
        'Content-Length: 4',
        'Expect: 100-continue',
        'Connection: close',
        '',
        '',
      );
      await client.until('100 Continue\r\n\r\n');
      client.socket.write('a\n');
      await system.keyhold.operator('POST', `/v1/keys/${issued.id}/revoke`);
      if (!example.endsInFlight) client.socket.write('b\n');
      await client.closed;
      const [, answer = ''] = client.text.split('100 Continue\r\n\r\n');
      if (example.endsInFlight) {
        expect(answer).toMatch(/^HTTP\/1\.1 401 /);
        expect(answer).toContain(UNAUTHORIZED);
      } else expect(answer).toContain('{"imported":2}');
      expect((await askBoth('GET', BALANCE, { key: issued.key })).status).toBe(401);
    });

    test('a recycled key is refused from the moment its successor is known, which works at once', async () => {
      const { issued } = await newAccount();
      const recycled = await system.keyhold.operator('POST', `/v1/keys/${issued.id}/recycle`);
      expect((await askBoth('GET', BALANCE, { key: issued.key })).text).toBe(UNAUTHORIZED);
      const { key } = recycled.body as { key: string };
      expect((await call('GET', app.url + BALANCE, { key })).status).toBe(200);
    });

    test('L6, L7, L8: keys are managed by session and by key, at most ten of them, with the shapes of the gateway', async () => {
      const { session, issued } = await newAccount();
      const keys = app.url + API_KEYS;
      const expires_at = '2099-12-31T00:00:00Z';
      const made = await call('POST', keys, { key: session, body: { name: 'CRM', expires_at } });
      expect(made.status, made.text).toBe(201);
      const { id, key } = made.body as { id: number; key: string };
      expect((await call('GET', app.url + BALANCE, { key })).status).toBe(200);
      for (let count = 2; count < 10; count++)
        expect((await call('POST', keys, { key: issued.key, body: { name: `Key ${count}` } })).status).toBe(
          201,
        );
      expect((await askBoth('POST', API_KEYS, { key, body: { name: 'eleventh' } })).status).toBe(409);
      expect((await askBoth('GET', API_KEYS, { key: session })).body).toHaveLength(10);
      await askBoth('GET', `${API_KEYS}?limit=3`, {});
      await askBoth('POST', API_KEYS, { key: session, body: { name: 'x', scopes: 'send' } });
      await askBoth('DELETE', `${API_KEYS}/999999`, { key: session });
      expect((await call('DELETE', `${keys}/${id}`, { key })).status).toBe(204);
      expect((await askBoth('GET', BALANCE, { key })).text).toBe(UNAUTHORIZED);
    });
  });
}

for (const example of EXAMPLES) testExample(example);
