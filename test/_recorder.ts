import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RecordedRequest {
  readonly method: string;
  /** Path and query as they arrived. */
  readonly target: string;
  /** Lower-case names. */
  readonly headers: IncomingMessage['headers'];
  readonly message: IncomingMessage;
  readonly response: ServerResponse;
  /** Resolves when the connection goes before the answer is complete. */
  readonly aborted: Promise<void>;
}

/** An upstream that keeps what reaches it. */
export interface Recorder {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** The next request in the order of arrival that no earlier call has returned; waits for it. */
  next(): Promise<RecordedRequest>;
  close(): Promise<void>;
}

/** @param respond what becomes of a request; by default it is told back as JSON. */
export async function startRecorder(
  respond: (request: RecordedRequest) => void = tellBack,
): Promise<Recorder> {
  const requests: RecordedRequest[] = [];
  let taken = 0;
  let arrived = Promise.withResolvers<void>();
  const server = createServer((message, response) => {
    const aborted = new Promise<void>((resolve) => {
      response.once('close', () => {
        if (!response.writableFinished) resolve();
      });
    });
    const recorded = {
      method: message.method ?? '',
      target: message.url ?? '',
      headers: message.headers,
      message,
      response,
      aborted,
    };
    requests.push(recorded);
    arrived.resolve();
    arrived = Promise.withResolvers();
    respond(recorded);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async next() {
      const index = taken++;
      let request = requests[index];
      while (request === undefined) {
        await arrived.promise;
        request = requests[index];
      }
      return request;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What {@link tellBack} answers with. */
export interface ToldBack {
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Answers with the request itself. */
export function tellBack({ method, target, headers, message, response }: RecordedRequest): void {
  void text(message).then(
    (body) =>
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ method, target, headers, body })),
    () => response.destroy(),
  );
}
