import type { IncomingHttpHeaders } from 'node:http';
import type { AdmittedFlight, Flight } from '@keyhold/coherence';
import type { Keyspace, Reason } from '@keyhold/core';
import type { Dispatcher } from 'undici';
import { toDenial } from './access.ts';
import type { ConnectionUser } from './client-connection.ts';
import type { LiveExchange } from './live-exchanges.ts';
import { GATEWAY_PROBLEMS, type GatewayProblemCode } from './problem.ts';
import { CLIENT_GONE_STATUS, type Reception } from './reception.ts';
import { RequestBody } from './request-body.ts';
import { toClientHeaders } from './response-headers.ts';
import type { Route } from './route.ts';
import { UnreadBody } from './unread-body.ts';
import type { Upstream } from './upstream.ts';
import {
  ABORTED,
  isDeadConnection,
  isTimeout,
  MAX_INTERIM_ANSWERS,
  REQUEST_IDLE_MS,
} from './upstream-call.ts';

/**
 * One forwarded request, from its dispatch to the last byte of its answer: undici's handler on one side, the client's
 * response on the other, and a flight under the key it was accepted for. One object for each request, and no promise.
 */
export class Exchange implements Dispatcher.DispatchHandler, Flight, LiveExchange, ConnectionUser {
  readonly #reception: Reception;
  readonly #keyspace: Keyspace;
  readonly #timeouts: Route['definition']['timeouts'];
  readonly #body: RequestBody | null;
  #controller: Dispatcher.DispatchController | null = null;
  #admitted: AdmittedFlight | null = null;
  /** What to send again on a new connection, once, when a kept-alive one turns out to be dead. */
  #again: (() => void) | null = null;
  #phase: 'sending' | 'waiting' | 'answering' | 'flushing' | 'over' = 'sending';
  #lastByteMs = 0;
  #interimAnswers = 0;
  #headFlushed = false;
  #settled = false;

  constructor(reception: Reception, keyspace: Keyspace, route: Route, withBody: boolean) {
    this.#reception = reception;
    this.#keyspace = keyspace;
    this.#timeouts = route.definition.timeouts;
    this.#body = withBody ? new RequestBody(reception.request, () => this.#touch()) : null;
  }

  /** Puts the exchange under the key it was accepted for. */
  holdUnder(admitted: AdmittedFlight): void {
    this.#admitted = admitted;
  }

  dispatch(upstream: Upstream, path: string, headers: readonly string[]): void {
    if (this.#phase === 'over') return;
    const { request, response, connection, context } = this.#reception;
    const method = request.method as Dispatcher.HttpMethod;
    const options = {
      path: upstream.basePath + path,
      method,
      headers: headers as string[],
      body: this.#body,
    };
    connection.enter(this);
    context.live.add(this);
    this.#touch();
    if (this.#body === null && (method === 'GET' || method === 'HEAD')) {
      this.#again = () => upstream.dispatcher.dispatch(options, this);
    }
    response.on('finish', () => this.#finished());
    upstream.dispatcher.dispatch(options, this);
  }

  // undici's side

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#phase === 'over') controller.abort(ABORTED);
    else this.#controller = controller;
  }

  onRequestSent(): void {
    if (this.#phase === 'sending') this.#phase = 'waiting';
    this.#touch();
  }

  onResponseStarted(): void {
    this.#again = null;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#phase === 'over') return;
    if (status < 200) {
      if (++this.#interimAnswers > MAX_INTERIM_ANSWERS) this.#fail('upstream_failed', undefined);
      return;
    }
    const { response, requestId, context } = this.#reception;
    this.#phase = 'answering';
    this.#touch();
    if (context.closing) response.shouldKeepAlive = false;
    response.writeHead(status, toClientHeaders(headers, status, requestId));
    // The first bytes of the body are usually here in this tick; if not, the client gets the head without them.
    process.nextTick(flushHead, this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#phase === 'over') return;
    this.#headFlushed = true;
    this.#touch();
    const { response } = this.#reception;
    if (response.write(chunk) || controller.paused) return;
    controller.pause();
    response.once('drain', () => {
      this.#touch();
      controller.resume();
    });
  }

  onResponseEnd(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'flushing';
    this.#controller = null;
    this.#headFlushed = true;
    this.#reception.response.end();
    this.#body?.destroy();
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#phase === 'over' || this.#phase === 'flushing') return;
    const again = this.#again;
    if (again !== null && isDeadConnection(error)) {
      this.#again = null;
      this.#controller = null;
      again();
    } else {
      this.#fail(isTimeout(error) ? 'upstream_timeout' : 'upstream_failed', error);
    }
  }

  // The key's side

  end(reason: Reason, openingScopes: readonly string[]): void {
    if (this.#phase === 'over') return;
    const { response, connection } = this.#reception;
    const begun = response.headersSent;
    const denial = toDenial(this.#keyspace, reason, openingScopes);
    this.#abortUpstream();
    if (begun) connection.reset();
    else this.#reception.sendDenial(denial, this.#body !== null && !this.#reception.request.complete);
    this.#settle(begun ? response.statusCode : denial.status, true);
  }

  // The client's side

  clientGone(): void {
    if (this.#phase === 'over') return;
    const { response } = this.#reception;
    this.#abortUpstream();
    this.#settle(response.headersSent ? response.statusCode : CLIENT_GONE_STATUS, false);
  }

  bodyBroken(): boolean {
    const { request, response } = this.#reception;
    if (this.#phase === 'over' || response.headersSent || request.complete) return false;
    this.#fail('invalid_request', undefined);
    return true;
  }

  // The gateway's side

  checkTimeout(nowMs: number): void {
    const limitMs = this.#limitMs();
    if (limitMs === 0 || nowMs - this.#lastByteMs <= limitMs + this.#reception.context.live.intervalMs)
      return;
    if (this.#phase === 'sending' && this.#body?.blocked === false) this.#fail('request_timeout', undefined);
    else if (this.#phase === 'flushing' || this.#controller?.paused === true) this.cut();
    else this.#fail('upstream_timeout', undefined);
  }

  cut(): void {
    if (this.#phase === 'over') return;
    const { response, connection } = this.#reception;
    this.#abortUpstream();
    connection.reset();
    this.#settle(response.headersSent ? response.statusCode : CLIENT_GONE_STATUS, false);
  }

  flushHead(): void {
    if (this.#phase !== 'answering' || this.#headFlushed) return;
    this.#headFlushed = true;
    this.#reception.response.flushHeaders();
  }

  #limitMs(): number {
    if (this.#phase === 'sending') return REQUEST_IDLE_MS;
    return this.#phase === 'waiting' ? this.#timeouts.answerMs : this.#timeouts.idleMs;
  }

  #touch(): void {
    this.#lastByteMs = this.#reception.context.live.nowMs;
  }

  /** The call has failed: says so if the answer has not begun, otherwise ends what cannot be completed. */
  #fail(code: GatewayProblemCode, cause: Error | undefined): void {
    const { response, connection, requestId, keyspace, context } = this.#reception;
    const begun = response.headersSent;
    if (GATEWAY_PROBLEMS[code].status >= 500) {
      context.options.log.warn(
        { requestId, keyspace, code, begun, err: cause },
        'A call to the upstream failed.',
      );
    }
    this.#abortUpstream();
    if (begun) connection.reset();
    else this.#reception.sendProblem(code);
    this.#settle(response.statusCode, false);
  }

  #abortUpstream(): void {
    this.#phase = 'over';
    const controller = this.#controller;
    this.#controller = null;
    controller?.abort(ABORTED);
    this.#body?.destroy();
  }

  /** The last byte of the answer is with the kernel. */
  #finished(): void {
    const { request, response, context } = this.#reception;
    if (this.#settled) return;
    this.#settle(response.statusCode, false);
    // The upstream answered without waiting for the whole request.
    if (this.#body !== null && !request.complete) void new UnreadBody(request, context.live);
  }

  #settle(status: number, ended: boolean): void {
    const { connection, context } = this.#reception;
    this.#phase = 'over';
    this.#settled = true;
    connection.leave(this);
    context.live.delete(this);
    this.#admitted?.done();
    this.#reception.observe(status, ended);
  }
}

function flushHead(exchange: Exchange): void {
  exchange.flushHead();
}
