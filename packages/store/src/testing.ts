import type { Store } from './store.ts';

/**
 * Wraps a store and counts every call to it, `now` and `ping` included, so that a test can show that something needs
 * none.
 */
export function countingStore(store: Store): Store & { calls(): number } {
  let count = 0;
  const counted = new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        count++;
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
  return Object.assign(Object.create(counted) as Store, { calls: () => count });
}
