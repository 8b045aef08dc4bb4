import type { NodeListBody } from '@keyhold/api';
import type { StoreOwner } from '../store-owner.ts';
import { callStore } from './remote-store.ts';

/** What a worker asks its primary for. */
export interface PrimaryCalls {
  callStore(method: string, args: readonly unknown[]): Promise<unknown>;
  /** Resolves when a committed change holds in every process. @throws {KeyholdError} `revocation_pending`. */
  confirm(seq: number): Promise<void>;
  waitFor(seq: number): Promise<'complete' | 'pending'>;
  listNodes(): Promise<NodeListBody>;
  /** The metrics of all processes, in the text format of Prometheus. */
  readMetrics(): Promise<string>;
}

export function createPrimaryCalls(
  { store, authority, cluster }: Pick<StoreOwner, 'store' | 'authority' | 'cluster'>,
  readMetrics: () => Promise<string>,
): PrimaryCalls {
  return {
    callStore: (method, args) => authority.attempt(() => callStore(store, method, args)),
    confirm: (seq) => authority.confirm(seq),
    waitFor: (seq) => cluster.waitFor(seq),
    listNodes: () => cluster.listNodes(),
    readMetrics,
  };
}
