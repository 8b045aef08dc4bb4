import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { ListenOptions, Socket } from 'node:net';
import type { Clock } from '@keyhold/core';
import { KeyholdError } from '@keyhold/core';
import { answerParserError, endWithProblem, NO_METHODS } from './parser-errors.ts';

/** A bound listener. */
export interface HttpListener {
  /** The port that was really bound; 0 for a Unix socket. */
  readonly port: number;
  /** Stops accepting, lets what is being answered finish for `deadlineMs`, then cuts the rest. */
  close(deadlineMs: number): Promise<void>;
}

/**
 * Limits for whoever connects. Headers: 16 kB, and complete within 10 s of the connection's first byte (slowloris); a whole
 * request within 30 s, which is ample for 64 kB of JSON. Kept alive for 65 s, longer than the 60 s that load balancers
 * and nginx use by default, so that they close first and never race a request against our close.
 */
const SERVER_OPTIONS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
  insecureHTTPParser: false,
  // Looked at with the rest of the frame, and refused in the same words.
  requireHostHeader: false,
};

/** How often a closing listener looks for connections that have become idle. */
const DRAIN_INTERVAL_MS = 50;

/** Takes connections that are to speak something else than HTTP. Any other request to upgrade is answered as if it were none. */
export interface UpgradeHandler {
  accepts(request: IncomingMessage): boolean;
  /** The connection is its own from here on; the listener closes only when it is gone. */
  take(request: IncomingMessage, socket: Socket, head: Buffer): void;
}

/** What a listener needs of its process. */
export interface HttpListenerParts {
  readonly clock: Clock;
  readonly createRequestId: () => string;
}

/**
 * Binds one listener.
 *
 * @param tls PEM texts; null for plain HTTP.
 * @param upgrades default: nothing upgrades.
 * @throws {KeyholdError} `address_in_use`, and `settings_invalid` for an address that this machine does not have.
 */
export async function bindHttp(
  listener: RequestListener,
  address: ListenOptions,
  tls: { readonly cert: Buffer; readonly key: Buffer } | null,
  { clock, createRequestId }: HttpListenerParts,
  upgrades: UpgradeHandler | null = null,
): Promise<HttpListener> {
  // The parser drops what follows such a request in the same packet, so nothing may follow it.
  const upgrading = new WeakSet<IncomingMessage>();
  const options: ServerOptions = {
    ...SERVER_OPTIONS,
    shouldUpgradeCallback(request) {
      if (upgrades?.accepts(request) === true) return true;
      upgrading.add(request);
      return false;
    },
  };
  const answer: RequestListener = (request, response) => {
    if (upgrading.has(request)) response.shouldKeepAlive = false;
    listener(request, response);
  };
  const server =
    tls === null
      ? createServer(options, answer)
      : createTlsServer({ ...options, ...tls, minVersion: 'TLSv1.2' }, answer);
  const context = () => ({ nowMs: clock.nowMs(), requestId: createRequestId() });
  server.on('clientError', (error: Error, socket: Socket) => answerParserError(error, socket, context()));
  // RFC 9110 §10.1.1: an expectation other than 100-continue may be ignored. Node's own 417 would not be a problem.
  server.on('checkExpectation', answer);
  server.on('connect', (_, socket: Socket) =>
    endWithProblem(socket, 'method_not_allowed', NO_METHODS, context()),
  );
  server.on('upgrade', (request, socket: Socket, head: Buffer) => upgrades?.take(request, socket, head));
  await listen(server, address);
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : 0,
    close: (deadlineMs) => drain(server, deadlineMs, clock),
  };
}

function listen(server: Server, address: ListenOptions): Promise<void> {
  const where = address.path ?? `${address.host}:${address.port}`;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const refused =
        error.code === 'EADDRINUSE'
          ? new KeyholdError(
              'address_in_use',
              `${where} is in use by another process; stop it or choose another address`,
              { cause: error },
            )
          : new KeyholdError(
              'settings_invalid',
              `cannot listen on ${where} (${error.code}); choose another address`,
              { cause: error },
            );
      reject(refused);
    });
    server.listen(address, resolve);
  });
}

/** `close` leaves connections open that fall idle after it was called, hence the repeated look. */
async function drain(server: Server, deadlineMs: number, clock: Clock): Promise<void> {
  const endMs = clock.monotonicMs() + deadlineMs;
  let cancel = () => {};
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    const look = () => {
      if (clock.monotonicMs() >= endMs) server.closeAllConnections();
      else server.closeIdleConnections();
      cancel = clock.setTimer(DRAIN_INTERVAL_MS, look);
    };
    look();
  });
  cancel();
}
