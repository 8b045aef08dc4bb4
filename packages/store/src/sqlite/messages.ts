import type { SnapshotPage } from '@keyhold/coherence';
import type { ErrorMessage } from '@keyhold/core';
import type { Failpoint } from '../failpoint.ts';
import type { EncodedKeys } from '../sql/encoded-keys.ts';
import type { OperationCall } from '../sql/operations.ts';

/** What the worker is started with. */
export interface WorkerSettings {
  readonly file: string;
  readonly nowMs: number;
  /** Where the worker waits at a failpoint; null unless a test asked for it. */
  readonly failpointGate: SharedArrayBuffer | null;
}

export type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly call: OperationCall }
  | { readonly kind: 'snapshot'; readonly id: number }
  /** One page of the snapshot was taken in; the worker keeps only a few on the way. */
  | { readonly kind: 'page_taken'; readonly id: number }
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: ErrorMessage }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly error: ErrorMessage }
  | { readonly kind: 'page'; readonly id: number; readonly page: EncodedPage }
  | { readonly kind: 'failpoint'; readonly name: Failpoint };

/** A page of a snapshot, its keys as the worker encodes them. */
export type EncodedPage =
  | Exclude<SnapshotPage, { readonly kind: 'keys' }>
  | ({ readonly kind: 'encoded_keys' } & EncodedKeys);
