import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../_http.ts';
import type { Address } from './_connection.ts';
import { mintUnknown } from './_denied-credentials.ts';
import { type SecurityServer, startSecurityServer } from './_server.ts';

// What holds of every answer that is made here, whichever face it comes from and whether it is a yes or a no.

let server: SecurityServer;
let goodKey: string;

beforeAll(async () => {
  server = await startSecurityServer();
  await server.operator('POST', '/v1/organizations', { id: 'acme', name: 'Acme', features: ['partner'] });
  const request = { keyspace: 'standard', organization: 'acme', name: 'key', environment: 'live' };
  goodKey = (await server.operator('POST', '/v1/keys', request))['key']!;
});
afterAll(() => server?.stop());

function toUrl(address: Address): string {
  return 'port' in address ? `http://${address.host}:${address.port}` : '';
}

async function collectAnswers() {
  const management = toUrl(server.management);
  const gateway = toUrl(server.gateway('standard'));
  const token = server.operatorToken;
  const unknown = mintUnknown();
  const requests: readonly (readonly [string, string, string?, object?])[] = [
    ['GET', `${management}/v1/keys`, token],
    ['GET', `${management}/v1/keys`],
    ['GET', `${management}/v1/keys`, unknown],
    ['GET', `${management}/v1/keys?nothing=1`, token],
    ['GET', `${management}/v1/nothing`, token],
    ['DELETE', `${management}/v1/keys`, token],
    ['POST', `${management}/v1/keys`, token, { keyspace: 'standard' }],
    [
      'POST',
      `${management}/v1/keys`,
      token,
      { keyspace: 'standard', organization: 'acme', name: 'another', environment: 'live' },
    ],
    ['POST', `${management}/v1/verify`, token, { key: goodKey }],
    ['POST', `${management}/v1/verify`, token, { key: unknown }],
    ['POST', `${management}/v1/verify`, unknown, { key: unknown }],
    ['POST', `${management}/v1/introspect`, token],
    ['GET', `${management}/v1/authorize/standard`, goodKey],
    ['GET', `${management}/v1/authorize/standard`, unknown],
    ['GET', `${management}/v1/authorize/nothing`, unknown],
    ['POST', `${management}/v1/portal-sessions`, token, { keyspace: 'standard', organization: 'acme' }],
    ['GET', `${management}//v1`, token],
    ['GET', `${gateway}/messages`, unknown],
    ['GET', `${gateway}/messages`],
    ['GET', `${gateway}//messages`, goodKey],
    ['GET', `${gateway}/messages`, goodKey],
    ['GET', `${gateway}/keys`, goodKey],
    ['GET', `${gateway}/keys`, unknown],
    ['POST', `${gateway}/keys`, goodKey, { name: '' }],
    ['POST', `${gateway}/keys`, goodKey, { name: 'key', environment: 'live' }],
  ];
  return Promise.all(
    requests.map(async ([method, url, key, body]) => ({
      request: `${method} ${url}`,
      answer: await call(method, url, { ...(key !== undefined && { key }), body }),
    })),
  );
}

test('every answer forbids keeping it, says what it is, and leads nowhere else', async () => {
  const answers = await collectAnswers();
  expect(new Set(answers.map(({ answer }) => answer.status))).toEqual(
    new Set([200, 201, 400, 401, 404, 405, 415, 422, 502]),
  );
  for (const { request, answer } of answers) {
    const { headers, text } = answer;
    expect(headers['cache-control'], request).toBe('no-store');
    expect(headers['location'], request).toBeUndefined();
    expect(headers['set-cookie'], request).toBeUndefined();
    expect(headers['keyhold-request-id'], request).toMatch(/./);
    if (text === '') continue;
    expect(headers['content-type'], request).toMatch(/^application\/(?:problem\+)?json$/);
    expect(JSON.parse(text), request).toBeTypeOf('object');
  }
});

test('no answer names the software behind it or its version', async () => {
  for (const { request, answer } of await collectAnswers()) {
    expect(
      Object.keys(answer.headers).filter((name) => /^(?:server|x-powered-by|via|x-version)$/.test(name)),
      request,
    ).toEqual([]);
  }
});
