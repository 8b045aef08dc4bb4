import { once } from 'node:events';
import { Agent, request, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { createManualClock } from '@keyhold/core/testing';
import { expect, onTestFinished, test } from 'vitest';
import { bindHttp } from '../src/process/http-listener.ts';
import { answerTo } from './_keyhold.ts';

const DEADLINE_MS = 20_000;

/** A listener with one request in it that has no answer yet, on a connection that is kept alive. */
async function bindWithRequest() {
  const clock = createManualClock();
  const held = Promise.withResolvers<ServerResponse>();
  const listener = await bindHttp(
    (_, response) => held.resolve(response),
    { host: '127.0.0.1', port: 0 },
    null,
    clock,
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
  const refused = bindHttp(() => {}, { host: '192.0.2.1', port: 1 }, null, createManualClock());
  await expect(refused).rejects.toMatchObject({
    code: 'settings_invalid',
    message: expect.stringContaining('192.0.2.1:1'),
  });
});
