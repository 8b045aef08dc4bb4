import { createVerifier, type KeyholdVerifier, toKeyholdVerifier } from '@keyhold/sdk';
import { createNodeProtection } from '@keyhold/sdk/node';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { composeConfiguration, type System } from '../../../examples/demo/configuration.ts';
import { type Keyhold, startKeyhold } from '../../../test/_harness.ts';
import { type Answer, type CallOptions, call } from '../../../test/_http.ts';
import { startTlsFront } from '../../../test/_tls-front.ts';
import { startRelay } from '../../../test/forward-auth/_relay.ts';
import { FRAMEWORKS, reasonToLeaveOut } from './_frameworks.ts';
import { portOf, SUBJECTS, type Subject } from './_subjects.ts';

const PATHS = { 'esms-africa': '/api/api-keys', localleads: '/api/v1/api-keys', 'local-esim': '/keys' };

interface Created {
  readonly id: number;
  readonly key: string;
}

let server: Keyhold;
let attachToken: string;
let organizations = 0;
beforeAll(async () => {
  const upstream = 'http://127.0.0.1:9';
  server = await startKeyhold(
    composeConfiguration(['esms-africa', 'localleads'], { 'esms-africa': upstream, localleads: upstream }),
  );
  const made = await server.operator('POST', '/v1/operators', { name: 'sdk', scopes: ['attach'] });
  attachToken = (made.body as { token: string }).token;
});
afterAll(() => server?.stop());

/** The middleware on its framework in front of the keyspace's API, next to the gateway's mount. */
async function startMounted(
  subject: Subject,
  keyspace: System,
  nodes: readonly string[] = [server.url],
  trust: { readonly ca?: string } = {},
) {
  const organization = `org-${++organizations}`;
  await server.createOrganization(organization);
  const verifier = createVerifier({ url: nodes, token: attachToken, keyspaces: [keyspace], ...trust });
  await verifier.ready();
  const scene = { arrived: () => {}, release: new Promise<void>(() => {}) };
  const path = PATHS[keyspace];
  const running = await subject.start({ verifier, keyspace, selfService: { path } }, scene);
  return {
    organization,
    session: await server.portalToken(keyspace, organization),
    gateway: server.gateway(keyspace) + path,
    mounted: `http://127.0.0.1:${portOf(running.server)}${path}`,
    verifier,
    async [Symbol.asyncDispose]() {
      await running.stop();
      await verifier.close();
    },
  };
}

/** Without what differs from one answer to the next, and what says how the connection goes on. */
function comparable({ status, headers, text }: Answer): unknown {
  const { date: _date, 'keyhold-request-id': id, connection: _connection, ...rest } = headers;
  expect(id).toBeTruthy();
  delete (rest as Record<string, string>)['keep-alive'];
  delete (rest as Record<string, string>)['transfer-encoding'];
  return { status, headers: rest, text: text.replace(/"request_id":"[^"]*"/, '') };
}

function testSelfService(subject: Subject, missing: string | null): void {
  describe(`${subject.name}: self-service mounted by the middleware`, () => {
    beforeEach((context) => {
      if (missing !== null) context.skip(missing);
    });

    test('S1, S4 and S5: issues, lists and revokes with the shapes of the gateway, in one list with it', async () => {
      await using app = await startMounted(subject, 'esms-africa');
      const body = { name: 'Production server', environment: 'live', scopes: 'send,query' };
      const key = app.session;
      const issued = await call('POST', app.mounted, { key, body });
      expect(issued.status, issued.text).toBe(201);
      expect(Object.keys(issued.body as object)).toEqual(
        Object.keys((await call('POST', app.gateway, { key, body })).body as object),
      );
      const { id, key: secret } = issued.body as Created;
      expect(app.verifier.verify(secret).valid).toBe(true);
      const list = await call('GET', app.mounted, { key });
      expect(list.body).toHaveLength(2);
      expect(comparable(list)).toEqual(comparable(await call('GET', app.gateway, { key })));
      for (let i = 0; i < 2; i++) {
        const revoked = await call('DELETE', `${app.mounted}/${id}`, { key });
        expect([revoked.status, revoked.text]).toEqual([204, '']);
      }
      expect(app.verifier.verify(secret)).toEqual({ valid: false, reason: 'revoked' });
    });

    test('L8: a key manages its own organization’s keys, recycles and revokes itself, and has its answer', async () => {
      await using app = await startMounted(subject, 'localleads');
      const first = (await call('POST', app.mounted, { key: app.session, body: { name: 'Bot' } }))
        .body as Created;
      const recycled = await call('POST', `${app.mounted}/${first.id}/recycle`, { key: first.key });
      expect(recycled.status, recycled.text).toBe(200);
      const { key } = recycled.body as Created;
      expect((await call('GET', app.mounted, { key: first.key })).status).toBe(401);
      expect((await call('DELETE', `${app.mounted}/${first.id}`, { key })).status).toBe(204);
      expect((await call('GET', app.mounted, { key })).text).toBe(
        '{"statusCode":401,"error":"Unauthorized","message":"Invalid or expired token"}',
      );
    });

    test('what is refused is refused with the bytes of the gateway', async () => {
      await using app = await startMounted(subject, 'localleads');
      const { session } = app;
      const json = { 'content-type': 'application/json' };
      const requests: readonly (readonly [string, string, CallOptions])[] = [
        ['GET', '', {}],
        ['GET', '', { key: 'wrong' }],
        ['GET', '', { key: `ll_${'0'.repeat(64)}` }],
        ['GET', '', { key: server.operatorToken }],
        ['GET', '', { headers: { authorization: `Bearer ${session}, Bearer ${session}` } }],
        ['GET', '', { headers: { cookie: `session=${session}` } }],
        ['GET', '?limit=0', { key: session }],
        ['GET', '/x/y', { key: session }],
        ['HEAD', '', { key: session }],
        ['PUT', '', { key: session }],
        ['DELETE', '/999999', { key: session }],
        ['POST', '', { key: session }],
        ['POST', '', { key: session, headers: json, body: '{"name":' }],
        ['POST', '', { key: session, headers: json, body: '{"name":"a","name":"b"}' }],
        ['POST', '', { key: session, body: { name: 'x', scopes: ['send'] } }],
        ['POST', '', { key: session, headers: { 'content-type': 'text/plain' }, body: 'x' }],
        ['POST', '/1/recycle', { key: session, headers: { 'idempotency-key': 'once' } }],
      ];
      for (const [method, subPath, options] of requests) {
        const own = await call(method, app.gateway + subPath, options);
        const mounted = await call(method, app.mounted + subPath, options);
        expect(comparable(mounted), `${method} ${subPath} ${JSON.stringify(options)}`).toEqual(
          comparable(own),
        );
      }
      for (let i = 0; i < 10; i++) await call('POST', app.mounted, { key: session, body: { name: `${i}` } });
      const over = { key: session, body: { name: 'eleventh' } };
      expect(comparable(await call('POST', app.mounted, over))).toEqual(
        comparable(await call('POST', app.gateway, over)),
      );
    });

    test('one create that is repeated, here and at the gateway, makes one key', async () => {
      await using app = await startMounted(subject, 'localleads');
      const options = { key: app.session, body: { name: 'CI' }, headers: { 'idempotency-key': '"once"' } };
      const { id } = (await call('POST', app.mounted, options)).body as Created;
      for (const address of [app.mounted, app.gateway])
        expect((await call('POST', address, options)).body).toMatchObject({ id });
    });

    test('a list goes on below the application’s own path', async () => {
      await using app = await startMounted(subject, 'localleads');
      const { session: key } = app;
      for (const name of ['One', 'Two']) await call('POST', app.mounted, { key, body: { name } });
      const first = await call('GET', `${app.mounted}?limit=1`, { key });
      const [, next = ''] = /^<([^>]+)>; rel="next"$/.exec(first.headers['link'] ?? '') ?? [];
      expect(next).toMatch(new RegExp(`^${PATHS.localleads}\\?`));
      expect((await call('GET', new URL(next, app.mounted).href, { key })).body).toMatchObject([
        { name: 'One' },
      ]);
    });

    test('it asks another node when one cannot be reached, and says 503 when none can', async () => {
      const relay = await startRelay({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
      await using app = await startMounted(subject, 'localleads', [
        'http://127.0.0.1:9',
        `http://127.0.0.1:${relay.port}`,
      ]);
      const options = { key: app.session, body: { name: 'n' } };
      expect((await call('POST', app.mounted, options)).status).toBe(201);
      await relay.close();
      const refused = await call('POST', app.mounted, options);
      expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    });

    test('over https a node is asked whose certificate is trusted', async () => {
      await using front = await startTlsFront(server.url);
      await using trusting = await startMounted(subject, 'localleads', [front.url], { ca: front.ca });
      const { session: key, mounted, verifier } = trusting;
      const issued = await call('POST', mounted, { key, body: { name: 'n' } });
      expect(issued.status, issued.text).toBe(201);
      const { id, key: secret } = issued.body as Created;
      expect((await call('GET', mounted, { key })).body).toMatchObject([{ id }]);
      expect((await call('DELETE', `${mounted}/${id}`, { key })).status).toBe(204);
      expect(verifier.verify(secret)).toEqual({ valid: false, reason: 'revoked' });
    });
  });
}

for (const subject of SUBJECTS) testSelfService(subject, null);
const missing = reasonToLeaveOut();
for (const subject of FRAMEWORKS) testSelfService(subject, missing);

test('over https a node is not asked whose certificate is not trusted', async () => {
  await using front = await startTlsFront(server.url);
  const relay = await startRelay({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
  const nodes = [`http://127.0.0.1:${relay.port}`, front.url];
  const [subject] = SUBJECTS;
  if (subject === undefined) throw new Error('There is no middleware to test.');
  await using app = await startMounted(subject, 'localleads', nodes);
  await relay.close();
  expect((await call('GET', app.mounted, { key: app.session })).status).toBe(503);
});

test('a place that is none is refused at once, and so is a verifier without nodes', async () => {
  const verifier = createVerifier({ url: server.url, token: attachToken, keyspaces: ['localleads'] });
  const protect = (path: string, over: KeyholdVerifier = verifier) =>
    createNodeProtection({ verifier: over, keyspace: 'localleads', selfService: { path } });
  for (const path of ['', '/', 'keys', '/api-keys/', '/a//b', '/a?b'])
    expect(() => protect(path), path).toThrow('is no place for self-service');
  const { verifier: alone, clock } = verifier.requests;
  const embedded = toKeyholdVerifier({ verifier: alone, clock }, () => 0);
  expect(() => protect('/api-keys', embedded)).toThrow('has no node');
  await verifier.close();
});
