import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { call } from '../_http.ts';
import type { ClientRequest, DocumentedProxy, Outcome } from './_documented-proxy.ts';
import { createEnvoy, ENVOY_ADDRESS } from './_envoy.ts';
import { IDENTITY, TWO_READINGS } from './_hostile-client.ts';
import { type Asked, expectDenial, startAsked } from './_keyhold.ts';
import { createTraefik } from './_traefik.ts';

let asked: Asked;
beforeAll(async () => {
  asked = await startAsked({ trustedProxies: [`${ENVOY_ADDRESS}/32`] });
});
afterAll(() => asked?.stop());

const bearer = (key: string) => ['authorization', `Bearer ${key}`] as const;

function expectForwarded(outcome: Outcome): ReadonlyMap<string, string> {
  if (outcome.kind === 'denied') expect.fail(`${outcome.answer.status} ${outcome.answer.text}`);
  return outcome.headers;
}

describe.each([
  ['Traefik', () => createTraefik(asked.keyhold.url, 'esms-africa')],
  ['Envoy', () => createEnvoy(asked.keyhold.url)],
] as const)('%s as it is documented', (_name, create) => {
  let proxy: DocumentedProxy;
  beforeAll(() => {
    proxy = create();
  });

  const receive = (
    method: string,
    target: string,
    headers: ClientRequest['headers'],
    address = '198.51.100.7',
  ) => proxy.receive({ method, target, headers, address });

  test('a good key reaches the API, which learns who called and never the key', async () => {
    const { key, id, organization } = await asked.issueEsms();
    for (const [method, target] of [
      ['GET', '/api/messages?page=2'],
      ['HEAD', '/api/messages/caf%C3%A9'],
      ['POST', '/api/messages/send'],
    ] as const) {
      const headers = expectForwarded(await receive(method, target, [bearer(key)]));
      const identity = Object.fromEntries(IDENTITY.map((name) => [name, headers.get(name)]));
      expect(identity).toEqual({
        'keyhold-key-id': id,
        'keyhold-organization': organization,
        'keyhold-environment': 'live',
        'keyhold-scopes': 'send query',
      });
      expect([...headers.values()].join()).not.toContain(key);
    }
  });

  test("a denial is Keyhold's own: status, challenge and every byte of the body", async () => {
    const { key } = await asked.issueEsms({ scopes: ['query'] });
    const foreign = await asked.issueLeads();
    for (const [method, target, credential] of [
      ['GET', '/api/messages', {}],
      ['GET', '/api/messages', { key: 'garbage' }],
      ['GET', '/api/messages', { key: foreign.key }],
      ['PUT', '/api/webhooks', { key }],
      ['POST', '/api/messages/send', { key }],
      ['GET', '/api//messages', { key }],
    ] as const) {
      const headers = 'key' in credential ? [bearer(credential.key)] : [];
      const outcome = await receive(method, target, headers);
      if (outcome.kind !== 'denied') expect.fail(`${method} ${target} was let through`);
      expectDenial(outcome.answer, await asked.ask('esms-africa', method, target, credential));
    }
  });

  test('a key is refused from the moment at which its DELETE returns', async () => {
    const { key, number, organization } = await asked.issueEsms();
    const token = await asked.keyhold.portalToken('esms-africa', organization);
    expectForwarded(await receive('GET', '/api/balance', [bearer(key)]));
    const url = `${asked.keyhold.gateway('esms-africa')}/api/api-keys/${number}`;
    expect((await call('DELETE', url, { key: token })).status).toBe(204);
    expect(await receive('GET', '/api/balance', [bearer(key)])).toMatchObject({ answer: { status: 401 } });
  });

  test('identity headers from outside never reach the API, in whatever spelling', async () => {
    const { key, organization } = await asked.issueEsms();
    const names = IDENTITY.flatMap((name) => ['-', '_', '.', '~'].map((sign) => name.replaceAll('-', sign)));
    const forged = [...names, 'KEYHOLD-ORGANIZATION', 'Keyhold_Organization'].map(
      (name) => [name, 'forged'] as const,
    );
    const headers = expectForwarded(await receive('GET', '/api/balance', [bearer(key), ...forged]));
    expect([...headers.values()]).not.toContain('forged');
    expect(headers.get('keyhold-organization')).toBe(organization);
  });

  test('what a client says about its request never changes what is decided about', async () => {
    const { key } = await asked.issueEsms({ scopes: ['query'] });
    const lies = [
      ['x-original-method', 'GET'],
      ['x-original-uri', '/api/messages'],
      ['x-forwarded-method', 'GET'],
      ['X-Forwarded-Uri', '/api/messages'],
      ['X_Forwarded_Uri', '/api/messages'],
    ] as const;
    const lied = await receive('PUT', '/api/webhooks', [bearer(key), ...lies]);
    expect(lied).toMatchObject({ kind: 'denied', answer: { status: 403 } });
    const others = lies.map(([name]) => [name, '/other'] as const);
    expectForwarded(await receive('GET', '/api/messages', [bearer(key), ...others]));
  });

  test("the address that counts is the connection's, not one that the client claims", async () => {
    const { key } = await asked.issueEsms({ allowed_cidrs: ['203.0.113.0/24'] });
    const claim = ['X-Forwarded-For', '203.0.113.9'] as const;
    expectForwarded(await receive('GET', '/api/balance', [bearer(key)], '203.0.113.9'));
    expect(await receive('GET', '/api/balance', [bearer(key), claim])).toMatchObject({
      answer: { status: 401 },
    });
  });

  test('a target that can be read in two ways is refused', async () => {
    const { key } = await asked.issueEsms({ scopes: ['query'] });
    // An escaped percent sign has one reading, and neither proxy needs an absolute form.
    const inOriginForm = TWO_READINGS.filter((target) => target.startsWith('/') && !target.includes('%25'));
    for (const target of [...inOriginForm, '/../localleads/api/messages', '/..%2flocalleads']) {
      const outcome = await receive('GET', target, [bearer(key)]);
      expect(outcome, target).toMatchObject({
        kind: 'denied',
        answer: { status: expect.toBeOneOf([400, 403]) },
      });
    }
  });
});

test('LocalLeads behind Traefik: every path is open to a good key, and a 401 has the body of its document', async () => {
  const traefik = createTraefik(asked.keyhold.url, 'localleads');
  const { key, organization } = await asked.issueLeads();
  const leads = { method: 'GET', target: '/api/v1/credits/balance', address: '198.51.100.7' };
  const headers = expectForwarded(await traefik.receive({ ...leads, headers: [bearer(key)] }));
  expect(headers.get('keyhold-organization')).toBe(organization);
  expect(await traefik.receive({ ...leads, headers: [] })).toMatchObject({
    answer: {
      status: 401,
      text: '{"statusCode":401,"error":"Unauthorized","message":"Invalid or expired token"}',
    },
  });
});

test('Envoy answers 503 while Keyhold does not answer', async () => {
  const request = { method: 'GET', target: '/api/balance', address: '198.51.100.7', headers: [] };
  const outcome = await createEnvoy('http://127.0.0.1:1').receive(request);
  expect(outcome).toMatchObject({ kind: 'denied', answer: { status: 503 } });
});
