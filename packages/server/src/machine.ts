import type { Clock, RandomBytes } from '@keyhold/core';
import type { Store } from '@keyhold/store';
import type { Log } from './observability/log.ts';
import type { Metrics } from './observability/metrics.ts';
import type { Settings } from './settings/settings.ts';

/** What a process needs of its machine. */
export interface Machine {
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly log: Log;
  /** Told how long each write waited for the other processes. Default: nobody. */
  readonly onBarrier?: Metrics['observeBarrier'];
  /** Told how each comparison of the table with the store ended. Default: nobody. */
  readonly onCompared?: Metrics['observeComparison'];
  /** Put around the store as soon as it is open; a test counts its calls. Default: the store itself. */
  readonly decorateStore?: (store: Store) => Store;
}

/** What of the settings says where the data is. */
export type DataSettings = Pick<Settings, 'dataDirectory' | 'database' | 'nodeName'>;
