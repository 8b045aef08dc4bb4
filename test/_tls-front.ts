import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import { fileURLToPath } from 'node:url';

const FIXTURES = fileURLToPath(new URL('../packages/gateway/test/fixtures/test-only-sms', import.meta.url));

/** What ends TLS in front of a server, with a certificate that no machine trusts by itself. */
export interface TlsFront extends AsyncDisposable {
  readonly url: string;
  /** The certificate, PEM. */
  readonly ca: string;
  /** The file that it stands in. */
  readonly caFile: string;
}

/** @param url of the server behind it, plain HTTP. */
export async function startTlsFront(url: string): Promise<TlsFront> {
  const caFile = `${FIXTURES}.cert.pem`;
  const ca = readFileSync(caFile, 'utf8');
  const behind = { host: '127.0.0.1', port: Number(new URL(url).port) };
  const closers = new Set<() => void>();
  const server = createServer({ cert: ca, key: readFileSync(`${FIXTURES}.key.pem`) }, (client) => {
    const onwards = connect(behind);
    const cut = () => {
      client.destroy();
      onwards.destroy();
      closers.delete(cut);
    };
    closers.add(cut);
    for (const socket of [client, onwards]) socket.on('error', cut).once('close', cut);
    client.pipe(onwards).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca,
    caFile,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const cut of closers) cut();
      await closed;
    },
  };
}
