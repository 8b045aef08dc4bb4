import type { Store } from '@keyhold/store';

/** One call of the store, as it crosses. */
export type AskStore = (method: string, args: readonly unknown[]) => Promise<unknown>;

/** What a worker may not ask for: its table comes over the other lane, and closing is the primary's. */
const KEPT_BACK: ReadonlySet<string> = new Set<keyof Store>(['readSnapshot', 'close']);

/**
 * The store as a worker has it: every method of the port is a call to the primary. A proxy, since the port's arguments
 * and answers are plain data throughout and there is nothing to be said of any one method.
 */
export function createRemoteStore(ask: AskStore): Store {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the primary's store has, this has
  return new Proxy({} as Store, {
    get(_, method) {
      // Asked for by whoever awaits a value to see whether it is a promise.
      if (typeof method === 'symbol' || method === 'then') return undefined;
      return (...args: readonly unknown[]) => ask(method, args);
    },
  });
}

/** Carries out what a worker asks for. @throws {KeyholdError} what the method throws. */
export async function callStore(store: Store, method: string, args: readonly unknown[]): Promise<unknown> {
  const found: unknown = KEPT_BACK.has(method) ? undefined : Reflect.get(store, method);
  if (typeof found !== 'function') throw new TypeError(`A worker asked the store for "${method}".`);
  return await Reflect.apply(found, store, args);
}
