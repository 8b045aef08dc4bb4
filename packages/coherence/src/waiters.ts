export type BarrierOutcome = 'complete' | 'pending';

/** The promises of those who wait for a barrier, by number. */
export interface Waiters {
  /** @param begin is given the waiter's number, and may resolve it at once. */
  add(begin: (waiter: number) => void): Promise<BarrierOutcome>;
  resolve(waiter: number, outcome: BarrierOutcome): void;
}

export function createWaiters(): Waiters {
  const resolvers = new Map<number, (outcome: BarrierOutcome) => void>();
  let last = 0;
  return {
    add(begin) {
      const { promise, resolve } = Promise.withResolvers<BarrierOutcome>();
      const waiter = ++last;
      resolvers.set(waiter, resolve);
      begin(waiter);
      return promise;
    },
    resolve(waiter, outcome) {
      resolvers.get(waiter)?.(outcome);
      resolvers.delete(waiter);
    },
  };
}
