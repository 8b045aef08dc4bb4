import { describe, expect, test } from 'vitest';
import { type Answer, type CallOptions, call } from '../_http.ts';
import { startTlsFront } from '../_tls-front.ts';
import { startAsked } from '../forward-auth/_keyhold.ts';
import { startApplication } from './_application.ts';
import { runWithInput, testClient } from './_client-contract.ts';
import { preparePython } from './_python.ts';

describe('ASGI', () => {
  const python = preparePython({ 'python3-fastapi': 'fastapi', 'python3-uvicorn': 'uvicorn' });
  testClient({
    missing: python.missing,
    joinsLines: false,
    command: (url, keyspace, cacheSeconds) =>
      python.command('asgi_app.py', [url, keyspace, String(cacheSeconds)]),
  });
});

describe('WSGI', () => {
  const python = preparePython({});
  testClient({
    missing: python.missing,
    joinsLines: true,
    command: (url, keyspace, cacheSeconds) =>
      python.command('wsgi_app.py', [url, keyspace, String(cacheSeconds)]),
  });
});

describe.each([
  ['ASGI', 'asgi_app.py', { 'python3-fastapi': 'fastapi', 'python3-uvicorn': 'uvicorn' }],
  ['WSGI', 'wsgi_app.py', {}],
] as const)('%s: self-service', (_, program, packages) => {
  const python = preparePython(packages);
  const path = '/api/v1/api-keys';

  test('over https with a trusted certificate it answers as the gateway does, and with no other it is 503', async (context) => {
    if (python.missing !== null) return context.skip(python.missing);
    await using resources = new AsyncDisposableStack();
    const asked = await startAsked();
    resources.defer(() => asked.stop());
    const front = resources.use(await startTlsFront(asked.keyhold.url));
    const start = async (env: Readonly<Record<string, string>>, keyholdUrl = front.url) => {
      const parameters = [keyholdUrl, 'localleads', '0'];
      const command = python.command(program, parameters, { SELF_SERVICE_PATH: path, ...env });
      const application = await startApplication(command);
      resources.defer(() => application.stop());
      return application.url;
    };
    const url = await start({ CA_FILE: front.caFile });
    const { organization } = await asked.issueLeads();
    const key = await asked.keyhold.portalToken('localleads', organization);
    const mounted = url + path;
    const gateway = asked.keyhold.gateway('localleads') + path;

    const headers = { 'idempotency-key': '"once"' };
    const issued = await call('POST', mounted, { key, headers, body: { name: 'CI' } });
    expect(issued.status, issued.text).toBe(201);
    const made = issued.body as { id: number; key: string };
    expect((await call('POST', gateway, { key, headers, body: { name: 'CI' } })).body).toMatchObject({
      id: made.id,
    });
    expect((await call('GET', `${url}/x`, { key: made.key })).body).toMatchObject({ organization });
    const requests: readonly (readonly [string, string, CallOptions])[] = [
      ['GET', '', { key }],
      ['GET', '?limit=1', { key }],
      ['GET', '', {}],
      ['GET', '', { key: 'wrong' }],
      ['HEAD', '', { key }],
      ['PUT', '', { key }],
      ['DELETE', '/999999', { key }],
      ['POST', '', { key }],
      ['POST', '', { key, body: { name: 'n', scopes: ['send'] } }],
      ['POST', '', { key, body: 'x', headers: { 'content-type': 'text/plain' } }],
    ];
    for (const [method, below, options] of requests) {
      const [here, there] = [
        await call(method, mounted + below, options),
        await call(method, gateway + below, options),
      ];
      expect(told(here), `${method} ${below}`).toEqual(told(there));
    }
    expect((await call('DELETE', `${mounted}/${made.id}`, { key })).status).toBe(204);
    expect((await call('GET', `${url}/x`, { key: made.key })).status).toBe(401);

    // Keyhold answers a body that is too long and closes; what ends TLS in front of it may lose that answer.
    const long = { key, body: { name: 'n'.repeat(100_000) } };
    const plain = await start({}, asked.keyhold.url);
    expect(told(await call('POST', plain + path, long))).toEqual(told(await call('POST', gateway, long)));

    const wary = await start({});
    expect((await call('GET', wary + path, { key })).status).toBe(503);
    expect((await call('GET', `${wary}/x`, { key: made.key })).status).toBe(503);
  });
});

/** What an answer says, without what is one request's own. */
function told({ status, headers, text }: Answer): unknown {
  const { 'content-type': type, link, allow } = headers;
  const challenge = headers['www-authenticate'];
  return { status, type, link, allow, challenge, text: text.replace(/"request_id":"[^"]*"/, '') };
}

test('a WebSocket is opened with a good key and closed before its handshake without one', async (context) => {
  const python = preparePython({});
  if (python.missing !== null) return context.skip(python.missing);
  await using resources = new AsyncDisposableStack();
  const asked = await startAsked();
  resources.defer(() => asked.stop());
  const { key } = await asked.issueLeads();
  const program = python.command('asgi_websocket.py', [], { KEYHOLD_URL: asked.keyhold.url });
  expect(await runWithInput(program, `${key} garbage`)).toBe('websocket.accept\nwebsocket.close\n');
});

test('both clients over /v1/verify say who holds the key, why it is denied, and that nothing was decided', async (context) => {
  const python = preparePython({ 'python3-httpx': 'httpx' });
  if (python.missing !== null) return context.skip(python.missing);
  await using resources = new AsyncDisposableStack();
  const asked = await startAsked();
  resources.defer(() => asked.stop());
  const { key, id, organization } = await asked.issueEsms({ scopes: ['query'] });
  const program = python.command('verify.py', [], {
    KEYHOLD_URL: asked.keyhold.url,
    KEYHOLD_OPERATOR_TOKEN: asked.keyhold.operatorToken,
  });
  const [accepted, denied, undecided] = (await runWithInput(program, key)).split('\n');
  expect(accepted).toBe(
    `Accepted(key_id='${id}', keyspace='esms-africa', organization='${organization}', environment='live', scopes=('query',), name='Production server', expires_at=None, valid=True)`,
  );
  expect(denied).toBe("Denied(reason='insufficient_scope', valid=False)");
  expect(undecided).toBe('Keyhold answered 401 (unauthenticated)');
});
