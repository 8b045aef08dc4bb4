import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { expect, test } from 'vitest';
import { type CallOptions, call } from '../_http.ts';
import { startRecorder } from '../_recorder.ts';
import { expectDenial } from './_keyhold.ts';
import { expectStopped, type ProxyFixture, reached } from './_proxy-fixture.ts';
import { sendRaw } from './_raw.ts';

const UNAVAILABLE =
  '{"type":"urn:keyhold:problem:unavailable","title":"Service unavailable","status":503,"code":"unavailable"}';

/** What becomes of each decision of Keyhold's, whatever program asks for it and over whatever transport. */
export function testDecisions(fixture: () => ProxyFixture): void {
  test('a good key reaches the API, which learns who called and never the key', async () => {
    const { asked, esms } = fixture();
    const { key, id, organization } = await asked.issueEsms();
    const { method, target, headers } = reached(await esms('GET', '/api/messages?page=2', { key }));
    expect([method, target]).toEqual(['GET', '/api/messages?page=2']);
    expect(headers).toMatchObject({
      'keyhold-key-id': id,
      'keyhold-organization': organization,
      'keyhold-environment': 'live',
      'keyhold-scopes': 'send query',
    });
    expect(JSON.stringify(headers)).not.toContain(key);
  });

  test('a body reaches the API whole, and Keyhold not at all', async () => {
    const { asked, esms, relay } = fixture();
    const { key } = await asked.issueEsms();
    const body = `begin ${'x'.repeat(300_000)} end`;
    relay.forget();
    const { method, body: received } = reached(await esms('POST', '/api/messages/send', { key, body }));
    expect([method, received === body]).toEqual(['POST', true]);
    expect(relay.sent()).toContain(key);
    expect(relay.sent()).not.toContain('xxxx');
    expect(relay.sent()).not.toMatch(/^(?:content-length: [1-9]|transfer-encoding)/im);
  });

  test("a denial is Keyhold's own: status, challenge and every byte of the body", async () => {
    const { asked, esms } = fixture();
    const query = await asked.issueEsms({ scopes: ['query'] });
    const revoked = await asked.issueEsms();
    await asked.keyhold.operator('POST', `/v1/keys/${revoked.id}/revoke`);
    const foreign = await asked.issueLeads();
    const attempts: [method: string, uri: string, options: CallOptions][] = [
      ['GET', '/api/messages', {}],
      ['GET', '/api/messages', { key: 'garbage' }],
      ['GET', '/api/messages', { key: `esms_live_${'0'.repeat(32)}` }],
      ['GET', '/api/messages', { key: revoked.key }],
      ['GET', '/api/messages', { key: foreign.key }],
      ['GET', '/api/messages', { headers: { authorization: `Basic ${query.key}` } }],
      ['POST', '/api/messages/send', { key: query.key, body: { to: '+254700000001', text: 'hello' } }],
      ['PUT', '/api/webhooks', { key: query.key, body: {} }],
      ['GET', '/api/unknown', { key: query.key }],
      ['GET', '/api//messages', { key: query.key }],
    ];
    for (const [method, uri, options] of attempts) {
      const answer = await expectStopped(fixture(), esms(method, uri, options));
      const { body: _body, ...credential } = options;
      expectDenial(answer, await asked.ask('esms-africa', method, uri, credential));
    }
  });

  test("every 401 has the body that LocalLeads' document shows, a missing header included", async () => {
    const { asked, leads } = fixture();
    for (const credential of [{}, { key: `ll_${'0'.repeat(64)}` }]) {
      const answer = await expectStopped(fixture(), leads('GET', '/api/v1/credits/balance', credential));
      expect(answer.status).toBe(401);
      expect(answer.text).toBe(
        '{"statusCode":401,"error":"Unauthorized","message":"Invalid or expired token"}',
      );
      expectDenial(answer, await asked.ask('localleads', 'GET', '/api/v1/credits/balance', credential));
    }
    const { key } = await asked.issueLeads();
    reached(await leads('GET', '/api/v1/credits/balance', { key }));
  });

  test('a key is refused from the moment at which its DELETE returns', async () => {
    const { asked, esms } = fixture();
    const { key, number, organization } = await asked.issueEsms();
    const token = await asked.keyhold.portalToken('esms-africa', organization);
    reached(await esms('GET', '/api/balance', { key }));
    const url = `${asked.keyhold.gateway('esms-africa')}/api/api-keys/${number}`;
    expect((await call('DELETE', url, { key: token })).status).toBe(204);
    expect((await expectStopped(fixture(), esms('GET', '/api/balance', { key }))).status).toBe(401);
  });

  test('two credentials are 400', async () => {
    const { asked, proxy, subject } = fixture();
    const { key } = await asked.issueEsms();
    const authorization = `Authorization: Bearer ${key}`;
    const lines = ['GET /api/messages HTTP/1.1', authorization, authorization];
    const answer = await expectStopped(fixture(), sendRaw(proxy.esmsUrl, lines));
    expect(answer.status).toBe(400);
    expect(answer.text.includes('urn:keyhold:problem:invalid_request')).toBe(!subject.refusesTwoCredentials);
  });

  test("the API's own denials and errors pass as they are", async () => {
    const { asked, esms } = fixture();
    const { key } = await asked.issueEsms();
    for (const status of [400, 401, 403, 500, 503]) {
      const answer = await esms('GET', '/api/messages', { key, headers: { 'x-answer': String(status) } });
      expect([answer.status, answer.text]).toEqual([status, "the API's own"]);
      expect(answer.headers['www-authenticate']).toBe('Api');
    }
  });

  test('HEAD needs the scope of GET and never has a body', async () => {
    const { asked, esms } = fixture();
    const { key } = await asked.issueEsms({ scopes: ['query'] });
    const good = await esms('HEAD', '/api/balance', { key });
    expect([good.status, good.text]).toEqual([200, '']);
    expect(asked.api.requests.at(-1)).toMatchObject({ method: 'HEAD', target: '/api/balance' });
    for (const [uri, credential] of [
      ['/api/webhooks', { key }],
      ['/api/balance', {}],
    ] as const) {
      const answer = await expectStopped(fixture(), esms('HEAD', uri, credential));
      const told = await asked.ask('esms-africa', 'HEAD', uri, credential);
      expect(answer.text).toBe('');
      expectDenial({ ...answer, text: told.text }, told);
    }
  });

  test('a denial does not wait for the body of what it denies', async () => {
    const { asked, proxy } = fixture();
    const { key } = await asked.issueEsms({ scopes: ['query'] });
    const headers = { authorization: `Bearer ${key}`, 'content-length': '500000' };
    const outgoing = request(`${proxy.esmsUrl}/api/messages/send`, { method: 'POST', headers, agent: false });
    outgoing.flushHeaders();
    const [answer] = (await expectStopped(fixture(), once(outgoing, 'response'))) as [IncomingMessage];
    expect(answer.statusCode).toBe(403);
    outgoing.on('error', () => {}).destroy();
  });

  test('more headers than Keyhold reads are refused', async () => {
    const { asked, esms } = fixture();
    const { key } = await asked.issueEsms();
    const headers = Object.fromEntries(['x-a', 'x-b', 'x-c'].map((name) => [name, 'x'.repeat(7_000)]));
    const { status } = await expectStopped(fixture(), esms('GET', '/api/messages', { key, headers }));
    expect(status).toBeOneOf([400, 431]);
    reached(await esms('GET', '/api/messages', { key, headers: { 'x-a': 'x'.repeat(7_000) } }));
  });

  test('connections to Keyhold are kept, whatever it answers', async () => {
    const { asked, esms, relay } = fixture();
    const { key } = await asked.issueEsms({ scopes: ['query'] });
    relay.forget();
    for (let i = 0; i < 10; i++) {
      await esms('GET', '/api/messages', { key });
      await esms('PUT', '/api/webhooks', { key });
      await esms('GET', '/api/messages');
      await esms('GET', '/api//messages', { key });
    }
    expect(relay.connections()).toBeLessThanOrEqual(1);
  });

  test('a Keyhold that cannot decide is 503 with Retry-After', async () => {
    const { esms, relay, leadBack } = fixture();
    const undecided = await startRecorder(({ response }) => {
      response.writeHead(503, {
        'Retry-After': '1',
        'Cache-Control': 'no-store',
        'Content-Type': 'application/problem+json',
        'Content-Length': UNAVAILABLE.length,
        'Keyhold-Request-Id': randomUUID(),
      });
      response.end(UNAVAILABLE);
    });
    relay.leadTo({ host: '127.0.0.1', port: Number(new URL(undecided.url).port) });
    const key = `esms_live_${'0'.repeat(32)}`;
    const answer = await expectStopped(fixture(), esms('GET', '/api/messages', { key }));
    expectDenial(answer, await call('GET', undecided.url));
    leadBack();
    await undecided.close();
  });

  test('without Keyhold nothing is let through, and once it is back everything is as before', async () => {
    const { asked, esms, relay, leadBack, subject } = fixture();
    const { key } = await asked.issueEsms();
    relay.leadTo(null);
    for (const credential of [{ key }, {}]) {
      const { status, text } = await expectStopped(fixture(), esms('GET', '/api/messages', credential));
      expect({ status, text }).toEqual(subject.gone);
    }
    leadBack();
    reached(await esms('GET', '/api/messages', { key }));
  });
}
