import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, request as sendRequest } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { KeyholdError } from '@keyhold/core';

/** HTTP without a network: the same parser and the same listener, and the only client is this process. */
export interface Loopback {
  readonly fetch: typeof globalThis.fetch;
  /** What answers, for requests that come another way. */
  readonly listener: RequestListener;
  /** Takes no more requests, and waits for those under way. */
  close(): Promise<void>;
}

/** @param listenTo gives what answers; `isOwn` tells a request that came this way from any other. */
export function createLoopback(
  listenTo: (isOwn: (request: IncomingMessage) => boolean) => RequestListener,
): Loopback {
  const ends = new WeakSet<Duplex>();
  const listener = listenTo(({ socket }) => ends.has(socket));
  const server = createServer(listener);
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  async function exchange(request: Request): Promise<Response> {
    const { method, headers, signal } = request;
    const { host, pathname, search } = new URL(request.url);
    const body = Buffer.from(await request.arrayBuffer());
    const [near, far] = duplexPair();
    ends.add(far);
    server.emit('connection', far);
    const outgoing = sendRequest({
      method,
      path: pathname + search,
      headers: { ...Object.fromEntries(headers), host },
      createConnection: () => near,
      signal,
    });
    const answered: Promise<IncomingMessage[]> = once(outgoing, 'response');
    outgoing.end(body);
    const [incoming] = await answered;
    if (incoming === undefined) throw new TypeError('A response comes with its message.');
    const received = await buffer(incoming);
    return new Response(received.length === 0 ? null : received, {
      status: incoming.statusCode ?? 0,
      headers: Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      ),
    });
  }

  return {
    listener,
    async fetch(input, init) {
      if (closed) throw new KeyholdError('shutting_down', 'This Keyhold is closed; open another one.');
      const exchanging = exchange(new Request(input, init));
      underWay.add(exchanging);
      try {
        return await exchanging;
      } finally {
        underWay.delete(exchanging);
      }
    },
    async close() {
      closed = true;
      await Promise.allSettled(underWay);
    },
  };
}
