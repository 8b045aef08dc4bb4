import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import { type AdmittedFlight, type Flight, resetSocket } from '@keyhold/coherence';
import type { Gate, Pass, RefusalAnswer } from '../request/gate.ts';
import { isRefusal } from '../request/gate.ts';
import { waitForLease } from './lease-wait.ts';
import { endedByKey, type RequestKey } from './request-key.ts';

/**
 * Stands between an application and its answer for as long as the request lasts: bytes pass only while the key is
 * accepted and this process may say so. When the key ends before the answer began, the client gets the denial instead;
 * afterwards its connection is cut. The application notices by its signal; what it still writes goes nowhere.
 */
export class ResponseGuard implements Flight {
  readonly key: RequestKey;
  readonly #gate: Gate;
  readonly #pass: Pass;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #abort = new AbortController();
  readonly #admitted: AdmittedFlight[] = [];
  /** Names of fields that were there before the application answered: those of CORS, for example. */
  readonly #earlierFields: ReadonlySet<string>;
  readonly #send: Pick<ServerResponse, 'writeHead' | 'write' | 'end'>;
  /** What has to wait for a lease, in order; each returns false when no more should be written at once. */
  #held: (() => unknown)[] = [];
  #passing = false;
  #cancelWait: (() => void) | null = null;
  #over = false;

  constructor(gate: Gate, pass: Pass, request: IncomingMessage, response: ServerResponse) {
    this.#gate = gate;
    this.#pass = pass;
    this.#request = request;
    this.#response = response;
    this.#earlierFields = new Set(response.getHeaderNames());
    this.key = { ...pass.identity, signal: this.#abort.signal };
    this.#send = {
      writeHead: response.writeHead.bind(response),
      write: response.write.bind(response),
      end: response.end.bind(response),
    };
    this.#stepBetween(response);
    response.once('close', () => this.#settle());
    this.#admitted.push(pass.admit(this));
  }

  end(...[reason, openingScopes]: Parameters<Flight['end']>): void {
    this.#refuse(this.#pass.toRefusal(reason, openingScopes));
  }

  /** Refuses the request unless its key holds all of these; from now on it has to keep holding them. */
  require(scopes: readonly string[]): boolean {
    if (this.#over) return false;
    const outcome = this.#pass.require(scopes, this);
    if (isRefusal(outcome)) this.#refuse(outcome);
    else this.#admitted.push(outcome);
    return !this.#over;
  }

  #stepBetween(response: ServerResponse): void {
    const flushHeaders = response.flushHeaders.bind(response);
    const { writeHead, write, end } = this.#send;
    Object.assign(response, {
      flushHeaders: () => void this.#let(flushHeaders),
      writeHead: (...parts: unknown[]) => {
        // Also how Node itself makes the head of an answer that has none yet.
        this.#let(() => Reflect.apply(writeHead, undefined, parts));
        return response;
      },
      write: (...parts: unknown[]) => this.#let(() => Reflect.apply(write, undefined, parts)),
      end: (...parts: unknown[]) => {
        this.#let(() => Reflect.apply(end, undefined, parts));
        return response;
      },
    });
  }

  /** Does this step of the answer now, or in its turn once there is a lease. */
  #let(step: () => unknown): boolean {
    // A write makes the head first; what has begun goes through whole.
    if (this.#passing) return step() !== false;
    if (this.#held.length === 0 && this.#gate.verifier.mayAnswer()) return this.#do(step);
    this.#held.push(step);
    this.#cancelWait ??= waitForLease(this.#gate.verifier, this.#gate.clock, (mayAnswer) => {
      this.#cancelWait = null;
      if (mayAnswer) this.#release();
      else this.#refuse(this.#pass.unavailable());
    });
    return false;
  }

  #do(step: () => unknown): boolean {
    this.#passing = true;
    try {
      return step() !== false;
    } finally {
      this.#passing = false;
    }
  }

  /** There is a lease again, and the key still good: otherwise the change that ends it had ended this. */
  #release(): void {
    let mayWriteOn = true;
    for (const step of this.#held.splice(0)) mayWriteOn = this.#do(step);
    if (mayWriteOn) this.#response.emit('drain');
  }

  #refuse(answer: RefusalAnswer): void {
    if (this.#over) return;
    const response = this.#response;
    const hasBegun = response.headersSent;
    if (!hasBegun) {
      for (const name of response.getHeaderNames()) {
        if (!this.#earlierFields.has(name)) response.removeHeader(name);
      }
      // A client that still uploads has no other way to learn that nobody reads on.
      sendRefusal(response, { ...answer, closing: answer.closing || !this.#request.complete }, this.#send);
    }
    seal(response);
    this.#settle();
    try {
      // Before the signal: an application that destroys its answer by it would close the connection in order.
      if (hasBegun) reset(this.#request);
    } finally {
      this.#abort.abort(endedByKey());
    }
  }

  #settle(): void {
    this.#over = true;
    this.#held = [];
    this.#cancelWait?.();
    this.#cancelWait = null;
    for (const admitted of this.#admitted) admitted.done();
  }
}

/** Answers in the application's place. */
export function sendRefusal(
  response: ServerResponse,
  { status, headers, body, closing }: RefusalAnswer,
  send: Pick<ServerResponse, 'writeHead' | 'end'> = response,
): void {
  if (closing) response.shouldKeepAlive = false;
  response.statusMessage = '';
  send.writeHead(status, [...headers]);
  send.end(body);
}

/** Ends the connection so that nothing the client has of it can look complete. */
export function reset({ socket }: IncomingMessage): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else resetSocket(socket);
}

/** What an application still writes goes nowhere from here on, and nothing fails for it. */
export function seal(response: ServerResponse): void {
  const ignored = () => response;
  Object.assign(response, {
    setHeader: ignored,
    setHeaders: ignored,
    appendHeader: ignored,
    removeHeader: ignored,
    flushHeaders: ignored,
    writeHead: ignored,
    write: (...parts: unknown[]) => callLast(parts),
    end: (...parts: unknown[]) => {
      callLast(parts);
      return response;
    },
  });
}

/** A callback is told all the same; a pipeline waits for it. */
function callLast(parts: readonly unknown[]): true {
  const callback = parts.at(-1);
  if (typeof callback === 'function') process.nextTick(callback);
  return true;
}
