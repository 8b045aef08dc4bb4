import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DenialResponse } from '@keyhold/core';
import type { ClientConnection } from './client-connection.ts';
import { announcedBytes } from './framing.ts';
import type { LiveExchanges } from './live-exchanges.ts';
import type { GatewayOptions } from './ports.ts';
import { type GatewayProblemCode, toProblemAnswer } from './problem.ts';
import { UnreadBody } from './unread-body.ts';

/** What everything that handles requests needs of the gateway. */
export interface GatewayContext {
  readonly options: GatewayOptions;
  readonly live: LiveExchanges;
  /** No further request is wanted on any connection. */
  closing: boolean;
}

/** The status that metrics show for a request whose client went before its answer; never sent. */
export const CLIENT_GONE_STATUS = 499;

/** One request as it was received, and the ways of answering it without its upstream. */
export class Reception {
  readonly context: GatewayContext;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly connection: ClientConnection;
  readonly requestId: string;
  /** The keyspace it is for; null until that is known. */
  keyspace: string | null = null;
  readonly #startedMs: number;

  constructor(
    context: GatewayContext,
    request: IncomingMessage,
    response: ServerResponse,
    connection: ClientConnection,
  ) {
    this.context = context;
    this.request = request;
    this.response = response;
    this.connection = connection;
    this.requestId = context.options.createRequestId();
    this.#startedMs = context.options.clock.monotonicMs();
    if (context.closing) response.shouldKeepAlive = false;
  }

  /** @param closing the connection ends with the answer. */
  sendDenial(denial: DenialResponse, closing = false): void {
    this.#send(
      denial.status,
      [...denial.headers, 'Keyhold-Request-Id', this.requestId],
      denial.body,
      closing,
    );
  }

  sendProblem(code: GatewayProblemCode): void {
    const { status, headers, body, closing } = toProblemAnswer(code, this.requestId);
    this.#send(status, headers, body, closing);
  }

  /** Answers from here. What the client still sends is read and thrown away, within the bounds of {@link UnreadBody}. */
  #send(status: number, headers: string[], body: Buffer, closing: boolean): void {
    const { request, response, connection, context } = this;
    if (closing) response.shouldKeepAlive = false;
    connection.ending ||= !response.shouldKeepAlive;
    response.writeHead(status, headers);
    response.end(body);
    if (!request.complete && announcedBytes(request) > 0) {
      void new UnreadBody(request, connection, context.live);
    }
  }

  /** Tells the metrics that the request is over. */
  observe(status: number, ended: boolean): void {
    if (this.keyspace === null) return;
    const { clock, observe } = this.context.options;
    observe({ keyspace: this.keyspace, status, durationMs: clock.monotonicMs() - this.#startedMs, ended });
  }
}
