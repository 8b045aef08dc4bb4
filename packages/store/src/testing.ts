import type { Store } from './store.ts';

/**
 * Wraps a store and counts every call to it, `now` and `ping` included, so that a test can show that something needs
 * none.
 */
export function countingStore(store: Store): Store & { calls(): number } {
  let count = 0;
  const counting: Store & { calls(): number } = Object.assign(Object.create(store), { calls: () => count });
  return new Proxy(counting, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function' || name === 'calls') return member;
      return (...args: unknown[]) => {
        count++;
        return Reflect.apply(member, store, args);
      };
    },
  });
}
