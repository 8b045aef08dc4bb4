import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { connect, gatewayDefinition, moment, send, startGateway, startUpstream } from './_util.ts';

async function startSlow() {
  const arrived = moment<ServerResponse>();
  const upstream = await startUpstream((_, response) => arrived.reach(response));
  const gateway = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey } = await gateway.keyring.issue();
  return { arrived: arrived.reached, presentedKey, ...gateway };
}

it('closing lets a request finish and ends its connection, idle ones at once', async () => {
  const { arrived, gateway, port, presentedKey } = await startSlow();
  const idle = await connect(port);
  const used = await connect(port);
  used.write('GET / HTTP/1.1', 'Host: x', '', '');
  await used.until('HTTP/1.1 401');
  const busy = (await connect(port)).write(
    'GET / HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${presentedKey}`,
    '',
    '',
  );
  const response = await arrived;
  let closed = false;
  const closing = (async () => {
    await gateway.close(60_000);
    closed = true;
  })();
  await idle.closed;
  await used.closed;
  expect(closed).toBe(false);
  response.end('finished');
  await closing;
  await busy.closed;
  expect(busy.text).toMatch(/finished/);
  await expect(send(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

it('closing ends an answer that began before, with its connection', async () => {
  const { arrived, gateway, port, presentedKey } = await startSlow();
  const client = (await connect(port)).write(
    'GET / HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${presentedKey}`,
    '',
    '',
  );
  const response = await arrived;
  response.write('begun');
  await client.until('begun');
  const closing = gateway.close(60_000);
  response.end('finished');
  await closing;
  await client.closed;
  expect(client.text).toMatch(/finished\r\n0\r\n\r\n$/);
});

it('at the deadline, what is left is cut and the upstream sees it', async () => {
  const { arrived, clock, gateway, port, presentedKey } = await startSlow();
  const client = (await connect(port)).write(
    'GET / HTTP/1.1',
    'Host: x',
    `Authorization: Bearer ${presentedKey}`,
    '',
    '',
  );
  const response = await arrived;
  const aborted = once(response, 'close');
  const closing = gateway.close(5_000);
  clock.advance(5_000);
  await closing;
  await aborted;
  expect(await client.closed).toBe('ECONNRESET');
  expect(client.text).toBe('');
});
