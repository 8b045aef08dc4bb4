import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';

export interface RunningApp {
  /** Without a slash at the end. */
  readonly url: string;
  /** Stops at once; requests that are still running are cut. */
  close(): Promise<void>;
}

/**
 * Serves one of the examples' apps on 127.0.0.1.
 *
 * @param port 0: any free one.
 * @throws the listener's own error, `EADDRINUSE` when the port is taken.
 */
export async function startApp(
  app: { readonly fetch: (request: Request) => Response | Promise<Response> },
  port: number,
): Promise<RunningApp> {
  const server = createAdaptorServer({ fetch: app.fetch });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}
