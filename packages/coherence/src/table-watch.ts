import type { Clock } from '@keyhold/core';
import type { Replica } from './replica.ts';

export type TableEvent =
  | { readonly kind: 'dropped' }
  | { readonly kind: 'applied' | 'settled'; readonly seq: number };

/** Tells how far a replica has come: what is in force, and up to where what it ended in flight has ended. */
export interface TableWatch {
  /** The replica was loaded, or applied changes. */
  advanced(): void;
  dropped(): void;
  /** Resolves true once `seq` is applied, false when `withinMs` passed first. */
  reached(seq: number, withinMs: number): Promise<boolean>;
}

export function createTableWatch(options: {
  readonly replica: Replica;
  readonly clock: Clock;
  readonly tell: (event: TableEvent) => void;
}): TableWatch {
  const { replica, clock, tell } = options;
  const waiting = new Set<{ readonly seq: number; readonly resolve: (reached: boolean) => void }>();
  let loads = 0;
  return {
    advanced() {
      const seq = replica.appliedSeq;
      tell({ kind: 'applied', seq });
      const load = loads;
      const ended = replica.ended();
      if (ended === undefined) tell({ kind: 'settled', seq });
      // What a table dropped since had ended says nothing of the one that took its place.
      else void ended.then(() => load === loads && tell({ kind: 'settled', seq }));
      for (const waiter of waiting) if (waiter.seq <= seq) waiter.resolve(true);
    },
    dropped() {
      loads++;
      tell({ kind: 'dropped' });
    },
    async reached(seq, withinMs) {
      if (replica.ready && replica.appliedSeq >= seq) return true;
      const outcome = Promise.withResolvers<boolean>();
      const waiter = { seq, resolve: outcome.resolve };
      waiting.add(waiter);
      const cancelTimer = clock.setTimer(withinMs, () => outcome.resolve(false));
      const reached = await outcome.promise;
      waiting.delete(waiter);
      cancelTimer();
      return reached;
    },
  };
}
