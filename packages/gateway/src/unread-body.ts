import type { IncomingMessage } from 'node:http';
import type { LiveExchange, LiveExchanges } from './live-exchanges.ts';

/** How long the rest of a body is read and thrown away after its request was answered, before the connection is cut. */
const MAX_DISCARD_MS = 10_000;

/**
 * What remains of a body whose request has its answer. It is thrown away as it comes, so that a client that first sends
 * everything still reads its answer and the connection stays good for the next request; a client that goes on too long
 * loses the connection. The same for every cause of the answer.
 */
export class UnreadBody implements LiveExchange {
  livePosition = -1;
  readonly #request: IncomingMessage;
  readonly #live: LiveExchanges;
  readonly #sinceMs: number;

  constructor(request: IncomingMessage, live: LiveExchanges) {
    this.#request = request;
    this.#live = live;
    live.add(this);
    this.#sinceMs = live.nowMs;
    request.once('close', () => live.delete(this));
    request.resume();
  }

  checkTimeout(nowMs: number): void {
    if (nowMs - this.#sinceMs > MAX_DISCARD_MS + this.#live.intervalMs) this.cut();
  }

  cut(): void {
    this.#live.delete(this);
    if (!this.#request.complete) this.#request.socket.destroy();
  }
}
