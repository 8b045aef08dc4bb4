import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileKeyFormat, OPERATOR_KEYSPACE_DEFINITION } from '@keyhold/core';
import { createManualClock, createSeededRandom, passTimeUntil } from '@keyhold/core/testing';
import type { RunningServer } from '@keyhold/server';
import type { Store } from '@keyhold/store';
import { countingStore } from '@keyhold/store/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { IssuedKey } from '../_harness.ts';
import { call } from '../_http.ts';
import { type Recorder, startRecorder } from '../_recorder.ts';
import { startTestServer } from '../_server.ts';

// The whole server in this process, its store counted, on a clock that stands still: what is written on a timer (how
// often a key was used) is no call that a request made.

const REQUESTS = 200;
const LIFETIME_MS = 60_000;

const clock = createManualClock();
let directory: string;
let upstream: Recorder;
let server: RunningServer;
let store: ReturnType<typeof countingStore>;
let token: string;
let good: IssuedKey;
let revoked: IssuedKey;
let expired: IssuedKey;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keyhold-test-'));
  upstream = await startRecorder();
  const yaml = `
keyspaces:
  counted:
    key: { format: "co_{random:base62:43}{checksum}", masked: "co_****{last:4}" }
    gateway:
      listen: "127.0.0.1:0"
      upstream: "${upstream.url}"
      self_service: { path: /keys, keys_may_manage: true }
`;
  server = await startTestServer({
    yaml,
    directory,
    clock,
    randomBytes: createSeededRandom(2),
    decorateStore: (opened: Store) => {
      store = countingStore(opened);
      return store;
    },
  });
  token = server.firstToken ?? '';
  await operator('/v1/organizations', { id: 'acme', name: 'Acme' });
  const request = { keyspace: 'counted', organization: 'acme', name: 'key' };
  const expires_at = new Date(clock.nowMs() + LIFETIME_MS).toISOString();
  good = (await operator('/v1/keys', request)) as IssuedKey;
  revoked = (await operator('/v1/keys', request)) as IssuedKey;
  expired = (await operator('/v1/keys', { ...request, expires_at })) as IssuedKey;
  await operator(`/v1/keys/${revoked.id}/revoke`, {});
  clock.advance(LIFETIME_MS);
});
afterAll(async () => {
  await passTimeUntil(server?.stop() ?? Promise.resolve(), clock, 100);
  await upstream?.close();
  await rm(directory, { recursive: true });
});

async function operator(path: string, body: object): Promise<unknown> {
  const answer = await call('POST', `${server.url}${path}`, { key: token, body });
  expect([200, 201], answer.text).toContain(answer.status);
  return answer.body;
}

const random = createSeededRandom(3);
const format = compileKeyFormat('co_{random:base62:43}{checksum}', []);
const operatorFormat = compileKeyFormat(OPERATOR_KEYSPACE_DEFINITION.key.format, []);

const CLASSES: Record<string, () => string> = {
  'well-formed and unknown': () => format.mint(null, random),
  'with a checksum that does not fit': () => `co_${Buffer.from(random(40)).toString('hex').slice(0, 49)}`,
  'of no shape at all': () => Buffer.from(random(12)).toString('base64url'),
  revoked: () => revoked.key,
  expired: () => expired.key,
  'an operator token that nobody has': () => operatorFormat.mint(null, random),
  'a portal session that nobody has': () =>
    `khps_01m7ykjjp8fhxs98mqb2f0tj3d_${Buffer.from(random(32)).toString('base64url')}`,
};

const FACES: Record<string, (presentedKey: string) => Promise<{ status: number; body: unknown }>> = {
  'the gateway': (key) => call('GET', `${server.gateways[0]?.url}/anything`, { key }),
  'self-service': (key) => call('GET', `${server.gateways[0]?.url}/keys`, { key }),
  'forward-auth': (key) => call('GET', `${server.url}/v1/authorize/counted`, { key }),
  'the management API': (key) => call('GET', `${server.url}/v1/keys`, { key }),
  verify: async (key) => {
    const answer = await call('POST', `${server.url}/v1/verify`, { key: token, body: { key } });
    return { status: (answer.body as { valid: boolean }).valid ? 200 : 401, body: answer.body };
  },
};

describe.each(Object.entries(FACES))('%s', (_name, present) => {
  test.each(Object.entries(CLASSES))(
    'refuses a credential without a call to the store: %s',
    async (_class, make) => {
      const before = store.calls();
      for (let index = 0; index < REQUESTS; index++) expect((await present(make())).status).toBe(401);
      expect(store.calls() - before).toBe(0);
      expect(upstream.requests).toHaveLength(0);
    },
  );
});

test('a good key passes the gateway without a call to the store, and a listing of keys does call it', async () => {
  const before = store.calls();
  expect((await call('GET', `${server.gateways[0]?.url}/anything`, { key: good.key })).status).toBe(200);
  expect(store.calls() - before).toBe(0);
  expect((await call('GET', `${server.gateways[0]?.url}/keys`, { key: good.key })).status).toBe(200);
  expect(store.calls()).toBeGreaterThan(before);
});
