import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** What a body's bytes ask before they pass. */
export interface BodyGate {
  /** Called for each byte that arrives. */
  onByte(): void;
  mayPass(): boolean;
  /** Calls `step` when bytes may pass again, after what waits already. */
  wait(step: () => void): void;
}

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

  constructor(request: IncomingMessage, gate: BodyGate) {
    super();
    this.#request = request;
    this.#onData = (chunk) => {
      gate.onByte();
      if (gate.mayPass()) {
        this.#pass(chunk);
        return;
      }
      request.pause();
      gate.wait(() => {
        this.#pass(chunk);
        if (!this.blocked) request.resume();
      });
    };
    this.#onEnd = () => {
      if (gate.mayPass()) this.push(null);
      else gate.wait(() => void (this.destroyed || this.push(null)));
    };
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

  #pass(chunk: Buffer): void {
    if (this.destroyed || this.push(chunk)) return;
    this.blocked = true;
    this.#request.pause();
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
