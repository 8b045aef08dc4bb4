import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createVerifier, type VerifierEvent, type VerifierOptions } from '@keyhold/sdk';
import { reasonToLeaveOutPostgres, startPostgresCluster } from '@keyhold/store/testing-postgres';
import { expect, onTestFinished, test } from 'vitest';
import { startFaultProxy } from '../../chaos/cluster/fault-proxy.ts';
import { makeDirectory, type Server, startKeyhold } from '../../packages/server/test/_keyhold.ts';
import { startRelay } from '../forward-auth/_relay.ts';

/** Verifiers in this process, attached to servers of every kind. What happens under load is `chaos/`. */

const WAIT = { timeout: 60_000, interval: 20 };

interface IssuedKey {
  readonly id: string;
  readonly key: string;
}

type Call = (method: string, path: string, body?: object) => Promise<unknown>;

const callOf =
  (server: Server, token?: string): Call =>
  async (method, path, body) =>
    (await server.call(method, path, body, token)).body;

async function prepare(call: Call): Promise<string> {
  await call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
  const operator = { name: 'sdk', scopes: ['attach'], keyspaces: ['default'] };
  return ((await call('POST', '/v1/operators', operator)) as { token: string }).token;
}

async function issue(call: Call): Promise<IssuedKey> {
  const fields = { keyspace: 'default', organization: 'acme', name: 'A key', environment: 'live' };
  return (await call('POST', '/v1/keys', fields)) as IssuedKey;
}

async function attach(options: Pick<VerifierOptions, 'url' | 'token' | 'ca'>) {
  const events: VerifierEvent[] = [];
  const verifier = createVerifier({
    keyspaces: ['default'],
    onEvent: (event) => void events.push(event),
    ...options,
  });
  onTestFinished(() => verifier.close());
  await verifier.ready(60_000);
  /** What it says, or why it says nothing. */
  const ask = (key: string): string => {
    try {
      const answer = verifier.verify(key);
      return answer.valid ? 'accepted' : answer.reason;
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    }
  };
  return { verifier, events, ask };
}

async function workersOf(call: Call): Promise<number[]> {
  const { data } = (await call('GET', '/v1/nodes')) as { data: { workers: { pid: number }[] }[] };
  return data.flatMap(({ workers }) => workers.map(({ pid }) => pid));
}

test('attached to a server of two workers, a change through either holds in every verifier when the call returns', async () => {
  const server = await startKeyhold({ cwd: makeDirectory(), args: ['--workers', '2'] });
  const call = callOf(server);
  const token = await prepare(call);
  const attached = await Promise.all(
    Array.from({ length: 4 }, () => attach({ url: server.url ?? '', token })),
  );
  for (let round = 0; round < 20; round++) {
    const { id, key } = await issue(call);
    expect(attached.map(({ ask }) => ask(key))).toEqual(attached.map(() => 'accepted'));
    await call('POST', `/v1/keys/${id}/revoke`, {});
    expect(attached.map(({ ask }) => ask(key))).toEqual(attached.map(() => 'revoked'));
  }
});

test('a worker that is killed takes no promise with it, and its verifiers go on under another', async () => {
  const server = await startKeyhold({ cwd: makeDirectory(), args: ['--workers', '2'] });
  const call = callOf(server);
  const token = await prepare(call);
  const attached = await Promise.all(
    Array.from({ length: 4 }, () => attach({ url: server.url ?? '', token })),
  );
  const { id, key } = await issue(call);
  const [killed = 0] = await workersOf(call);
  process.kill(killed, 'SIGKILL');
  // The connection to it went with it, so a call may fail; repeated it waits for the same.
  const revoke = () => call('POST', `/v1/keys/${id}/revoke`, {}).then(isRevoked, () => false);
  await expect.poll(revoke, WAIT).toBe(true);
  expect(attached.map(({ ask }) => ask(key))).not.toContain('accepted');
  await expect.poll(() => attached.map(({ ask }) => ask(key)), WAIT).toEqual(attached.map(() => 'revoked'));
  expect(attached.flatMap(({ events }) => events.map(({ kind }) => kind))).toContain('detached');
});

function isRevoked(body: unknown): boolean {
  return (body as { state?: string }).state === 'revoked';
}

test('the next server after one that was killed confirms nothing while verifiers of the first may be answering', async () => {
  const cwd = makeDirectory();
  const start = (token?: string) =>
    startKeyhold({ cwd, args: ['--workers', '2'], ...(token !== undefined && { token }) });
  const portOf = ({ url }: Server) => ({ host: '127.0.0.1', port: Number(new URL(url ?? '').port) });
  const first = await start();
  const token = await prepare(callOf(first));
  const relay = await startRelay(portOf(first));
  onTestFinished(() => relay.close());
  const { ask } = await attach({ url: `http://127.0.0.1:${relay.port}`, token });
  const { id, key } = await issue(callOf(first));
  first.signal('SIGKILL');
  await first.ended;
  const second = await start(first.token ?? '');
  expect(isRevoked(await callOf(second, first.token ?? '')('POST', `/v1/keys/${id}/revoke`, {}))).toBe(true);
  expect(ask(key)).not.toBe('accepted');
  relay.leadTo(portOf(second));
  await expect.poll(() => ask(key), WAIT).toBe('revoked');
});

test.each(['1', '2'])(
  'a verifier that hears nothing any more has stopped when a revocation returns, with %s workers',
  async (workers) => {
    const server = await startKeyhold({ cwd: makeDirectory(), args: ['--workers', workers] });
    const call = callOf(server);
    const token = await prepare(call);
    const proxy = await startFaultProxy(() => Number(new URL(server.url ?? '').port));
    onTestFinished(() => proxy.close());
    const { ask } = await attach({ url: `http://127.0.0.1:${proxy.port}`, token });
    const keys = [await issue(call), await issue(call)];
    proxy.hold(['down']);
    for (const { id, key } of keys) {
      expect(isRevoked(await call('POST', `/v1/keys/${id}/revoke`, {}))).toBe(true);
      expect(ask(key)).not.toBe('accepted');
    }
    proxy.heal();
    await expect.poll(() => ask(keys[0]?.key ?? ''), WAIT).toBe('revoked');
  },
);

test.skipIf(reasonToLeaveOutPostgres() !== null)(
  'attached to one node on PostgreSQL, a change through another holds here when the call returns',
  async () => {
    const database = await startPostgresCluster();
    onTestFinished(() => database.close());
    const url = await database.createDatabase();
    const start = (name: string, token: string) =>
      startKeyhold({
        cwd: makeDirectory(),
        env: { KEYHOLD_DATABASE: url },
        args: ['--node-name', name, '--workers', name === 'a' ? '2' : '1'],
        token,
      });
    const a = await start('a', '');
    const operatorToken = a.token ?? '';
    const b = await start('b', operatorToken);
    const call = callOf(b, operatorToken);
    const token = await prepare(call);
    const attached = await Promise.all([a, b].map((server) => attach({ url: server.url ?? '', token })));
    for (let round = 0; round < 10; round++) {
      const { id, key } = await issue(call);
      expect(attached.map(({ ask }) => ask(key))).toEqual(['accepted', 'accepted']);
      await call('POST', `/v1/keys/${id}/revoke`, {});
      expect(attached.map(({ ask }) => ask(key))).toEqual(['revoked', 'revoked']);
    }
  },
);

test('over TLS it attaches to a server whose certificate it trusts, and to no other', async () => {
  const fixtures = fileURLToPath(
    new URL('../../packages/gateway/test/fixtures/test-only-sms', import.meta.url),
  );
  const ca = readFileSync(`${fixtures}.cert.pem`);
  const args = ['--tls-cert', `${fixtures}.cert.pem`, '--tls-key', `${fixtures}.key.pem`];
  const server = await startKeyhold({ cwd: makeDirectory(), args });
  const url = server.url ?? '';
  const call: Call = async (method, path, body) => {
    const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
    const outgoing = request(url + path, { method, headers, ca });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    const [answer] = await once(outgoing, 'response');
    return JSON.parse(await text(answer));
  };
  const token = await prepare(call);
  const { ask } = await attach({ url, token, ca });
  const { id, key } = await issue(call);
  expect(ask(key)).toBe('accepted');
  await call('POST', `/v1/keys/${id}/revoke`, {});
  expect(ask(key)).toBe('revoked');

  const trusting = createVerifier({ url, token, keyspaces: ['default'] });
  onTestFinished(() => trusting.close());
  await expect
    .poll(() => trusting.ready(1).catch((error: unknown) => error), WAIT)
    .toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('certificate'),
    });
});
