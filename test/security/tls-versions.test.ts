import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type SecureVersion } from 'node:tls';

import { createSystemClock, type RunningServer, systemRandomBytes } from '@keyhold/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer } from '../_server.ts';

const FIXTURES = join(import.meta.dirname, '../../packages/gateway/test/fixtures');
const TLS = { cert: join(FIXTURES, 'test-only-sms.cert.pem'), key: join(FIXTURES, 'test-only-sms.key.pem') };

let directory: string;
let server: RunningServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keyhold-tls-'));
  const yaml = `
keyspaces:
  encrypted:
    key: { format: "en_{random:base62:43}", masked: "en_****{last:4}" }
    gateway:
      listen: "127.0.0.1:0"
      upstream: "http://127.0.0.1:9"
      tls: { cert: "${TLS.cert}", key: "${TLS.key}" }
`;
  server = await startTestServer({
    yaml,
    directory,
    flags: { tls_cert: TLS.cert, tls_key: TLS.key },
    clock: createSystemClock(),
    randomBytes: systemRandomBytes,
  });
});
afterAll(async () => {
  await server?.stop();
  await rm(directory, { recursive: true });
});

/** @returns the version that a client which speaks only this one is answered in; null when there is no handshake. */
function negotiate(url: string, version: SecureVersion): Promise<string | null> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname,
      port: Number(port),
      minVersion: version,
      maxVersion: version,
      // A client that would take anything, so that it is the server that refuses.
      ciphers: 'ALL:@SECLEVEL=0',
      rejectUnauthorized: false,
    });
    socket.once('secureConnect', () => {
      resolve(socket.getProtocol());
      socket.destroy();
    });
    socket.once('error', () => resolve(null));
  });
}

test.each<[string, () => string]>([
  ['the management port', () => server.url!],
  ['the gateway', () => server.gateways[0]!.url],
])('%s speaks TLS 1.2 and 1.3 and nothing older', async (_name, url) => {
  const versions: SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
  expect(await Promise.all(versions.map((version) => negotiate(url(), version)))).toEqual([
    null,
    null,
    'TLSv1.2',
    'TLSv1.3',
  ]);
});
