import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/**
 * A request's body on its way to the upstream. It stands between the two so that the upstream's end of it can be
 * destroyed without the client's connection going with it: a client that is still sending can then be told why.
 */
export class RequestBody extends Readable {
  readonly #request: IncomingMessage;
  readonly #onData: (chunk: Buffer) => void;
  readonly #onEnd: () => void;
  /** The upstream takes no more at the moment. */
  blocked = false;

  constructor(request: IncomingMessage, onByte: () => void) {
    super();
    this.#request = request;
    this.#onData = (chunk) => {
      onByte();
      if (this.push(chunk)) return;
      this.blocked = true;
      request.pause();
    };
    this.#onEnd = () => void this.push(null);
    request.on('data', this.#onData);
    request.on('end', this.#onEnd);
    request.pause();
    // undici destroys it with the error of the call, which is told through the call.
    this.on('error', ignoreError);
  }

  override _read(): void {
    this.blocked = false;
    this.#request.resume();
  }

  /** What the client still sends after this is read and thrown away. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#request.removeListener('data', this.#onData);
    this.#request.removeListener('end', this.#onEnd);
    this.#request.resume();
    callback(error);
  }
}

function ignoreError(): void {}
