import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { type AdmittedFlight, type Flight, resetSocket } from '@keyhold/coherence';
import type { DenialResponse, Keyspace, Reason } from '@keyhold/core';
import type { Dispatcher } from 'undici';
import { toDenial } from './access.ts';
import type { ClientConnection, ConnectionUser } from './client-connection.ts';
import type { LiveExchange } from './live-exchanges.ts';
import { type GatewayProblemCode, toProblemAnswer } from './problem.ts';
import { endWithRawAnswer, toRawHead } from './raw-answer.ts';
import { CLIENT_GONE_STATUS, type GatewayContext } from './reception.ts';
import { toClientHeaders } from './response-headers.ts';
import type { Route } from './route.ts';
import type { Upstream } from './upstream.ts';
import { ABORTED, isTimeout, LEASE_WAIT_MS } from './upstream-call.ts';

export interface WebSocketExchangeOptions {
  readonly context: GatewayContext;
  readonly request: IncomingMessage;
  readonly connection: ClientConnection;
  readonly requestId: string;
  readonly keyspace: Keyspace;
  readonly route: Route;
}

/**
 * One WebSocket, from its handshake to its end: bytes both ways with backpressure once the upstream has switched, the
 * upstream's answer if it has not. A flight under the key it was accepted for.
 */
export class WebSocketExchange implements Dispatcher.DispatchHandler, Flight, LiveExchange, ConnectionUser {
  livePosition = -1;
  readonly #options: WebSocketExchangeOptions;
  readonly #client: Socket;
  readonly #startedMs: number;
  #upstream: Duplex | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  #admitted: AdmittedFlight | null = null;
  #phase: 'waiting' | 'answering' | 'over' = 'waiting';
  #status = CLIENT_GONE_STATUS;
  #lastByteMs = 0;
  /** What has to wait for a lease, in order. */
  readonly #held: (() => void)[] = [];
  #heldSinceMs = 0;

  constructor(options: WebSocketExchangeOptions) {
    this.#options = options;
    this.#client = options.connection.socket;
    this.#startedMs = options.context.options.clock.monotonicMs();
  }

  /** Puts the exchange under the key it was accepted for. */
  holdUnder(admitted: AdmittedFlight): void {
    this.#admitted = admitted;
  }

  dispatch(upstream: Upstream, path: string, headers: string[]): void {
    if (this.#phase === 'over') return;
    const { connection, context } = this.#options;
    connection.enter(this);
    context.live.add(this);
    this.#touch();
    upstream.dispatcher.dispatch(
      { path: upstream.basePath + path, method: 'GET', headers, upgrade: 'websocket' },
      this,
    );
  }

  // undici's side

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#phase === 'over') controller.abort(ABORTED);
    // It waited for its connection; now the first byte would go out.
    else if (this.#mustWait()) this.#endWithoutLease();
  }

  onRequestUpgrade(
    _: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    upstream: Duplex,
  ): void {
    if (this.#phase === 'over') {
      upstream.destroy();
      return;
    }
    this.#upstream = upstream;
    this.#controller = null;
    upstream.on('close', () => this.#upstreamGone());
    this.#pass(() => {
      this.#writeHead(status, headers, ['Connection', 'Upgrade', 'Upgrade', 'websocket']);
      this.#join(this.#client, upstream);
      this.#join(upstream, this.#client);
    });
  }

  /** The upstream answers without switching. */
  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#phase === 'over') return;
    this.#pass(() => this.#writeHead(status, headers, ['Connection', 'close']));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#phase === 'over') return;
    // One chunk at a time: how the next one waits, for the client or for a lease, is then the same.
    controller.pause();
    this.#pass(() => {
      this.#touch();
      if (this.#client.write(chunk)) controller.resume();
      else this.#client.once('drain', () => controller.resume());
    });
  }

  onResponseEnd(): void {
    if (this.#phase === 'over') return;
    this.#controller = null;
    this.#pass(() => void this.#client.end(() => this.#client.destroy()));
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#phase !== 'over') this.#fail(isTimeout(error) ? 'upstream_timeout' : 'upstream_failed', error);
  }

  // The key's side

  end(reason: Reason, openingScopes: readonly string[]): void {
    if (this.#phase !== 'over') this.#endWith(toDenial(this.#options.keyspace, reason, openingScopes), true);
  }

  /** @param ended its key is no longer accepted. */
  #endWith({ status, headers, body }: DenialResponse, ended: boolean): void {
    const { requestId, connection, context } = this.#options;
    const begun = this.#phase === 'answering';
    this.#abortUpstream();
    if (begun) {
      connection.reset();
    } else {
      this.#status = status;
      endWithRawAnswer(this.#client, context.options.clock.nowMs(), {
        status,
        headers: [...headers, 'Keyhold-Request-Id', requestId],
        body,
      });
    }
    this.#settle(ended);
  }

  // The client's side

  clientGone(): void {
    if (this.#phase === 'over') return;
    this.#abortUpstream();
    this.#settle(false);
  }

  /** No parser reads the connection any more. */
  bodyBroken(): boolean {
    return false;
  }

  // The gateway's side

  checkTimeout(nowMs: number): void {
    const { route, context } = this.#options;
    if (this.#held.length > 0) {
      if (context.options.verifier.mayAnswer()) this.#release();
      else if (nowMs - this.#heldSinceMs > LEASE_WAIT_MS) this.#endWithoutLease();
      return;
    }
    const { answerMs, idleMs } = route.definition.timeouts;
    const limitMs = this.#phase === 'waiting' ? answerMs : idleMs;
    if (limitMs === 0 || nowMs - this.#lastByteMs <= limitMs + context.live.intervalMs) return;
    if (this.#phase === 'waiting') this.#fail('upstream_timeout', undefined);
    else this.cut();
  }

  cut(): void {
    if (this.#phase === 'over') return;
    this.#abortUpstream();
    this.#client.destroy();
    this.#settle(false);
  }

  #writeHead(status: number, headers: IncomingHttpHeaders, connection: readonly string[]): void {
    this.#phase = 'answering';
    this.#status = status;
    this.#touch();
    const fields = [...toClientHeaders(headers, status, this.#options.requestId), ...connection];
    this.#client.write(toRawHead(status, fields), 'latin1');
  }

  /** Passes what comes from one side to the other; the end of one is the end of the other. */
  #join(from: Duplex, to: Duplex): void {
    from.on('data', (chunk: Buffer) => {
      if (this.#mustWait()) from.pause();
      this.#pass(() => {
        this.#touch();
        if (!to.write(chunk)) from.pause();
        else if (from.isPaused()) from.resume();
      });
    });
    from.on('end', () => this.#pass(() => void to.end()));
    from.on('error', () => this.cut());
    to.on('drain', () => from.resume());
    from.resume();
  }

  // The lease's side: a flow under a key stands still while nobody can say whether the key is still good

  #mustWait(): boolean {
    if (this.#admitted === null) return false;
    return this.#held.length > 0 || !this.#options.context.options.verifier.mayAnswer();
  }

  /** Takes a step now, or in its turn once there is a lease. */
  #pass(step: () => void): void {
    if (!this.#mustWait()) {
      step();
      return;
    }
    if (this.#held.length === 0) this.#heldSinceMs = this.#options.context.options.clock.monotonicMs();
    this.#held.push(step);
  }

  /** There is a lease again, and the key still good: otherwise the change that ends it had ended this. */
  #release(): void {
    this.#touch();
    for (const step of this.#held.splice(0)) this.#pass(step);
  }

  #endWithoutLease(): void {
    const { keyspace } = this.#options;
    this.#endWith(keyspace.denials.unavailable, false);
  }

  /** What the upstream sent last is still delivered. */
  #upstreamGone(): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#client.destroySoon();
    this.#settle(false);
  }

  #touch(): void {
    this.#lastByteMs = this.#options.context.live.nowMs;
  }

  #fail(code: GatewayProblemCode, cause: Error | undefined): void {
    const { context, requestId, keyspace, connection } = this.#options;
    const { log, clock } = context.options;
    const begun = this.#phase === 'answering';
    log.warn({ requestId, keyspace: keyspace.id, code, begun, err: cause }, 'A call to the upstream failed.');
    this.#abortUpstream();
    if (begun) {
      connection.reset();
    } else {
      const answer = toProblemAnswer(code, requestId);
      this.#status = answer.status;
      endWithRawAnswer(this.#client, clock.nowMs(), answer);
    }
    this.#settle(false);
  }

  #abortUpstream(): void {
    this.#phase = 'over';
    this.#controller?.abort(ABORTED);
    this.#controller = null;
    const upstream = this.#upstream;
    if (upstream instanceof Socket && !(upstream instanceof TLSSocket)) resetSocket(upstream);
    else upstream?.destroy();
  }

  #settle(ended: boolean): void {
    const { connection, context, keyspace } = this.#options;
    const { clock, observe } = context.options;
    connection.leave(this);
    context.live.delete(this);
    this.#admitted?.done();
    const durationMs = clock.monotonicMs() - this.#startedMs;
    observe({ keyspace: keyspace.id, status: this.#status, durationMs, ended });
  }
}
