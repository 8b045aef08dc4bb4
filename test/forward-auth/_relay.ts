import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

/** What stands between a proxy and Keyhold and counts: what a proxy sends it and how often it connects. */
export interface Relay {
  /** Where the proxy connects instead: a port of 127.0.0.1. */
  readonly port: number;
  /** Connections made since the last {@link forget}. */
  connections(): number;
  /** Every byte the proxy has sent since then, as Latin-1. */
  sent(): string;
  forget(): void;
  /** Cuts what is connected, and leads whatever connects from now on to there; null: cuts it, too. */
  leadTo(to: NetConnectOpts | null): void;
  close(): Promise<void>;
}

/** @param listenAt a path for a Unix socket; otherwise a free port. */
export async function startRelay(first: NetConnectOpts, listenAt?: string): Promise<Relay> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let sent = '';
  let to: NetConnectOpts | null = first;

  function join(from: Socket, other: Socket): void {
    sockets.add(from);
    from
      .on('error', () => other.destroy())
      .once('close', () => {
        sockets.delete(from);
        other.destroy();
      });
  }
  const server = createServer((proxy) => {
    if (to === null) {
      proxy.destroy();
      return;
    }
    connections++;
    const keyhold = connect(to);
    join(proxy, keyhold);
    join(keyhold, proxy);
    proxy.on('data', (bytes) => {
      sent += bytes.toString('latin1');
    });
    proxy.pipe(keyhold);
    keyhold.pipe(proxy);
  });
  server.listen(listenAt === undefined ? { port: 0, host: '127.0.0.1' } : { path: listenAt });
  await once(server, 'listening');
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: listenAt === undefined ? (server.address() as AddressInfo).port : 0,
    connections: () => connections,
    sent: () => sent,
    forget() {
      connections = 0;
      sent = '';
    },
    leadTo(next) {
      to = next;
      cutAll();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      cutAll();
      await closed;
    },
  };
}
