import type { Channel } from '@keyhold/coherence';
import {
  type ErrorMessage,
  fromErrorMessage,
  isKeyholdError,
  KeyholdError,
  toErrorMessage,
} from '@keyhold/core';

/** What one end of a connection may ask of the other: methods whose arguments and answers survive structured cloning. */
export type CallTable<Table> = { readonly [Method in keyof Table]: (...args: never[]) => Promise<unknown> };

/** Asks the other end. */
export type Call<Table extends CallTable<Table>> = <Method extends keyof Table & string>(
  method: Method,
  ...args: Parameters<Table[Method]>
) => ReturnType<Table[Method]>;

type CallMessage =
  | { readonly kind: 'call'; readonly id: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: ErrorMessage };

/**
 * Calls both ways over one channel, answered in whatever order they finish.
 *
 * @param own answers what the other end asks. What it throws crosses as a {@link KeyholdError}; a defect as `internal`.
 * @returns asks the other end. Rejects with `store_unavailable` when the other end is gone: the call may have been
 *   carried out.
 */
export function openCalls<Own extends CallTable<Own>, Other extends CallTable<Other>>(
  channel: Channel<unknown, unknown>,
  own: Own,
): Call<Other> {
  const outstanding = new Map<number, PromiseWithResolvers<unknown>>();
  let lastId = 0;
  let gone = false;

  async function answer(id: number, method: string, args: readonly unknown[]): Promise<void> {
    try {
      const handler: unknown = Object.hasOwn(own, method) ? Reflect.get(own, method) : undefined;
      if (typeof handler !== 'function') throw new TypeError(`The other end asked for "${method}".`);
      send({ kind: 'answer', id, value: await Reflect.apply(handler, own, args) });
    } catch (error) {
      send({ kind: 'refusal', id, error: toErrorMessage(toKeyholdError(error)) });
    }
  }

  function send(message: CallMessage): void {
    channel.send(message);
  }

  channel.onMessage((received) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both ends are this program
    const message = received as CallMessage;
    if (message.kind === 'call') {
      void answer(message.id, message.method, message.args);
      return;
    }
    const waiting = outstanding.get(message.id);
    outstanding.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(fromErrorMessage(message.error));
  });
  channel.onClose(() => {
    gone = true;
    for (const { reject } of outstanding.values()) reject(otherEndGone());
    outstanding.clear();
  });

  function call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    if (gone) return Promise.reject(otherEndGone());
    const waiting = Promise.withResolvers<unknown>();
    outstanding.set(++lastId, waiting);
    send({ kind: 'call', id: lastId, method, args });
    return waiting.promise;
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table says what each method answers with
  return call as unknown as Call<Other>;
}

function toKeyholdError(error: unknown): KeyholdError {
  return isKeyholdError(error)
    ? error
    : new KeyholdError('internal', 'A part of the server failed.', { cause: error });
}

function otherEndGone(): KeyholdError {
  return new KeyholdError(
    'store_unavailable',
    'The other process is gone, so it is not known whether the call was carried out; repeat the call.',
  );
}
