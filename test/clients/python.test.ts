import { describe, expect, test } from 'vitest';
import { startAsked } from '../forward-auth/_keyhold.ts';
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
