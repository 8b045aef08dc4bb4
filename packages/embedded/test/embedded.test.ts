import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyhold, type Keyhold, type KeyholdOptions } from '@keyhold/embedded';
import { createClient } from '@keyhold/sdk';
import { protect } from '@keyhold/sdk/node';
import { reasonToLeaveOutPostgres, startPostgresCluster } from '@keyhold/store/testing-postgres';
import { expect, onTestFinished, test } from 'vitest';
import { startKeyhold } from '../../../test/_harness.ts';
import { call, open as openCall } from '../../../test/_http.ts';

const leftOut = reasonToLeaveOutPostgres();

const QUIET = { info() {}, warn() {}, error() {} };

function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function open(options: Partial<KeyholdOptions> = {}): Promise<Keyhold> {
  const keyhold = await createKeyhold({
    database: `file:${join(makeDirectory(), 'keyhold.db')}`,
    ...options,
  });
  onTestFinished(() => keyhold.close());
  return keyhold;
}

async function issue({ client }: Keyhold, fields: object = {}) {
  await client.createOrganization({ id: 'acme', name: 'Acme Ltd' }).catch(() => {});
  const issued = await client.issueKey({
    keyspace: 'default',
    organization: 'acme',
    name: 'Production server',
    environment: 'live',
    ...fields,
  });
  return { id: issued.id, key: issued.key ?? '' };
}

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a key verifies from the moment its issue returned, and not once its revocation has', async () => {
  const keyhold = await open();
  const { id, key } = await issue(keyhold);
  expect(keyhold.verify(key)).toMatchObject({ valid: true, keyId: id, organization: 'acme' });
  await keyhold.client.revokeKey({ id });
  expect(keyhold.verify(key)).toEqual({ valid: false, reason: 'revoked' });
});

test('keys, what was counted and who did it are there again after a restart', async () => {
  const database = `file:${join(makeDirectory(), 'keyhold.db')}`;
  const first = await open({ database });
  const { id, key } = await issue(first);
  first.verify(key);
  await first.close();
  const second = await open({ database });
  expect(second.verify(key)).toMatchObject({ valid: true, keyId: id });
  expect((await second.client.getKey({ id })).last_used_at).not.toBeNull();
  const { data } = await second.client.listAuditEvents({ subject: id });
  expect(data[0]).toMatchObject({ action: 'key.issue', actor: { kind: 'system', id: 'embedded' } });
});

test('the configuration is that of a file, and an error in it names line and field', async () => {
  const config = join(makeDirectory(), 'keyhold.yaml');
  writeFileSync(
    config,
    'keyspaces:\n  shop:\n    key: { format: "shop_{random:base62:43}", masked: "{first:9}" }\n',
  );
  const keyhold = await open({ config });
  const { key } = await issue(keyhold, { keyspace: 'shop', environment: undefined });
  expect(key).toMatch(/^shop_/);
  expect(keyhold.verify(key, { keyspace: 'shop' }).valid).toBe(true);
  writeFileSync(config, 'keyspaces:\n  shop:\n    key: { format: "shop_{random:hex:4}" }\n');
  await expect(open({ config })).rejects.toMatchObject({
    code: 'configuration_invalid',
    message: expect.stringContaining(':3:'),
  });
});

test('a configuration given as an object is read as the file is, and an error in it names the field', async () => {
  const config = {
    keyspaces: {
      shop: {
        key: { format: 'shop_{random:base62:43}', masked: undefined },
        scopes: { read: ['GET /items'] },
        gateway: { listen: '127.0.0.1:0', upstream: 'http://127.0.0.1:1', self_service: '/keys' },
      },
    },
    settings: { node_name: 'worker-7', public_url: 'https://keys.example.com' },
  } as const;
  const told: string[] = [];
  const keyhold = await open({ config, log: { ...QUIET, info: (_, message) => void told.push(message) } });
  const { key } = await issue(keyhold, { keyspace: 'shop', environment: undefined, scopes: ['read'] });
  expect(key).toMatch(/^shop_/);
  expect(keyhold.verify(key, { keyspace: 'shop', operation: 'GET /items' }).valid).toBe(true);
  expect((await keyhold.client.listNodes()).data[0]?.node).toBe('worker-7');
  const session = await keyhold.client.createPortalSession({ keyspace: 'shop', organization: 'acme' });
  expect(session.url).toMatch(/^https:\/\/keys\.example\.com\//);
  expect(told).toContainEqual(expect.stringContaining('no gateway is opened'));

  const wrong = { keyspaces: { shop: { key: { format: 'shop_{random:hex:4}' }, enviroments: ['live'] } } };
  await expect(open({ config: wrong })).rejects.toMatchObject({
    code: 'configuration_invalid',
    message: expect.stringMatching(
      /^config keyspaces\.shop\.enviroments: no such field; did you mean "environments"\?\nconfig keyspaces\.shop\.key\.format: /,
    ),
  });
});

test('a database file has one owner, be it a server or a process', async () => {
  const server = await startKeyhold('');
  onTestFinished(() => server.stop());
  const ofServer = `file:${join(server.dataDirectory, 'keyhold.db')}`;
  await expect(createKeyhold({ database: ofServer })).rejects.toMatchObject({
    code: 'data_directory_locked',
  });
  const database = `file:${join(makeDirectory(), 'keyhold.db')}`;
  const owner = await open({ database });
  await expect(createKeyhold({ database })).rejects.toMatchObject({ code: 'data_directory_locked' });
  await owner.close();
  await open({ database });
});

test('middleware takes it as its verifier, and a request under way ends when its key is revoked', async () => {
  const keyhold = await open();
  const { id, key } = await issue(keyhold);
  const arrived = Promise.withResolvers<void>();
  const url = await listening(
    protect({ verifier: keyhold, keyspace: 'default' }, (request, response) => {
      if (request.url === '/wait') arrived.resolve();
      else response.end(request.keyhold.organization);
    }),
  );
  expect(await call('GET', url, { key })).toMatchObject({ status: 200, text: 'acme' });
  const waiting = openCall('GET', `${url}/wait`, { key });
  await arrived.promise;
  await keyhold.client.revokeKey({ id });
  expect((await waiting).statusCode).toBe(401);
  expect((await call('GET', url, { key })).status).toBe(401);
});

test.each([
  ['TCP', () => {}, 'ECONNRESET'],
  [
    'TCP to an application that destroys it by the signal',
    (response: ServerResponse) => response.destroy(),
    'ECONNRESET',
  ],
  ['a Unix socket', () => {}, 'closed'],
])('a stream over %s is cut when its key is revoked', async (transport, onEnded, cut) => {
  const keyhold = await open();
  const { id, key } = await issue(keyhold);
  const signals: AbortSignal[] = [];
  const server = createServer(
    protect({ verifier: keyhold, keyspace: 'default' }, (request, response) => {
      const { signal } = request.keyhold;
      signals.push(signal);
      signal.addEventListener('abort', () => onEnded(response));
      response.write('first');
    }),
  );
  const path = join(makeDirectory(), 'socket');
  const isUnix = transport === 'a Unix socket';
  server.listen(isUnix ? { path } : { port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const client = connect(
    isUnix ? { path } : { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
  );
  onTestFinished(() => void client.destroy());
  const outcome = new Promise((resolve) => {
    client.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
    client.once('close', () => resolve('closed'));
  });
  client.write(`GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`);
  await once(client, 'data');
  await keyhold.client.revokeKey({ id });
  expect(signals).toMatchObject([{ aborted: true }]);
  expect(await outcome).toBe(cut);
});

test('its listener asks for a token where its own client needs none', async () => {
  const keyhold = await open({ publicUrl: 'https://keys.example.com' });
  const url = await listening(keyhold.listener);
  expect((await call('GET', `${url}/v1/keys`)).status).toBe(401);
  expect((await call('GET', `${url}/v1/keys`, { key: 'none' })).status).toBe(401);
  const { token } = await keyhold.client.createOperator({ name: 'console', scopes: ['keys:read'] });
  const remote = createClient({ url, token: token ?? '' });
  const { id } = await issue(keyhold);
  expect((await remote.getKey({ id })).id).toBe(id);
  await expect(remote.revokeKey({ id })).rejects.toMatchObject({ code: 'insufficient_scope' });
  const session = await keyhold.client.createPortalSession({ keyspace: 'default', organization: 'acme' });
  expect(session.url).toMatch(/^https:\/\/keys\.example\.com\/portal\/default#code=/);
});

test('a refusal is the one that a server answers with, and a closed one answers nothing', async () => {
  const keyhold = await open();
  await expect(keyhold.client.getKey({ id: 'key_unknown' })).rejects.toMatchObject({
    name: 'KeyholdApiError',
    code: 'key_not_found',
    status: 404,
  });
  const { key } = await issue(keyhold);
  await keyhold.close();
  await expect(keyhold.client.listNodes()).rejects.toThrow('closed');
  expect(() => keyhold.verify(key)).toThrow(expect.objectContaining({ code: 'lease_lost' }));
});

test('on PostgreSQL, what one process revokes the others deny when the call returns', async (context) => {
  if (leftOut !== null) context.skip(leftOut);
  const postgres = await startPostgresCluster();
  onTestFinished(() => postgres.close());
  const database = await postgres.createDatabase();
  const nodes = [await open({ database }), await open({ database })] as const;
  for (let round = 0; round < 20; round++) {
    const { id, key } = await issue(nodes[0]);
    for (const node of nodes) expect(node.verify(key)).toMatchObject({ valid: true, keyId: id });
    await nodes[round % 2 === 0 ? 0 : 1].client.revokeKey({ id });
    for (const node of nodes) expect(node.verify(key)).toEqual({ valid: false, reason: 'revoked' });
  }
});
