import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { createFrameChannel } from '@keyhold/coherence';
import { createVerifier, type VerifierEvent, type VerifierOptions } from '@keyhold/sdk';
import { protect } from '@keyhold/sdk/node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { composeConfiguration } from '../../../examples/demo/configuration.ts';
import { type Keyhold, startKeyhold } from '../../../test/_harness.ts';
import { call } from '../../../test/_http.ts';
import { startRelay } from '../../../test/forward-auth/_relay.ts';

const configuration = composeConfiguration(['esms-africa', 'localleads'], {
  'esms-africa': 'http://127.0.0.1:9',
  localleads: 'http://127.0.0.1:9',
});

let server: Keyhold;
let attachToken: string;
beforeAll(async () => {
  server = await startKeyhold(configuration);
  await server.createOrganization('acme');
  attachToken = await issueToken(['attach']);
});
afterAll(() => server?.stop());

async function issueToken(scopes: readonly string[], fields: object = {}): Promise<string> {
  const answer = await server.operator('POST', '/v1/operators', {
    name: scopes.join(' '),
    scopes,
    ...fields,
  });
  expect(answer.status, answer.text).toBe(201);
  return (answer.body as { token: string }).token;
}

const issue = (fields: object = {}) =>
  server.issue({ keyspace: 'localleads', organization: 'acme', name: 'Production server', ...fields });
const revoke = (id: string) => server.operator('POST', `/v1/keys/${id}/revoke`);

function open(options: Partial<VerifierOptions> = {}) {
  const events: VerifierEvent[] = [];
  const verifier = createVerifier({
    url: server.url,
    token: attachToken,
    keyspaces: ['localleads'],
    onEvent: (event) => void events.push(event),
    ...options,
  });
  onTestFinished(() => verifier.close());
  return { verifier, events };
}

test('a key verifies in this process from the moment its issue returned, and not once its revocation has', async () => {
  const { verifier } = open();
  await verifier.ready();
  for (let round = 0; round < 50; round++) {
    const { key, id } = await issue();
    expect(verifier.verify(key)).toMatchObject({ valid: true, keyId: id, organization: 'acme' });
    expect((await revoke(id)).status).toBe(200);
    expect(verifier.verify(key)).toEqual({ valid: false, reason: 'revoked' });
  }
});

test('it holds the keys of its keyspaces alone, and never an operator token', async () => {
  const { verifier } = open();
  await verifier.ready();
  const foreign = await server.issue({
    keyspace: 'esms-africa',
    organization: 'acme',
    name: 'n',
    environment: 'live',
    scopes: ['send'],
  });
  expect(verifier.verify(foreign.key).valid).toBe(false);
  expect(verifier.verify(server.operatorToken).valid).toBe(false);
  expect(() => verifier.verify(foreign.key, { keyspace: 'esms-africa' })).toThrow(
    expect.objectContaining({ code: 'keyspace_not_found' }),
  );
});

test('scopes, operations and addresses are asked as over /v1/verify', async () => {
  const { verifier } = open({ keyspaces: ['esms-africa'] });
  await verifier.ready();
  const { key } = await server.issue({
    keyspace: 'esms-africa',
    organization: 'acme',
    name: 'n',
    environment: 'live',
    scopes: ['query'],
    allowed_cidrs: ['203.0.113.0/24'],
  });
  const clientIp = '203.0.113.7';
  expect(verifier.verify(key, { clientIp, operation: 'GET /api/messages' })).toMatchObject({ valid: true });
  const denied = { valid: false, reason: 'insufficient_scope' };
  expect(verifier.verify(key, { clientIp, operation: 'POST /api/messages/send' })).toEqual(denied);
  expect(verifier.verify(key, { clientIp, scopes: ['send'] })).toEqual(denied);
  expect(verifier.verify(key)).toEqual({ valid: false, reason: 'address_not_allowed' });
  expect(() => verifier.verify(key, { operation: 'get /x' })).toThrow(TypeError);
  const { seq } = (await server.operator('PATCH', '/v1/organizations/acme', { name: 'Acme' })).body as {
    seq: number;
  };
  expect(verifier.verify(key, { clientIp, minSeq: seq })).toMatchObject({ valid: true });
  expect(() => verifier.verify(key, { minSeq: seq + 1 })).toThrow(
    expect.objectContaining({ code: 'lease_lost' }),
  );
});

test('what it counts reaches the usage of the key and the time of its last use', async () => {
  const { verifier } = open();
  await verifier.ready();
  const { key, id } = await issue();
  for (let i = 0; i < 300; i++) verifier.verify(key);
  await expect
    .poll(async () => (await server.operator('GET', `/v1/keys/${id}`)).body, { timeout: 60_000 })
    .toMatchObject({ last_used_at: expect.any(String) });
  await expect
    .poll(async () => (await server.operator('GET', `/v1/keys/${id}/usage`)).text, { timeout: 60_000 })
    .toContain('300');
});

const activityOf = async (id: string) => (await server.operator('GET', `/v1/keys/${id}/activity`)).body;

test('why a key was refused here, and from where, is told to the operator; of what is no key, nothing', async () => {
  const { verifier } = open();
  await verifier.ready();
  const { key, id } = await issue();
  const question = { operation: 'GET /api/v1/credits/balance', clientIp: '203.0.113.9' };
  verifier.verify(key, question);
  await revoke(id);
  for (let i = 0; i < 3; i++) verifier.verify(key, question);
  verifier.verify(`ll_${'0'.repeat(64)}`, question);
  const address = '203.0.113.9';
  await expect
    .poll(() => activityOf(id), { timeout: 60_000 })
    .toMatchObject({
      last_used: { address },
      refusals: [{ reason: 'revoked', count: 3, operation: 'GET /api/v1/credits/balance', address }],
    });
});

/** What a verifier is to a node, by hand. */
async function attachByHand(keyspace: string) {
  const token = await issueToken(['attach'], { keyspaces: [keyspace] });
  const target = `${server.url}/v1/attach?keyspace=${keyspace}`;
  const headers = { connection: 'upgrade', upgrade: 'keyhold-attach/1', authorization: `Bearer ${token}` };
  const [, stream] = await once(request(target, { headers, agent: false }).end(), 'upgrade');
  onTestFinished(() => stream.destroy());
  return createFrameChannel(stream, {
    maxFrameBytes: 1_000_000,
    maxQueuedBytes: 1_000_000,
    read: (message) => message,
  });
}

test('what is counted for keys of other keyspaces than its own is passed over', async () => {
  const channel = await attachByHand('localleads');
  const own = await issue();
  const foreignKey = { keyspace: 'esms-africa', organization: 'acme', name: 'n', environment: 'live' };
  const foreign = await server.issue({ ...foreignKey, scopes: ['send'] });
  const ids = [foreign.id, own.id];
  const refusal = { reason: 'revoked', count: 1, lastAtMs: 1, address: null, operation: null };
  channel.send({
    kind: 'usage',
    usage: ids.map((keyId) => ({ keyId, hourMs: 0, outcome: 'accepted', count: 1 })),
    lastUsed: ids.map((keyId) => ({ keyId, atMs: 1 })),
    refusals: ids.map((keyId) => ({ keyId, ...refusal })),
  });
  await expect
    .poll(() => activityOf(own.id), { timeout: 60_000 })
    .toMatchObject({
      last_used: { at: '1970-01-01T00:00:00.001Z' },
      refusals: [{ reason: 'revoked', address: null }],
    });
  expect(await activityOf(foreign.id)).toMatchObject({ last_used: null, refusals: [] });
});

test('words that are none and reasons of a later version end no stream, and are not written', async () => {
  const channel = await attachByHand('localleads');
  const { id: keyId } = await issue();
  const refusal = { keyId, count: 1, lastAtMs: 1 };
  const words = { address: '<b>', operation: `GET /\u0000${'x'.repeat(300)}` };
  channel.send({
    kind: 'usage',
    usage: [],
    lastUsed: [{ keyId, atMs: 5, address: 'nowhere' }],
    refusals: [
      { ...refusal, ...words, reason: 'moon' },
      { ...refusal, ...words, reason: 'disabled' },
    ],
  });
  await expect
    .poll(() => activityOf(keyId), { timeout: 60_000 })
    .toMatchObject({
      last_used: { at: '1970-01-01T00:00:00.005Z', address: null },
      refusals: [{ reason: 'disabled', count: 1, address: null, operation: null }],
    });
  channel.send({ kind: 'usage', usage: [], lastUsed: [{ keyId, atMs: 6 }] });
  await expect
    .poll(() => activityOf(keyId), { timeout: 60_000 })
    .toMatchObject({ last_used: { at: '1970-01-01T00:00:00.006Z' } });
});

test('a last use that has not been yet is one of now, and the lists of keys are as they were', async () => {
  const channel = await attachByHand('localleads');
  const { id: keyId } = await issue();
  channel.send({ kind: 'usage', usage: [], lastUsed: [{ keyId, atMs: Number.MAX_SAFE_INTEGER }] });
  await expect
    .poll(async () => (await server.operator('GET', `/v1/keys/${keyId}`)).body, { timeout: 60_000 })
    .toMatchObject({ last_used_at: expect.stringMatching(/^2\d{3}-/) });
  expect((await server.operator('GET', '/v1/keys')).status).toBe(200);
});

/** A node of before, as a verifier sees it: what it answers an attachment with says nothing of what it takes. */
async function startOlderNode() {
  let sent = '';
  const node = createServer().on('upgrade', (incoming, verifier) => {
    const { url, headers } = incoming;
    const onwards = request(server.url + url, { headers, agent: false }).end();
    onwards.once('upgrade', (_, stream, head) => {
      for (const [one, other] of [
        [verifier, stream],
        [stream, verifier],
      ] as const)
        one.on('error', () => {}).once('close', () => other.destroy());
      verifier.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n');
      verifier.write('Upgrade: keyhold-attach/1\r\n\r\n');
      verifier.write(head);
      verifier.on('data', (bytes) => {
        sent += bytes.toString('latin1');
      });
      verifier.pipe(stream).pipe(verifier);
    });
  });
  node.listen(0, '127.0.0.1');
  await once(node, 'listening');
  onTestFinished(() => void node.close());
  return { url: `http://127.0.0.1:${(node.address() as AddressInfo).port}`, sent: () => sent };
}

test('a node that does not say that it takes refusals is sent the counts that it knows, and nothing else', async () => {
  const older = await startOlderNode();
  const { verifier } = open({ url: older.url });
  await verifier.ready();
  const { key, id } = await issue();
  verifier.verify(key, { clientIp: '203.0.113.9' });
  await revoke(id);
  verifier.verify(key, { clientIp: '203.0.113.9' });
  await expect
    .poll(() => activityOf(id), { timeout: 60_000 })
    .toMatchObject({ last_used: { address: null }, refusals: [] });
  await expect.poll(() => older.sent(), { timeout: 60_000 }).toContain('"outcome":"denied"');
  expect(older.sent()).not.toMatch(/refusals|address/);
});

test('without a node it answers until its grant has run out, a write waits for no longer, and it comes back by itself', async () => {
  const port = Number(new URL(server.url).port);
  const relay = await startRelay({ host: '127.0.0.1', port });
  onTestFinished(() => relay.close());
  const { verifier, events } = open({ url: `http://127.0.0.1:${relay.port}` });
  await verifier.ready();
  const { key, id } = await issue();
  expect(verifier.verify(key).valid).toBe(true);
  relay.leadTo(null);
  expect((await revoke(id)).status).toBe(200);
  expect(() => verifier.verify(key)).toThrow(expect.objectContaining({ code: 'lease_lost' }));
  expect(events.map(({ kind }) => kind)).toContain('not_answering');
  expect(verifier.status()).toMatchObject({ answering: false, url: null });
  relay.leadTo({ host: '127.0.0.1', port });
  await expect.poll(() => verifier.status().answering, { timeout: 60_000 }).toBe(true);
  expect(verifier.verify(key)).toEqual({ valid: false, reason: 'revoked' });
});

test('where it cannot attach, "verifyAsync" asks a node if that is wanted, and says so; otherwise it refuses', async () => {
  const passing = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const passed = request(new URL(url ?? '', server.url), { method, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  // It passes requests on, and no streams.
  passing.on('upgrade', (_, socket) => socket.destroy());
  await once(passing.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void passing.close());
  const { port } = passing.address() as AddressInfo;
  const url = ['http://127.0.0.1:1', `http://127.0.0.1:${port}`];
  const token = await issueToken(['attach', 'verify'], { keyspaces: ['localleads', 'esms-africa'] });
  const { verifier, events } = open({ url, token, whenDetached: 'ask' });
  const { key, id } = await issue({ expires_at: '2126-01-01T00:00:00Z' });
  const accepted = await verifier.verifyAsync(key, { keyspace: 'localleads' });
  const { verifier: attached } = open();
  await attached.ready();
  expect(accepted).toEqual(attached.verify(key));
  expect(verifier.status()).toMatchObject({ answering: false, asking: true });
  expect(() => verifier.verify(key)).toThrow(expect.objectContaining({ code: 'lease_lost' }));
  await revoke(id);
  expect(await verifier.verifyAsync(key)).toEqual({ valid: false, reason: 'revoked' });
  expect(events.filter(({ kind }) => kind === 'asking')).toHaveLength(1);

  const foreignKey = { keyspace: 'esms-africa', organization: 'acme', name: 'n', environment: 'live' };
  const foreign = await server.issue({ ...foreignKey, scopes: ['send'] });
  expect(await verifier.verifyAsync(foreign.key)).toEqual({ valid: false, reason: 'unknown' });

  for (const options of [{ url }, { url: 'http://127.0.0.1:1', whenDetached: 'ask' as const }]) {
    const refusing = open(options).verifier.verifyAsync(key);
    await expect(refusing).rejects.toMatchObject({ code: 'lease_lost' });
  }
  expect(await attached.verifyAsync(key)).toEqual({ valid: false, reason: 'revoked' });
});

test('a token that is not good, lacks the scope or may not see the keyspace attaches nothing, and says why', async () => {
  const limited = await issueToken(['attach'], { keyspaces: ['esms-africa'] });
  for (const [token, code] of [
    ['khop_wrong', 'unauthenticated'],
    [await issueToken(['verify']), 'insufficient_scope'],
    [limited, 'keyspace_not_found'],
  ] as const) {
    const { verifier, events } = open({ token });
    await expect
      .poll(() => events[0], { timeout: 60_000 })
      .toMatchObject({ kind: 'not_attached', error: { code } });
    await expect(verifier.ready(1)).rejects.toMatchObject({ code });
    expect(() => verifier.verify('x')).toThrow(expect.objectContaining({ code: 'lease_lost' }));
  }
});

test('a process with nothing else to do waits for its node, and is told when none came', async () => {
  const program = `
    import { createVerifier } from '@keyhold/sdk';
    const verifier = createVerifier({ url: 'http://127.0.0.1:1', token: 'khop_', keyspaces: ['localleads'] });
    await verifier.ready(100).catch(() => console.log('told'));
    await verifier.close();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(stdout).toBe('told\n');
});

test('a token that is revoked loses its verifier', async () => {
  const answer = await server.operator('POST', '/v1/operators', { name: 'short', scopes: ['attach'] });
  const { token, id } = answer.body as { token: string; id: string };
  const { verifier, events } = open({ token });
  await verifier.ready();
  expect((await server.operator('POST', `/v1/operators/${id}/revoke`)).status).toBe(200);
  expect(verifier.status().answering).toBe(false);
  await expect
    .poll(() => events, { timeout: 60_000 })
    .toContainEqual(expect.objectContaining({ kind: 'not_attached' }));
});

test('middleware over it ends a request whose key is revoked before the revocation returns', async () => {
  const { verifier } = open();
  await verifier.ready();
  const { promise: arrived, resolve } = Promise.withResolvers<AbortSignal>();
  const api = createServer(
    protect({ verifier, keyspace: 'localleads' }, (request) => resolve(request.keyhold.signal)),
  ).listen(0, '127.0.0.1');
  await once(api, 'listening');
  onTestFinished(() => void api.close());
  const address = api.address();
  if (address === null || typeof address === 'string') throw new TypeError('The API is not listening.');
  const { key, id } = await issue();
  const answer = call('GET', `http://127.0.0.1:${address.port}/leads`, { key });
  const signal = await arrived;
  await revoke(id);
  expect(signal.aborted).toBe(true);
  expect((await answer).text).toBe(
    '{"statusCode":401,"error":"Unauthorized","message":"Invalid or expired token"}',
  );
});

test('it moves to another address when its own goes, without a moment of not answering', async () => {
  const keyhold = { host: '127.0.0.1', port: Number(new URL(server.url).port) };
  const [first, second] = [await startRelay(keyhold), await startRelay(keyhold)];
  onTestFinished(async () => void (await Promise.all([first.close(), second.close()])));
  const urls = [first, second].map(({ port }) => `http://127.0.0.1:${port}`);
  const { verifier, events } = open({ url: urls });
  await verifier.ready();
  const { key } = await issue();
  first.leadTo(null);
  await expect.poll(() => verifier.status().url, { timeout: 60_000 }).toBe(urls[1]);
  expect(verifier.verify(key).valid).toBe(true);
  expect(events.map(({ kind }) => kind)).not.toContain('reloading');
});

test('a server that stops has its verifiers stop first, and then answers nothing more through them', async () => {
  const other = await startKeyhold(configuration);
  onTestFinished(() => other.stop());
  const made = await other.operator('POST', '/v1/operators', { name: 'sdk', scopes: ['attach'] });
  const { token } = made.body as { token: string };
  const { verifier } = open({ url: other.url, token });
  await verifier.ready();
  await other.createOrganization('beta');
  const { key } = await other.issue({ keyspace: 'localleads', organization: 'beta', name: 'n' });
  expect(verifier.verify(key).valid).toBe(true);
  await other.shutDown();
  expect(() => verifier.verify(key)).toThrow(expect.objectContaining({ code: 'lease_lost' }));
  await verifier.close();
  expect(verifier.status()).toMatchObject({ answering: false, trouble: 'stopping' });
});
