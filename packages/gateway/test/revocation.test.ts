import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import {
  connect,
  gatewayDefinition,
  keyspaceDefinition,
  moment,
  responseTo,
  send,
  startGateway,
  startRawUpstream,
  startUpstream,
} from './_util.ts';

/** An upstream whose answers the test gives by hand, and that tells when a call of it was aborted. */
async function startManualUpstream() {
  const arrived = moment<{ request: IncomingMessage; response: ServerResponse }>();
  const aborted = moment();
  const upstream = await startUpstream((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) aborted.reach();
    });
    arrived.reach({ request, response });
  });
  return { ...upstream, arrived: arrived.reached, aborted: aborted.reached };
}

describe('a request that waits for its upstream', () => {
  it('gets 401 when its key is revoked, the upstream sees the abort, and the revocation returns after both', async () => {
    const upstream = await startManualUpstream();
    const { keyring, port, observed } = await startGateway([gatewayDefinition(upstream.url)]);
    const { id, presentedKey } = await keyring.issue();
    const reference = await send(port, { key: `${presentedKey}x` });

    const answering = send(port, { key: presentedKey, path: '/slow' });
    await upstream.arrived;
    await keyring.change(id, { revoked: true });
    expect(observed.at(-1)).toMatchObject({ keyspace: 'default', status: 401, ended: true });
    await upstream.aborted;

    const answer = await answering;
    expect(answer.status).toBe(401);
    expect(answer.text).toBe(reference.text);
    expect(answer.headers['www-authenticate']).toBe(reference.headers['www-authenticate']);
    expect((await send(port, { key: presentedKey })).status).toBe(401);
    expect(upstream.requests).toHaveLength(1);
  });

  it('gets 403 when its key loses the scope', async () => {
    const upstream = await startManualUpstream();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)], {
      keyspaces: [keyspaceDefinition({ scopes: { read: ['GET /things'], write: ['POST /things'] } })],
    });
    const { id, presentedKey } = await keyring.issue({ scopes: ['read', 'write'] });
    const answering = send(port, { key: presentedKey, path: '/things' });
    await upstream.arrived;
    await keyring.change(id, { scopes: ['write'] });
    await upstream.aborted;
    const answer = await answering;
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toContain('scope="read"');
  });

  it.each([
    ['disabled', { disabled: true }],
    ['no longer allowed from its address', { allowedCidrs: ['203.0.113.0/24'] }],
  ])('gets 401 when its key is %s', async (_, change) => {
    const upstream = await startManualUpstream();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { id, presentedKey } = await keyring.issue();
    const answering = send(port, { key: presentedKey });
    await upstream.arrived;
    await keyring.change(id, change);
    await upstream.aborted;
    expect((await answering).status).toBe(401);
  });

  it('gets 401 when its organization is suspended', async () => {
    const upstream = await startManualUpstream();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { presentedKey } = await keyring.issue();
    const answering = send(port, { key: presentedKey });
    await upstream.arrived;
    await keyring.changeOrganization({ suspended: true });
    await upstream.aborted;
    expect((await answering).status).toBe(401);
  });

  it('gets 401 at the moment its key expires', async () => {
    const upstream = await startManualUpstream();
    const { clock, keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { presentedKey } = await keyring.issue({ expiresAtMs: clock.nowMs() + 10_000 });
    const answering = send(port, { key: presentedKey });
    await upstream.arrived;
    clock.advance(10_000);
    await upstream.aborted;
    expect((await answering).status).toBe(401);
  });

  it('of a recycled key gets 401 at the end of the grace, not before', async () => {
    const upstream = await startManualUpstream();
    const { clock, keyring, port, observed } = await startGateway([gatewayDefinition(upstream.url)]);
    const { id, presentedKey } = await keyring.issue();
    const answering = send(port, { key: presentedKey });
    await upstream.arrived;
    await keyring.recycle(id, clock.nowMs() + 5_000);
    clock.advance(4_999);
    expect(observed).toHaveLength(0);
    clock.advance(1);
    await upstream.aborted;
    expect((await answering).status).toBe(401);
  });

  it('and is not connected to it yet gets 401, and the upstream never hears of it', async () => {
    const upstream = await startManualUpstream();
    const accepted = moment();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)], {
      createRequestId() {
        accepted.reach();
        return 'req';
      },
    });
    const { id, presentedKey } = await keyring.issue();
    // Before the event loop turns, so before the connection can be there.
    const revoked = accepted.reached.then(() => keyring.change(id, { revoked: true }));
    expect((await send(port, { key: presentedKey })).status).toBe(401);
    await revoked;
    const other = await keyring.issue();
    const answering = send(port, { key: other.presentedKey, path: '/other' });
    const { request, response } = await upstream.arrived;
    response.end();
    await answering;
    expect(request.url).toBe('/other');
    expect(upstream.requests).toHaveLength(1);
  });

  it('is left alone when another key of the organization is revoked', async () => {
    const upstream = await startManualUpstream();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const mine = await keyring.issue();
    const other = await keyring.issue();
    const answering = send(port, { key: mine.presentedKey });
    const { response } = await upstream.arrived;
    await keyring.change(other.id, { revoked: true });
    response.end('done');
    expect(await answering).toMatchObject({ status: 200, text: 'done' });
  });
});

describe('a request that is streaming', () => {
  it('down loses its connection when its key is revoked, and nothing it has looks complete', async () => {
    const upstream = await startManualUpstream();
    const { keyring, port, observed } = await startGateway([gatewayDefinition(upstream.url)]);
    const { id, presentedKey } = await keyring.issue();
    // HTTP/1.0: the end of the answer is the end of the connection, so an orderly end would look complete.
    const client = (await connect(port)).write(
      'GET / HTTP/1.0',
      `Authorization: Bearer ${presentedKey}`,
      '',
      '',
    );
    const { response } = await upstream.arrived;
    response.write('first part');
    await client.until('first part');
    await keyring.change(id, { revoked: true });
    expect(observed.at(-1)).toMatchObject({ status: 200, ended: true });
    await upstream.aborted;
    expect(await client.closed).toBe('ECONNRESET');
  });

  it('up is cut when its key is revoked: 401, the connection ends, the upstream sees the abort', async () => {
    const upstream = await startManualUpstream();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { id, presentedKey } = await keyring.issue();
    const client = await connect(port);
    client.write(
      'POST /upload HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${presentedKey}`,
      'Transfer-Encoding: chunked',
      '',
      '5\r\nfirst\r\n',
    );
    const { request } = await upstream.arrived;
    const [first] = await once(request, 'data');
    expect(String(first)).toBe('first');
    const more: unknown[] = [];
    request.on('data', (chunk) => more.push(chunk));
    await keyring.change(id, { revoked: true });
    client.write('6\r\nsecond\r\n');
    await upstream.aborted;
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 401 /);
    expect(more).toEqual([]);
  });

  it('up is reset towards the upstream, so that nothing which is still on its way is delivered', async () => {
    const began = moment();
    const outcome = moment<string>();
    const upstream = await startRawUpstream((socket) => {
      socket.on('data', () => began.reach());
      socket.on('end', () => outcome.reach('end'));
      socket.on('error', (error: NodeJS.ErrnoException) => outcome.reach(error.code ?? 'error'));
    });
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { id, presentedKey } = await keyring.issue();
    const client = await connect(port);
    client.write(
      'POST / HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${presentedKey}`,
      'Transfer-Encoding: chunked',
      '',
      '5\r\nfirst\r\n',
    );
    await began.reached;
    await keyring.change(id, { revoked: true });
    expect(await outcome.reached).toBe('ECONNRESET');
  });

  it('up with a short body gets 401, and the upstream never hears of it', async () => {
    const upstream = await startManualUpstream();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { id, presentedKey } = await keyring.issue();
    const client = await connect(port);
    client.write(
      'POST / HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${presentedKey}`,
      'Expect: 100-continue',
      'Content-Length: 6',
      '',
      '',
    );
    await client.until('100 Continue');
    await keyring.change(id, { revoked: true });
    client.write('abcdef');
    await client.closed;
    expect(client.text).toMatch(/HTTP\/1\.1 401 /);
    expect(upstream.requests).toHaveLength(0);
  });

  it('up and down at once is cut on both sides', async () => {
    const upstream = await startManualUpstream();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { id, presentedKey } = await keyring.issue();
    const request = http.request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { authorization: `Bearer ${presentedKey}` },
    });
    const closed = moment();
    request.on('error', () => {});
    request.on('close', () => closed.reach());
    request.write('up');
    const { response } = await upstream.arrived;
    response.write('down');
    const answer = await responseTo(request);
    answer.on('error', () => {});
    expect(String((await once(answer, 'data'))[0])).toBe('down');
    await keyring.change(id, { revoked: true });
    await upstream.aborted;
    await closed.reached;
    expect(answer.complete).toBe(false);
  });

  it('does not hold up a revocation when its client has stopped reading', async () => {
    const upstream = await startManualUpstream();
    const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
    const { id, presentedKey } = await keyring.issue();
    const client = (await connect(port)).write(
      'GET / HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${presentedKey}`,
      '',
      '',
    );
    const { response } = await upstream.arrived;
    response.write('first part');
    await client.until('first part');
    client.socket.pause();
    // More than every buffer on the way can hold.
    response.write(Buffer.alloc(64 << 20));
    await keyring.change(id, { revoked: true });
    await upstream.aborted;
    client.socket.resume();
    expect(await client.closed).toBe('ECONNRESET');
  });
});

it('every pipelined request of a revoked key ends', async () => {
  const arrived = moment();
  const upstream = await startUpstream(() => {
    if (upstream.requests.length === 3) arrived.reach();
  });
  const { keyring, port, observed } = await startGateway([gatewayDefinition(upstream.url)]);
  const { id, presentedKey } = await keyring.issue();
  const request = `GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${presentedKey}\r\n\r\n`;
  const client = (await connect(port)).write(request.repeat(3));
  await arrived.reached;
  await keyring.change(id, { revoked: true });
  expect(observed.map(({ status, ended }) => [status, ended])).toEqual([
    [401, true],
    [401, true],
    [401, true],
  ]);
  await client.until(/(?:HTTP\/1\.1 401.*){3}/s);
});

it('every admitted request is told as done, however it ends', async () => {
  const upstream = await startUpstream((request, response) => {
    if (request.url === '/breaks') response.destroy();
    else response.end('ok');
  });
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url)]);
  const { presentedKey: key } = await keyring.issue();
  let admitted = 0;
  let done = 0;
  const admit = keyring.verifier.admit.bind(keyring.verifier);
  keyring.verifier.admit = (subject, flight) => {
    const admission = admit(subject, flight);
    admitted++;
    return {
      done() {
        admission.done();
        done++;
      },
    };
  };
  await send(port, { key });
  await send(port, { key, method: 'POST', body: 'x' });
  await send(port, { key, path: '/breaks' });
  expect([admitted, done]).toEqual([3, 3]);
});
