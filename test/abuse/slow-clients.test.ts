import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTarget, type Target } from './_target.ts';
import { type Address, ask, connect, request, type WireExchange } from './_wire.ts';

// The limits that these wait for are Node's own and run on the machine's clock, so they are waited for: all at once.

let target: Target;

beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target?.stop());

const DRIP_INTERVAL_MS = 250;
const CLIENTS = 100;

/** Sends a beginning, then a byte now and then for as long as the connection stands. */
async function drip(address: Address, beginning: string, byte: string): Promise<WireExchange> {
  const connection = await connect(address);
  connection.write(beginning);
  const timer = byte === '' ? undefined : setInterval(() => connection.write(byte), DRIP_INTERVAL_MS);
  const exchange = await connection.end();
  clearInterval(timer);
  return exchange;
}

test('clients that never finish their request lose their connection, and others are served meanwhile', async () => {
  const { management, authorizeSocket, gateways } = target;
  const { key } = await target.issue();
  const head = 'GET /things HTTP/1.1\r\nHost: a\r\nX: ';
  const slow = [];
  for (const address of [management, authorizeSocket, gateways.scoped]) {
    for (let i = 0; i < CLIENTS; i++) slow.push(drip(address, head, 'x'));
    slow.push(drip(address, head, ''), drip(address, 'G', ''), drip(address, '\r\n', '\r\n'));
  }
  const body = request([
    'POST /v1/verify HTTP/1.1',
    'Host: a',
    `Authorization: Bearer ${target.token}`,
    'Content-Type: application/json',
    'Content-Length: 60000',
  ]);
  slow.push(drip(management, body, ' '));
  const silent = [management, authorizeSocket, gateways.scoped].map((address) => drip(address, '', ''));

  const good = ['GET /things HTTP/1.1', 'Host: a', `Authorization: Bearer ${key}`, 'Connection: close'];
  expect((await ask(gateways.scoped, request(good))).status).toBe(200);
  expect((await target.operator('GET', '/healthz')).status).toBe(200);

  for (const { answers } of await Promise.all(silent)) expect(answers).toEqual([]);
  for (const { answers, rest } of await Promise.all(slow)) {
    expect(rest).toBe('');
    expect(answers.map(({ status }) => status)).toEqual([408]);
  }
  expect(target.upstream.requests).toHaveLength(1);
});
