import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { KeyholdError } from '@keyhold/core';
import { connectionOf } from './client-connection.ts';
import { MAX_HEADER_BYTES } from './framing.ts';
import type { FindRoute } from './locate.ts';
import { type GatewayProblemCode, toProblemAnswer } from './problem.ts';
import { endWithRawAnswer } from './raw-answer.ts';
import type { GatewayContext } from './reception.ts';
import { createRequestHandler } from './request-handler.ts';
import type { TlsContexts } from './tls-contexts.ts';
import { createUpgradeHandler } from './upgrade-handler.ts';

/** One bound address. */
export interface Listener {
  readonly keyspaces: readonly string[];
  /** @throws {KeyholdError} `address_in_use` when the address cannot be bound, for whatever reason. */
  bind(): Promise<void>;
  /** Known after `bind`; the port is the real one where 0 was asked for. */
  url(): string;
  /** Accepts no more; resolves when every connection is gone. */
  close(): Promise<void>;
  /** Ends the connections on which nothing is going on. */
  closeIdle(): void;
  closeAll(): void;
}

export interface ListenerOptions {
  readonly context: GatewayContext;
  readonly keyspaces: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly tls: TlsContexts | null;
  readonly findRoute: FindRoute;
}

/** A client has this long for its request line and headers (slowloris), looked at every five seconds. */
const HEADERS_TIMEOUT_MS = 20_000;
const CONNECTIONS_CHECK_MS = 5_000;
/** Longer than the idle time of common load balancers, which reuse a connection up to theirs (AWS: 60 s). */
const KEEP_ALIVE_MS = 65_000;

export function createListener({
  context,
  keyspaces,
  host,
  port,
  tls,
  findRoute,
}: ListenerOptions): Listener {
  const upgrades = createUpgradeHandler(context, findRoute);
  const handleRequest = createRequestHandler(context, findRoute);
  const options: http.ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    // Uploads may take as long as they move: the exchange bounds how long they may stand still.
    requestTimeout: 0,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    // Looked at with the rest of the frame, and refused in the same words.
    requireHostHeader: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    optimizeEmptyRequests: true,
    shouldUpgradeCallback: upgrades.allows,
  };
  const server =
    tls === null
      ? http.createServer(options)
      : https.createServer({ ...options, ...tls.fallback, SNICallback: tls.select });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => handleRequest(request, response, false));
  server.on('checkContinue', (request, response) => handleRequest(request, response, true));
  server.on('checkExpectation', (_, response) => {
    const { status, headers, body } = toProblemAnswer(
      'expectation_failed',
      context.options.createRequestId(),
    );
    response.shouldKeepAlive = false;
    response.writeHead(status, headers);
    response.end(body);
  });
  server.on('upgrade', (request: IncomingMessage, _: unknown, head: Buffer) =>
    upgrades.handle(request, head),
  );
  server.on('connect', (_: IncomingMessage, socket: Socket) =>
    endWithProblem(context, socket, 'method_not_allowed'),
  );
  server.on('clientError', (error: Error, socket: Socket) => {
    const connection = connectionOf(socket);
    // Behind the last request of the connection, whose answer is still to come and ends it.
    if (connection.busy && codeOf(error) === 'HPE_CLOSED_CONNECTION') return;
    if (connection.busy) connection.breakOff();
    else if (connection.ending) socket.destroySoon();
    else if (socket.bytesRead === 0) socket.destroy();
    else endWithProblem(context, socket, toParserProblem(error));
  });
  return {
    keyspaces,
    async bind() {
      await bind(server, host, port);
      server.on('error', (error) =>
        context.options.log.error({ err: error }, 'The gateway could not accept a connection.'),
      );
    },
    url() {
      const bound = server.address();
      if (bound === null || typeof bound === 'string') throw new TypeError('The listener is not bound.');
      const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
      return `${tls === null ? 'http' : 'https'}://${name}:${bound.port}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      }),
    closeIdle: () => server.closeIdleConnections(),
    closeAll() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function bind(server: http.Server | https.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error) => {
      const message = `The gateway cannot listen on ${host}:${port} (${error.message}); free the address or configure another.`;
      reject(new KeyholdError('address_in_use', message, { cause: error }));
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.removeListener('error', onError);
      resolve();
    });
  });
}

function endWithProblem({ options }: GatewayContext, socket: Socket, code: GatewayProblemCode): void {
  socket.on('error', ignoreError);
  endWithRawAnswer(socket, options.clock.nowMs(), toProblemAnswer(code, options.createRequestId()));
}

function toParserProblem(error: Error): GatewayProblemCode {
  const code = codeOf(error);
  if (code === 'HPE_HEADER_OVERFLOW') return 'too_many_header_fields';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout';
  return code === 'HPE_INVALID_METHOD' && beginsWithMethod(error)
    ? 'method_not_supported'
    : 'invalid_request';
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}

/** The parser tells a method that it does not know and bytes that are no HTTP at all alike. */
function beginsWithMethod(error: Error): boolean {
  const packet = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : null;
  return packet !== null && /^[A-Za-z]+(?: \S|$)/.test(packet.toString('latin1', 0, 64));
}

/** The connection is ending; an error without a listener would end the process. */
function ignoreError(): void {}
