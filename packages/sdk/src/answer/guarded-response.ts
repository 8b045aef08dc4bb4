import type { AdmittedFlight, Flight } from '@keyhold/coherence';
import { type Gate, isRefusal, type Pass, type RefusalAnswer } from '../request/gate.ts';
import { waitForLease } from './lease-wait.ts';
import { endedByKey, type RequestKey } from './request-key.ts';

/**
 * The guard of an answer in runtimes of `Request` and `Response`: what the handler returns passes only while the key is
 * accepted and this process may say so. When the key ends before the answer began, the client gets the denial instead;
 * afterwards the body breaks off with an error, and the server cuts the connection.
 */
export class GuardedResponse implements Flight {
  readonly key: RequestKey;
  readonly #gate: Gate;
  readonly #pass: Pass;
  readonly #abort = new AbortController();
  readonly #admitted: AdmittedFlight[] = [];
  readonly #refused = Promise.withResolvers<RefusalAnswer>();
  #refusal: RefusalAnswer | null = null;

  constructor(gate: Gate, pass: Pass) {
    this.#gate = gate;
    this.#pass = pass;
    this.key = { ...pass.identity, signal: this.#abort.signal };
    this.#admitted.push(pass.admit(this));
  }

  end(...[reason, openingScopes]: Parameters<Flight['end']>): void {
    this.#refuse(this.#pass.toRefusal(reason, openingScopes));
  }

  /** The denial of a key that lacks one of these; from now on it has to keep holding them. Null: it holds them. */
  require(scopes: readonly string[]): Response | null {
    if (this.#refusal === null) {
      const outcome = this.#pass.require(scopes, this);
      if (isRefusal(outcome)) this.#refuse(outcome);
      else this.#admitted.push(outcome);
    }
    return this.#refusal === null ? null : toResponse(this.#refusal);
  }

  /** The handler's answer under guard, or the denial. */
  async answer(handle: () => Response | Promise<Response>): Promise<Response> {
    try {
      const handled = (async () => handle())();
      const outcome = await Promise.race([handled, this.#refused.promise]);
      if (outcome instanceof Response && (await this.#mayPass())) return this.#guard(outcome);
      // Nobody will read what the handler still makes.
      handled.then((response) => response.body?.cancel()).catch(() => {});
      return toResponse(this.#refusal ?? this.#pass.unavailable());
    } catch (error) {
      this.#settle();
      throw error;
    }
  }

  #guard(response: Response): Response {
    const reader = response.body?.getReader();
    if (reader === undefined) {
      this.#settle();
      return response;
    }
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { done, value } = await reader.read();
        if (!(await this.#mayPass())) {
          void reader.cancel(endedByKey()).catch(() => {});
          controller.error(endedByKey());
        } else if (done) {
          this.#settle();
          controller.close();
        } else {
          controller.enqueue(value);
        }
      },
      cancel: async (reason) => {
        this.#settle();
        await reader.cancel(reason);
      },
    });
    return new Response(body, response);
  }

  /** Waits for a lease if there is none; false once the key has ended or no lease came. */
  async #mayPass(): Promise<boolean> {
    if (this.#refusal === null && !this.#gate.verifier.mayAnswer()) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const cancel = waitForLease(this.#gate.verifier, this.#gate.clock, resolve);
      const mayAnswer = await Promise.race([promise, this.#refused.promise.then(() => false)]);
      cancel();
      if (!mayAnswer) this.#refuse(this.#pass.unavailable());
    }
    return this.#refusal === null;
  }

  #refuse(answer: RefusalAnswer): void {
    if (this.#refusal !== null) return;
    this.#refusal = answer;
    this.#settle();
    this.#refused.resolve(answer);
    this.#abort.abort(endedByKey());
  }

  #settle(): void {
    for (const admitted of this.#admitted) admitted.done();
  }
}

/** @param answer its body is left out by the server where the method is HEAD. */
export function toResponse({ status, headers, body }: RefusalAnswer): Response {
  const fields = new Headers();
  for (let i = 0; i < headers.length; i += 2) fields.append(headers[i] ?? '', headers[i + 1] ?? '');
  return new Response(new Uint8Array(body), { status, headers: fields });
}
