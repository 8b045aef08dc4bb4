import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectDenial } from './_keyhold.ts';
import { expectStopped, type ProxyFixture, reached } from './_proxy-fixture.ts';
import { sendRaw } from './_raw.ts';

/** The headers by which the API learns who called. */
export const IDENTITY = [
  'keyhold-key-id',
  'keyhold-organization',
  'keyhold-environment',
  'keyhold-scopes',
] as const;

/** Targets that two servers may read differently; an API behind could take each for what the key does not open. */
export const TWO_READINGS = [
  '/api/messages/../webhooks',
  '/api/messages/..%2fwebhooks',
  '/api/messages/..%2Fwebhooks',
  '/api/messages/%2e%2e/webhooks',
  '/api/messages/.%2E/webhooks',
  '/api/./webhooks',
  '//api/webhooks',
  '/api//webhooks',
  '/api/messages%2f..%2fwebhooks',
  '/api/messages/..\\webhooks',
  '/api/messages/%5c..%5cwebhooks',
  '/api/messages;x=1',
  '/api/messages/;/../webhooks',
  '/api/%77ebhooks',
  '/api/messages%00',
  '/api/messages%0d%0aX-Original-URI:%20/api/balance',
  '/api/messages/%C0%AE%C0%AE/webhooks',
  '/api/messages#/../webhooks',
  '/api/messages/..%252fwebhooks',
  '/healthz/../api/webhooks',
  '/api/messages/..%2f..%2fhealthz',
  '/api/messages/..%2f..%2f..%2fhealthz',
  '/api/webhooks/%2e%2e/%2e%2e/healthz',
  '/API/webhooks',
  '/api/webhooks/',
  'http://elsewhere.example/api/webhooks',
  'http://elsewhere.example/api/messages',
];

const PIECES =
  '/ /api /messages /webhooks /balance /healthz /send /.. /. // a é %2f %2F %2e %2E%2e %5c \\ ; ;x= %3b %00 %25 %252e ? # % +'.split(
    ' ',
  );

/** What a client that means harm gets out of a proxy: nothing. */
export function testHostileClient(fixture: () => ProxyFixture): void {
  test('identity headers from outside never reach the API, in whatever spelling', async () => {
    const { asked, proxy } = fixture();
    const { key, organization } = await asked.issueLeads();
    const forged = [
      ...IDENTITY.map((name) => `${name}: forged`),
      ...IDENTITY.map((name) => `${name.replaceAll('-', '_')}: forged`),
      'KEYHOLD-ORGANIZATION: forged',
      'Keyhold_Organization: forged',
      'KEYHOLD_ORGANIZATION: forged',
      'Keyhold-Key_Id: forged',
      // Whatever makes a variable of a header's name (CGI, WSGI, PHP) reads these as the same name.
      ...['.', '~', '+', '!', '*'].map((sign) => `Keyhold${sign}Organization: forged`),
    ];
    for (const [url, target, expected] of [
      [proxy.leadsUrl, '/api/v1/leads', organization],
      [proxy.esmsUrl, '/healthz', undefined],
    ] as const) {
      const before = asked.api.requests.length;
      await sendRaw(url, [`GET ${target} HTTP/1.1`, `Authorization: Bearer ${key}`, ...forged]);
      const [arrived, ...more] = asked.api.requests.slice(before);
      expect([arrived?.target, more]).toEqual([target, []]);
      expect(arrived?.message.rawHeaders).not.toContain('forged');
      expect(arrived?.headers['keyhold-organization']).toBe(expected);
    }
  });

  test('a client cannot have identity headers dropped by naming them in Connection', async () => {
    const { asked, esms } = fixture();
    const { key } = await asked.issueEsms();
    const connection = ['close', ...IDENTITY].join(', ');
    const { headers } = reached(await esms('GET', '/api/messages', { key, headers: { connection } }));
    for (const name of IDENTITY) expect(headers).toHaveProperty(name);
  });

  test('what a client says about its request never changes what is decided about', async () => {
    const { asked, esms } = fixture();
    const { key } = await asked.issueEsms({ scopes: ['query'] });
    const lies = {
      'x-original-method': 'GET',
      'x-original-uri': '/api/messages',
      'x-forwarded-method': 'GET',
      'x-forwarded-uri': '/api/messages',
      'x-http-method-override': 'GET',
      'x-rewrite-url': '/api/messages',
    };
    for (const headers of [lies, { ...lies, x_original_uri: '/api/messages', x_original_method: 'GET' }]) {
      const answer = await expectStopped(fixture(), esms('PUT', '/api/webhooks', { key, headers, body: {} }));
      expectDenial(answer, await asked.ask('esms-africa', 'PUT', '/api/webhooks', { key }));
    }
    // Nor do they cost anybody an answer.
    const headers = { 'x-original-uri': '/other', 'x-forwarded-uri': '/other', 'x-forwarded-method': 'PUT' };
    reached(await esms('GET', '/api/messages', { key, headers }));
  });

  test("the address that counts is the connection's, not one that the client claims", async () => {
    const { asked, leads } = fixture();
    const away = await asked.issueLeads({ allowed_cidrs: ['203.0.113.0/24'] });
    const here = await asked.issueLeads({ allowed_cidrs: ['127.0.0.0/8'] });
    const headers = { 'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9' };
    const answer = await expectStopped(fixture(), leads('GET', '/api/v1/leads', { key: away.key, headers }));
    expect(answer.status).toBe(401);
    reached(await leads('GET', '/api/v1/leads', { key: here.key, headers }));
  });

  test('Keyhold cannot be asked from outside, nor anything else of it be reached', async () => {
    const { asked, esms, relay } = fixture();
    const { key } = await asked.issueEsms();
    relay.forget();
    for (const uri of ['/_keyhold', '/v1/authorize/esms-africa', '/v1/keys', '/metrics']) {
      expect((await expectStopped(fixture(), esms('GET', uri, { key }))).status).toBeOneOf([403, 404]);
    }
    expect(relay.sent()).not.toMatch(/^[A-Z]+ (?!\/v1\/authorize\/esms-africa )/m);
  });

  /** Expects that of one request line the API gets what Keyhold accepts with this key, in the same bytes, or nothing. */
  async function expectAgreement(key: string, method: string, target: string): Promise<void> {
    const { asked, proxy } = fixture();
    const before = asked.api.requests.length;
    await sendRaw(proxy.esmsUrl, [`${method} ${target} HTTP/1.1`, `Authorization: Bearer ${key}`]);
    for (const arrived of asked.api.requests.slice(before)) {
      if (arrived.target.split('?')[0] === '/healthz') continue;
      expect([arrived.method, arrived.target]).toEqual([method, target.replace(/^http:\/\/[^/]*/, '')]);
      const { status } = await asked.ask('esms-africa', arrived.method, arrived.target, { key });
      expect(status, `${method} ${target} reached the API`).toBe(200);
    }
  }

  test.each(TWO_READINGS)('%s opens no other operation than the one that is forwarded', async (target) => {
    const { key } = await fixture().asked.issueEsms({ scopes: ['query'] });
    await expectAgreement(key, 'GET', target);
  });

  test('nothing put together of such pieces reaches the API but by an operation of the key', async () => {
    const { key } = await fixture().asked.issueEsms({ scopes: ['query'] });
    const piece = fc.constantFrom(...PIECES);
    const target = fc.array(piece, { minLength: 1, maxLength: 7 }).map((pieces) => `/${pieces.join('')}`);
    const method = fc.constantFrom('GET', 'PUT', 'POST', 'HEAD', 'DELETE');
    await fc.assert(
      fc.asyncProperty(method, target, (sent, path) => expectAgreement(key, sent, path)),
      { numRuns: 150, seed: 7 },
    );
  });

  test.each([
    '/api/messages/a%20b',
    '/api/messages/%2B254',
    '/api/messages/caf%C3%A9',
    '/api/messages/%25',
    '/api/messages/a?next=%2Fapi%2F..%2fwebhooks&x=//',
  ])('%s, which has one reading, is forwarded in the same bytes', async (target) => {
    const { asked, esms } = fixture();
    const { key } = await asked.issueEsms({ scopes: ['query'] });
    expect(reached(await esms('GET', target, { key })).target).toBe(target);
  });
}
