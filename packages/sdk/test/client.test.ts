import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient, type KeyholdClient } from '@keyhold/sdk';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Keyhold, startKeyhold } from '../../../test/_harness.ts';

let server: Keyhold;
let client: KeyholdClient;
beforeAll(async () => {
  server = await startKeyhold('');
  client = createClient({ url: server.url, token: server.operatorToken });
  await client.createOrganization({ id: 'acme', name: 'Acme Ltd' });
});
afterAll(() => server?.stop());

const issue = (name: string) =>
  client.issueKey({ keyspace: 'default', organization: 'acme', name, environment: 'live' });

/** A server that is none of Keyhold's. */
async function startOther(listener: RequestListener): Promise<string> {
  const other = createServer(listener).listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => {
    other.closeAllConnections();
    other.close();
  });
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}

test('a key is issued, verified, changed, recycled and revoked', async () => {
  const { id, key } = await issue('Production server');
  expect(await client.verify({ key: key ?? '' })).toMatchObject({ valid: true, key_id: id });
  expect(await client.patchKey({ id, name: 'Staging' })).toMatchObject({ id, name: 'Staging' });
  const recycled = await client.recycleKey({ id });
  expect(await client.verify({ key: key ?? '', min_seq: recycled.seq })).toMatchObject({ valid: false });
  expect((await client.revokeKey({ id, reason: 'no longer used' })).state).toBe('revoked');
  expect(await client.verify({ key: recycled.key ?? '' })).toEqual({ valid: false, reason: 'revoked' });
  expect((await client.getKey({ id })).state).toBe('revoked');
});

test('introspection tells of a good key what RFC 7662 has words for, and of any other nothing', async () => {
  const { id, key } = await issue('introspected');
  const token = key ?? '';
  const answer = await client.introspect({ token, token_type_hint: 'access_token' });
  expect(answer).toEqual({
    active: true,
    token_type: 'Bearer',
    client_id: id,
    sub: 'acme',
    aud: 'default',
  });
  for (const stranger of ['', 'a b&token=c', `${token}x`, '&=%ä']) {
    expect(await client.introspect({ token: stranger })).toEqual({ active: false });
  }
  await client.revokeKey({ id });
  expect(await client.introspect({ token })).toEqual({ active: false });
  const { token: reader } = await client.createOperator({ name: 'reader', scopes: ['keys:read'] });
  const unable = createClient({ url: server.url, token: reader ?? '' });
  await expect(unable.introspect({ token })).rejects.toMatchObject({ code: 'insufficient_scope' });
});

test('a list is its first page when awaited, and all of it when iterated', async () => {
  const issued = [];
  for (const name of ['a', 'b', 'c']) issued.unshift((await issue(name)).id);
  const page = await client.listKeys({ organization: 'acme', limit: 2 });
  expect(page.data.map(({ id }) => id)).toEqual(issued.slice(0, 2));
  const found = [];
  for await (const { id } of client.listKeys({ organization: 'acme', limit: 2 })) found.push(id);
  expect(found.slice(0, 3)).toEqual(issued);
  const rest = [];
  for await (const { id } of client.listKeys({
    organization: 'acme',
    limit: 2,
    cursor: page.next_cursor ?? '',
  }))
    rest.push(id);
  expect([...issued.slice(0, 2), ...rest]).toEqual(found);
});

test('what goes into the address is written so that it stays one segment', async () => {
  await expect(client.getKey({ id: 'x/../../organizations?' })).rejects.toMatchObject({ status: 400 });
  await expect(client.getKey({ id: '' })).rejects.toThrow(TypeError);
});

test('a refusal is an error with its code, its status and the fields at fault', async () => {
  await expect(issue('')).rejects.toMatchObject({
    name: 'KeyholdApiError',
    code: 'validation_failed',
    status: 422,
    problem: { errors: [{ pointer: '/name' }] },
  });
  const stranger = createClient({ url: server.url, token: 'khop_no' });
  await expect(stranger.listKeys()).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
});

test('a create repeated with its idempotency key makes nothing new and shows no secret', async () => {
  const input = { keyspace: 'default', organization: 'acme', name: 'once', environment: 'live' };
  const first = await client.issueKey(input, { idempotencyKey: 'once-1' });
  const second = await client.issueKey(input, { idempotencyKey: 'once-1' });
  expect(second).toMatchObject({ id: first.id, key: null });
});

test('what is no answer of Keyhold is told apart from a refusal', async () => {
  const url = await startOther((_, response) => response.writeHead(502).end('<html>Bad gateway</html>'));
  await expect(createClient({ url, token: 'x' }).listNodes()).rejects.toMatchObject({
    name: 'KeyholdUnreachableError',
    message: expect.stringContaining('502'),
  });
  const redirect = await startOther((_, response) => response.writeHead(307, { location: server.url }).end());
  await expect(createClient({ url: redirect, token: 'x' }).listNodes()).rejects.toThrow('does not answer');
  const silent = await startOther((request) => request.socket.destroy());
  await expect(createClient({ url: silent, token: 'x' }).listNodes()).rejects.toThrow('does not answer');
  expect(() => createClient({ url: 'keyhold.internal', token: 'x' })).toThrow(TypeError);
});

test('a call ends when its signal does, with the reason of the signal, and when its time is over', async () => {
  const arrived = Promise.withResolvers<void>();
  const url = await startOther(() => arrived.resolve());
  const controller = new AbortController();
  const call = createClient({ url, token: 'x' }).getKey({ id: 'key_1' }, { signal: controller.signal });
  await arrived.promise;
  controller.abort(new Error('the user left'));
  await expect(call).rejects.toThrow('the user left');
  const impatient = createClient({ url, token: 'x', timeoutMs: 1 });
  await expect(impatient.getKey({ id: 'key_1' })).rejects.toThrow('within 1 ms');
});
