import type { IncomingHttpHeaders } from 'node:http';
import type { AdmittedFlight, Flight } from '@keyhold/coherence';
import type { DenialResponse, Keyspace, Reason } from '@keyhold/core';
import type { Dispatcher } from 'undici';
import { toDenial } from './access.ts';
import type { ConnectionUser } from './client-connection.ts';
import { announcedBytes } from './framing.ts';
import type { LiveExchange } from './live-exchanges.ts';
import { GATEWAY_PROBLEMS, type GatewayProblemCode } from './problem.ts';
import { CLIENT_GONE_STATUS, type GatewayContext, type Reception } from './reception.ts';
import { RequestBody } from './request-body.ts';
import { toClientHeaders } from './response-headers.ts';
import type { Route } from './route.ts';
import { UnreadBody } from './unread-body.ts';
import type { Upstream } from './upstream.ts';
import {
  ABORTED,
  isDeadConnection,
  isTimeout,
  LEASE_WAIT_MS,
  MAX_INTERIM_ANSWERS,
  REQUEST_IDLE_MS,
} from './upstream-call.ts';

/** Bodies up to this are sent to the upstream in one piece; as much as one header block may have. */
const MAX_GATHERED_BYTES = 16_384;

/**
 * One forwarded request, from its dispatch to the last byte of its answer: undici's handler on one side, the client's
 * response on the other, and a flight under the key it was accepted for. One object for each request, and no promise.
 */
export class Exchange implements Dispatcher.DispatchHandler, Flight, LiveExchange, ConnectionUser {
  livePosition = -1;
  readonly #reception: Reception;
  readonly #keyspace: Keyspace;
  readonly #timeouts: Route['definition']['timeouts'];
  /** Of a request whose body is passed on as it comes. */
  #body: RequestBody | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #admitted: AdmittedFlight | null = null;
  /** What to send again on a new connection, once, when a kept-alive one turns out to be dead. */
  #again: { readonly upstream: Upstream; readonly call: Dispatcher.DispatchOptions } | null = null;
  #phase: 'receiving' | 'sending' | 'waiting' | 'answering' | 'flushing' | 'over' = 'receiving';
  #lastByteMs = 0;
  #interimAnswers = 0;
  /** Of the answer's body, where the upstream declared its length; otherwise NaN. */
  #remainingBytes = Number.NaN;
  #headFlushed = false;
  /** The client takes no more at the moment. */
  #draining = false;
  #settled = false;
  /** What has to wait for a lease, in order. */
  readonly #held: (() => void)[] = [];
  #heldSinceMs = 0;

  constructor(reception: Reception, keyspace: Keyspace, route: Route) {
    this.#reception = reception;
    this.#keyspace = keyspace;
    this.#timeouts = route.definition.timeouts;
  }

  /** Puts the exchange under the key it was accepted for. */
  holdUnder(admitted: AdmittedFlight): void {
    this.#admitted = admitted;
  }

  dispatch(upstream: Upstream, path: string, headers: string[]): void {
    if (this.#phase === 'over') return;
    const { request, response, connection, context } = this.#reception;
    const call = { path: upstream.basePath + path, method: request.method ?? 'GET', headers, body: null };
    connection.enter(this);
    context.live.add(this);
    this.#touch();
    response.on('finish', () => this.#finished());
    const bodyBytes = announcedBytes(request);
    if (bodyBytes === 0) {
      if (call.method === 'GET' || call.method === 'HEAD') this.#again = { upstream, call };
      this.#send(upstream, call);
    } else if (bodyBytes <= MAX_GATHERED_BYTES) {
      this.#gather((body) => this.#send(upstream, { ...call, body }));
    } else {
      this.#body = new RequestBody(request, {
        onByte: () => this.#touch(),
        mayPass: () => !this.#mustWait(),
        wait: (step) => this.#hold(step),
      });
      this.#send(upstream, { ...call, body: this.#body });
    }
  }

  // undici's side

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#phase === 'over') controller.abort(ABORTED);
    // It waited for its connection; now the first byte would go out.
    else if (this.#mustWait()) this.#endWithoutLease();
  }

  onRequestSent(): void {
    if (this.#phase === 'sending') this.#phase = 'waiting';
    this.#touch();
  }

  onResponseStarted(): void {
    this.#again = null;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (this.#phase === 'over') return;
    if (this.#mustWait()) {
      this.#hold(() => this.onResponseStart(controller, status, headers));
      return;
    }
    if (status < 200) {
      if (++this.#interimAnswers > MAX_INTERIM_ANSWERS) this.#fail('upstream_failed', undefined);
      return;
    }
    const { response, requestId, context } = this.#reception;
    this.#phase = 'answering';
    this.#touch();
    if (context.closing) response.shouldKeepAlive = false;
    this.#remainingBytes = Number(headers['content-length'] ?? Number.NaN);
    response.writeHead(status, toClientHeaders(headers, status, requestId));
    // The first bytes of the body are usually here in this tick; if not, the client gets the head without them.
    process.nextTick(flushHead, this);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#phase === 'over') return;
    if (this.#mustWait()) {
      this.#hold(() => this.onResponseData(controller, chunk));
      return;
    }
    this.#headFlushed = true;
    this.#touch();
    const { response } = this.#reception;
    this.#remainingBytes -= chunk.length;
    if (this.#remainingBytes === 0) {
      // As declared, so the end comes with the last part: one write instead of two.
      this.#phase = 'flushing';
      response.end(chunk);
      return;
    }
    if (response.write(chunk) || this.#draining) return;
    this.#draining = true;
    controller.pause();
    response.once('drain', () => {
      this.#draining = false;
      this.#touch();
      if (this.#held.length === 0) controller.resume();
    });
  }

  onResponseEnd(): void {
    if (this.#phase === 'answering' && this.#mustWait()) {
      this.#hold(() => this.onResponseEnd());
      return;
    }
    this.#controller = null;
    this.#body?.destroy();
    if (this.#phase !== 'answering') return;
    this.#phase = 'flushing';
    this.#headFlushed = true;
    this.#reception.response.end();
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#phase === 'over' || this.#phase === 'flushing') return;
    const again = this.#again;
    if (again !== null && isDeadConnection(error) && !this.#mustWait()) {
      this.#again = null;
      this.#controller = null;
      again.upstream.dispatcher.dispatch(again.call, this);
    } else {
      this.#fail(isTimeout(error) ? 'upstream_timeout' : 'upstream_failed', error);
    }
  }

  // The key's side

  end(reason: Reason, openingScopes: readonly string[]): void {
    if (this.#phase !== 'over') this.#endWith(toDenial(this.#keyspace, reason, openingScopes), true);
  }

  /** @param ended its key is no longer accepted. */
  #endWith(denial: DenialResponse, ended: boolean): void {
    const { response, connection } = this.#reception;
    const begun = response.headersSent;
    this.#abortUpstream();
    if (begun) connection.reset();
    else this.#reception.sendDenial(denial, this.#isUploading());
    this.#settle(begun ? response.statusCode : denial.status, ended);
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
    if (this.#held.length > 0) {
      if (!this.#context.options.verifier.mayAnswer()) {
        if (nowMs - this.#heldSinceMs > LEASE_WAIT_MS) this.#endWithoutLease();
        return;
      }
      this.#release();
    }
    const limitMs = this.#limitMs();
    if (limitMs === 0 || nowMs - this.#lastByteMs <= limitMs + this.#reception.context.live.intervalMs)
      return;
    const stopped =
      this.#phase === 'receiving' || (this.#phase === 'sending' && this.#body?.blocked === false);
    if (stopped) this.#fail('request_timeout', undefined);
    else if (this.#phase === 'flushing' || this.#draining) this.cut();
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
    if (this.#mustWait()) {
      this.#hold(() => this.flushHead());
      return;
    }
    this.#headFlushed = true;
    this.#reception.response.flushHeaders();
  }

  // The lease's side: a flow under a key stands still while nobody can say whether the key is still good

  /** True as well while something earlier waits, since the order must hold. */
  #mustWait(): boolean {
    if (this.#admitted === null) return false;
    return this.#held.length > 0 || !this.#context.options.verifier.mayAnswer();
  }

  #hold(step: () => void): void {
    if (this.#held.length === 0) this.#heldSinceMs = this.#context.options.clock.monotonicMs();
    this.#held.push(step);
    this.#controller?.pause();
  }

  /** There is a lease again, and the key still good: otherwise the change that ends it had ended this. */
  #release(): void {
    this.#touch();
    for (const step of this.#held.splice(0)) step();
    if (this.#held.length === 0 && !this.#draining) this.#controller?.resume();
  }

  #endWithoutLease(): void {
    this.#endWith(this.#keyspace.denials.unavailable, false);
  }

  get #context(): GatewayContext {
    return this.#reception.context;
  }

  #send(upstream: Upstream, call: Dispatcher.DispatchOptions): void {
    this.#phase = 'sending';
    upstream.dispatcher.dispatch(call, this);
  }

  /** Waits for a short body: in one piece it costs less than a stream, and a slow client holds nothing upstream. */
  #gather(send: (body: Buffer) => void): void {
    const { request } = this.#reception;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => {
      this.#touch();
      parts.push(part);
    });
    request.on('end', () => {
      if (this.#phase === 'receiving') send(Buffer.concat(parts));
    });
  }

  #limitMs(): number {
    if (this.#phase === 'receiving' || this.#phase === 'sending') return REQUEST_IDLE_MS;
    return this.#phase === 'waiting' ? this.#timeouts.answerMs : this.#timeouts.idleMs;
  }

  #isUploading(): boolean {
    const { request } = this.#reception;
    return !request.complete && announcedBytes(request) > 0;
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
    const { request, response, connection, context } = this.#reception;
    if (this.#settled) return;
    this.#settle(response.statusCode, false);
    // The upstream answered without waiting for the whole request.
    if (this.#isUploading()) void new UnreadBody(request, connection, context.live);
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
