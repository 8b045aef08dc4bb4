import type { IncomingMessage } from 'node:http';
import type { ClientConnection, ConnectionUser } from './client-connection.ts';
import type { LiveExchange, LiveExchanges } from './live-exchanges.ts';

/** How long the rest of a body is read and thrown away after its request was answered, before the connection is cut. */
const MAX_DISCARD_MS = 10_000;

/**
 * What remains of a body whose request has its answer. It is thrown away as it comes, so that a client that first sends
 * everything still reads its answer and the connection stays good for the next request; a client that goes on too long
 * loses the connection. The same for every cause of the answer.
 */
export class UnreadBody implements LiveExchange, ConnectionUser {
  livePosition = -1;
  readonly #request: IncomingMessage;
  readonly #connection: ClientConnection;
  readonly #live: LiveExchanges;
  readonly #sinceMs: number;

  constructor(request: IncomingMessage, connection: ClientConnection, live: LiveExchanges) {
    this.#request = request;
    this.#connection = connection;
    this.#live = live;
    connection.enter(this);
    live.add(this);
    this.#sinceMs = live.nowMs;
    request.once('close', () => {
      connection.leave(this);
      live.delete(this);
    });
    request.resume();
  }

  clientGone(): void {}

  /** The request has its answer; a second one would be taken for that of a request nobody sent. */
  bodyBroken(): boolean {
    this.#connection.socket.destroySoon();
    return true;
  }

  checkTimeout(nowMs: number): void {
    if (nowMs - this.#sinceMs > MAX_DISCARD_MS + this.#live.intervalMs) this.cut();
  }

  cut(): void {
    this.#live.delete(this);
    if (!this.#request.complete) this.#connection.socket.destroy();
  }
}
