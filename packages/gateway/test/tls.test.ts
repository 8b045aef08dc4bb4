import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { GatewayDefinition } from '../src/index.ts';
import {
  afterThisTest,
  gatewayDefinition,
  keyspaceDefinition,
  moment,
  portOf,
  RawClient,
  startGateway,
  startUpstream,
} from './_util.ts';

const fixture = (name: string) => new URL(`fixtures/${name}`, import.meta.url).pathname;
const sms = { certPath: fixture('test-only-sms.cert.pem'), keyPath: fixture('test-only-sms.key.pem') };
const leads = { certPath: fixture('test-only-leads.cert.pem'), keyPath: fixture('test-only-leads.key.pem') };
const certificates = [sms, leads].map(({ certPath }) => readFileSync(certPath));

async function connectTls(port: number, servername: string): Promise<RawClient> {
  const socket = tls.connect({ port, host: '127.0.0.1', servername, ca: certificates });
  await once(socket, 'secureConnect');
  return new RawClient(socket);
}

it('a listener with a certificate speaks TLS and tells the upstream so', async () => {
  const upstream = await startUpstream((request, response) =>
    response.end(String(request.headers['x-forwarded-proto'])),
  );
  const { keyring, port, url } = await startGateway([gatewayDefinition(upstream.url, { tls: sms })]);
  expect(url).toBe(`https://127.0.0.1:${port}`);
  const { presentedKey } = await keyring.issue();
  const client = await connectTls(port, 'localhost');
  client.write(
    'GET / HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${presentedKey}`,
    'Connection: close',
    '',
    '',
  );
  await client.closed;
  expect(client.text).toMatch(/^HTTP\/1\.1 200 .*https$/s);
});

it('a stream over TLS is cut at revocation without looking complete', async () => {
  const arrived = moment();
  const aborted = moment();
  const upstream = await startUpstream((_, response) => {
    response.on('close', () => aborted.reach());
    response.write('first part');
    arrived.reach();
  });
  const { keyring, port } = await startGateway([gatewayDefinition(upstream.url, { tls: sms })]);
  const { id, presentedKey } = await keyring.issue();
  const client = await connectTls(port, 'localhost');
  client.write('GET / HTTP/1.1', 'Host: localhost', `Authorization: Bearer ${presentedKey}`, '', '');
  await client.until('first part');
  await keyring.change(id, { revoked: true });
  await aborted.reached;
  await client.closed;
  expect(client.text).not.toContain('\r\n0\r\n');
});

describe('hosts with certificates of their own', () => {
  async function startShared() {
    const upstream = await startUpstream((request, response) =>
      response.end(String(request.headers['x-forwarded-host'])),
    );
    const definition = (keyspace: string, certificate: GatewayDefinition['tls']) =>
      gatewayDefinition(upstream.url, {
        keyspace,
        listen: { kind: 'hosts', hosts: [`${keyspace}.example.com`] },
        tls: certificate,
      });
    return startGateway([definition('sms', sms), definition('leads', leads)], {
      keyspaces: [keyspaceDefinition({ id: 'sms' }), keyspaceDefinition({ id: 'leads' })],
      sharedListener: { host: '127.0.0.1', port: 0 },
    });
  }

  it('are served with the certificate of the host asked for', async () => {
    const { keyring, port } = await startShared();
    for (const keyspace of ['sms', 'leads']) {
      const host = `${keyspace}.example.com`;
      const { presentedKey } = await keyring.issue({ keyspace });
      const client = await connectTls(port, host);
      client.write(
        'GET / HTTP/1.1',
        `Host: ${host}`,
        `Authorization: Bearer ${presentedKey}`,
        'Connection: close',
        '',
        '',
      );
      await client.closed;
      expect(client.text).toMatch(new RegExp(`^HTTP/1\\.1 200 .*${host}$`, 's'));
    }
  });

  it('do not answer for one another on one connection', async () => {
    const { keyring, port } = await startShared();
    const { presentedKey } = await keyring.issue({ keyspace: 'leads' });
    const client = await connectTls(port, 'sms.example.com');
    client.write(
      'GET / HTTP/1.1',
      'Host: leads.example.com',
      `Authorization: Bearer ${presentedKey}`,
      'Connection: close',
      '',
      '',
    );
    await client.closed;
    expect(client.text).toMatch(/^HTTP\/1\.1 421 /);
  });

  it('end the handshake of a host that is not ours', async () => {
    const { port } = await startShared();
    const socket = tls.connect({ port, host: '127.0.0.1', servername: 'evil.example.com', ca: certificates });
    await once(socket, 'error');
    expect(socket.authorized).toBe(false);
  });

  it('have to have one all', async () => {
    const hosts = (keyspace: string, certificate: GatewayDefinition['tls']) =>
      gatewayDefinition('http://127.0.0.1:1', {
        keyspace,
        listen: { kind: 'hosts', hosts: [keyspace] },
        tls: certificate,
      });
    const starting = startGateway([hosts('sms', sms), hosts('leads', null)], {
      keyspaces: [keyspaceDefinition({ id: 'sms' }), keyspaceDefinition({ id: 'leads' })],
      sharedListener: { host: '127.0.0.1', port: 0 },
    });
    await expect(starting).rejects.toMatchObject({ code: 'configuration_invalid' });
  });
});

it('a certificate that cannot be read is a configuration error that names it', async () => {
  const definition = gatewayDefinition('http://127.0.0.1:1', {
    tls: { certPath: '/nowhere.pem', keyPath: '/nowhere.key' },
  });
  await expect(startGateway([definition])).rejects.toMatchObject({
    code: 'configuration_invalid',
    message: expect.stringContaining('/nowhere.pem'),
  });
});

it('an upstream with a certificate that nobody vouches for is 502', async () => {
  const server = https.createServer(
    { cert: readFileSync(sms.certPath), key: readFileSync(sms.keyPath) },
    (_, response) => response.end('ok'),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterThisTest(() => void server.close());
  const upstreamPort = portOf(server);
  const { keyring, port } = await startGateway([
    gatewayDefinition(`https://127.0.0.1:${upstreamPort}`, { tls: sms }),
  ]);
  const { presentedKey } = await keyring.issue();
  const client = await connectTls(port, 'localhost');
  client.write(
    'GET / HTTP/1.1',
    'Host: localhost',
    `Authorization: Bearer ${presentedKey}`,
    'Connection: close',
    '',
    '',
  );
  await client.closed;
  expect(client.text).toMatch(/^HTTP\/1\.1 502 /);
});
