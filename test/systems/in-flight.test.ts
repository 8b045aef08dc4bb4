import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IssuedKey, type Keyhold, startKeyhold } from '../_harness.ts';
import { open } from '../_http.ts';
import { type RecordedRequest, type Recorder, startRecorder } from '../_recorder.ts';

let upstream: Recorder;
let keyhold: Keyhold;
let apiUrl: string;
let organizations = 0;

beforeAll(async () => {
  upstream = await startRecorder(() => {});
  keyhold = await startKeyhold(`
keyspaces:
  flights:
    key: { format: "fl_{random:base62:32}", masked: "{first:6}…" }
    recycle: { max_grace: 1h }
    gateway: { listen: "127.0.0.1:0", upstream: "${upstream.url}" }
`);
  apiUrl = keyhold.gateway('flights');
});
afterAll(async () => {
  await keyhold?.stop();
  await upstream?.close();
});

async function newKey(expiresAtMs?: number): Promise<IssuedKey> {
  const organization = `organization-${++organizations}`;
  await keyhold.createOrganization(organization);
  const expiry = expiresAtMs === undefined ? {} : { expires_at: new Date(expiresAtMs).toISOString() };
  return keyhold.issue({ keyspace: 'flights', organization, name: 'in flight', ...expiry });
}

/** A request whose answer has begun: one chunk of it is with the client, and more could follow. */
interface Stream {
  readonly reached: RecordedRequest;
  readonly answer: IncomingMessage;
  /** Whether the client saw the connection end before the answer was complete. */
  readonly cut: () => boolean;
  readonly ended: Promise<unknown>;
}

async function startStream(key: string): Promise<Stream> {
  const opened = open('GET', `${apiUrl}/stream`, { key });
  const reached = await upstream.next();
  reached.response.writeHead(200, { 'content-type': 'text/plain' }).write('first');
  const answer = await opened;
  expect(String((await once(answer, 'data'))[0])).toBe('first');
  const ended = new Promise((resolve) => answer.once('close', resolve));
  answer.on('error', () => {});
  return { reached, answer, cut: () => answer.destroyed && !answer.complete, ended };
}

/** A request that its upstream has and has not answered. */
async function startWaiting(key: string) {
  const answer = open('GET', `${apiUrl}/slow`, { key });
  const reached = await upstream.next();
  return { reached, answer };
}

/**
 * Lets this process notice what had already happened to its sockets: what was sent on one connection before the answer on
 * another was is in the kernel by then, but may lie later in the same round of the event loop.
 */
async function noticeWhatHasHappened(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await setImmediate();
}

function watch(promise: Promise<unknown>): () => boolean {
  const unsettled = Symbol('unsettled');
  let outcome: unknown = unsettled;
  void (async () => {
    outcome = await promise;
  })();
  return () => outcome !== unsettled;
}

const TIGHTENINGS = {
  revoke: ({ id }: IssuedKey) => keyhold.operator('POST', `/v1/keys/${id}/revoke`, {}),
  recycle: ({ id }: IssuedKey) => keyhold.operator('POST', `/v1/keys/${id}/recycle`, {}),
  disable: ({ id }: IssuedKey) => keyhold.operator('POST', `/v1/keys/${id}/disable`, {}),
  'limiting it to other addresses': ({ id }: IssuedKey) =>
    keyhold.operator('PATCH', `/v1/keys/${id}`, { allowed_cidrs: ['192.0.2.0/24'] }),
  'suspending the organization': ({ organization }: IssuedKey) =>
    keyhold.operator('PATCH', `/v1/organizations/${organization}`, { suspended: true }),
  'revoking all keys of the organization': ({ organization }: IssuedKey) =>
    keyhold.operator('POST', `/v1/organizations/${organization}/revoke-keys`, {}),
} as const;

describe.each(Object.entries(TIGHTENINGS))('%s', (_name, tighten) => {
  test('ends a stream, gives a waiting request 401, and returns after the upstream has seen both go', async () => {
    const key = await newKey();
    const stream = await startStream(key.key);
    const waiting = await startWaiting(key.key);
    const streamGone = watch(stream.reached.aborted);
    const waitingGone = watch(waiting.reached.aborted);
    const answered = watch(waiting.answer);

    expect((await tighten(key)).status).toBe(200);
    await noticeWhatHasHappened();
    expect([stream.cut(), streamGone(), answered(), waitingGone()]).toEqual([true, true, true, true]);

    const { statusCode, headers } = await waiting.answer;
    expect(statusCode).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer realm="flights", error="invalid_token"');
  });

  test('leaves the requests of other keys alone', async () => {
    const key = await newKey();
    const other = await newKey();
    const stream = await startStream(other.key);
    const waiting = await startWaiting(other.key);
    expect((await tighten(key)).status).toBe(200);
    stream.reached.response.end(' and last');
    waiting.reached.response.end('done');
    expect(String((await once(stream.answer, 'data'))[0])).toBe(' and last');
    await stream.ended;
    expect(stream.cut()).toBe(false);
    expect(await text(await waiting.answer)).toBe('done');
  });
});

test('an upload ends with 401 when its key is revoked, and the upstream gets no further byte', async () => {
  const key = await newKey();
  const upload = request(`${apiUrl}/upload`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key.key}`, 'transfer-encoding': 'chunked' },
    agent: false,
  });
  upload.on('error', () => {});
  upload.write('first');
  const reached = await upstream.next();
  expect(String((await once(reached.message, 'data'))[0])).toBe('first');
  const received: unknown[] = [];
  reached.message.on('data', (chunk) => received.push(chunk));
  reached.message.on('error', () => {});
  const response = once(upload, 'response') as Promise<[IncomingMessage]>;

  await TIGHTENINGS.revoke(key);
  upload.write('second');
  await reached.aborted;
  expect((await response)[0].statusCode).toBe(401);
  expect(received).toEqual([]);
  upload.destroy();
});

test('a stream goes on until its key expires and ends then', async () => {
  const expiresAtMs = Date.now() + 3_000;
  const key = await newKey(expiresAtMs);
  const stream = await startStream(key.key);
  const waiting = await startWaiting(key.key);
  await stream.ended;
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAtMs);
  expect(stream.cut()).toBe(true);
  await stream.reached.aborted;
  expect((await waiting.answer).statusCode).toBe(401);
  await waiting.reached.aborted;
});

test('with a grace, what runs under the old secret goes on after the recycling and ends with the grace', async () => {
  const key = await newKey();
  const stream = await startStream(key.key);
  const recycled = await keyhold.operator('POST', `/v1/keys/${key.id}/recycle`, { grace: '2s' });
  expect(recycled.status).toBe(200);
  const graceUntilMs = Date.parse((recycled.body as { grace_until: string }).grace_until);
  const fresh = await startStream((recycled.body as IssuedKey).key);
  if (!stream.cut()) {
    stream.reached.response.write('second');
    expect(String((await once(stream.answer, 'data'))[0])).toBe('second');
  }
  await stream.ended;
  expect(Date.now()).toBeGreaterThanOrEqual(graceUntilMs);
  expect(stream.cut()).toBe(true);
  await stream.reached.aborted;
  expect(fresh.cut()).toBe(false);
  fresh.reached.response.end();
  await fresh.ended;
  expect(fresh.cut()).toBe(false);
});
