import { once } from 'node:events';
import { Agent, type RequestListener, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { createManualClock } from '@keyhold/core/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bindHttp } from '../src/process/http-listener.ts';
import { answerTo } from './_keyhold.ts';

const DEADLINE_MS = 20_000;
const createRequestId = () => 'req_1';

/** A listener with one request in it that has no answer yet, on a connection that is kept alive. */
async function bindWithRequest() {
  const clock = createManualClock();
  const held = Promise.withResolvers<ServerResponse>();
  const listener = await bindHttp(
    (_, response) => held.resolve(response),
    { host: '127.0.0.1', port: 0 },
    null,
    { clock, createRequestId },
  );
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const outgoing = request({ port: listener.port, host: '127.0.0.1', agent }).end();
  return { clock, listener, outgoing, held: await held.promise };
}

test('a listener that closes answers what it has taken, and does not wait for idle connections', async () => {
  const { clock, listener, outgoing, held } = await bindWithRequest();
  const closing = listener.close(DEADLINE_MS);
  held.end('whole');
  expect(await text(await answerTo(outgoing))).toBe('whole');
  // Long before the deadline; without a look at what has become idle it would wait for it.
  for (let passedMs = 0; passedMs < DEADLINE_MS / 2; passedMs += 50) {
    clock.advance(50);
    await setImmediate();
  }
  await closing;
});

test('what is not answered by the deadline is cut', async () => {
  const { clock, listener, outgoing } = await bindWithRequest();
  const closing = listener.close(DEADLINE_MS);
  const cut = once(outgoing, 'error');
  clock.advance(DEADLINE_MS);
  await closing;
  await cut;
});

test('an address that this machine does not have is one line', async () => {
  const refused = bindHttp(() => {}, { host: '192.0.2.1', port: 1 }, null, {
    clock: createManualClock(),
    createRequestId,
  });
  await expect(refused).rejects.toMatchObject({
    code: 'settings_invalid',
    message: expect.stringContaining('192.0.2.1:1'),
  });
});

describe('what is no request', () => {
  /** Everything that is received on one connection until it ends. */
  async function receive(listener: RequestListener, bytes: string): Promise<string> {
    const clock = createManualClock();
    const bound = await bindHttp(listener, { host: '127.0.0.1', port: 0 }, null, { clock, createRequestId });
    onTestFinished(() => bound.close(0));
    const socket = connect(bound.port, '127.0.0.1').on('error', () => {});
    socket.write(bytes);
    return text(socket);
  }

  test.each([
    [400, 'invalid_request', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n'],
    [400, 'invalid_request', '\x16\x03\x01\x02\x00\x01\x00'],
    [405, 'method_not_allowed', 'FETCH / HTTP/1.1\r\nHost: a\r\n\r\n'],
    [405, 'method_not_allowed', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n'],
    [431, 'too_many_header_fields', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(17_000)}\r\n\r\n`],
  ])('is %i %s like any other problem, and the connection ends: %j', async (status, code, bytes) => {
    const answer = await receive(() => expect.unreachable(), bytes);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head).toContain('\r\nConnection: close');
    expect(JSON.parse(body)).toMatchObject({ status, code, request_id: 'req_1' });
  });

  test('may expect what nobody knows, and is answered as if it did not', async () => {
    const get = 'GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nConnection: close\r\n\r\n';
    expect(await receive((_, response) => void response.end('whole'), get)).toMatch(/^HTTP\/1\.1 200 /);
  });

  test('does not get the answer that an earlier request waits for', async () => {
    const get = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    expect(await receive(() => {}, `${get}nonsense\r\n\r\n`)).toBe('');
  });

  test('may follow an upgrade that is not made: it is answered as if it had not been asked for, and is the last', async () => {
    const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
    const answer = await receive(
      (_, response) => void response.end('here'),
      `${upgrade}PRI * HTTP/2.0\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*\r\nConnection: close\r\n.*here$/s);
  });

  test('is not looked at behind the last request of a connection', async () => {
    const last = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const answerLater: RequestListener = (_, response) =>
      void setImmediate().then(() => response.end('here'));
    expect(await receive(answerLater, `${last}nonsense\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 .*here$/s);
  });

  test('in a body is told to the request it belongs to', async () => {
    const post = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n';
    expect(await receive((incoming) => void incoming.resume(), post)).toMatch(/^HTTP\/1\.1 400 /);
  });
});
