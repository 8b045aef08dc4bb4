import type { Addresses } from '../faces.ts';
import type { ProcessMetrics } from '../observability/metrics.ts';
import type { Assignment } from './assignment.ts';

/** What a primary asks its workers for. */
export interface WorkerCalls {
  /** Resolves when the worker may answer and every listener is bound. */
  open(assignment: Assignment): Promise<Addresses>;
  declareReady(): Promise<void>;
  readMetrics(): Promise<ProcessMetrics>;
  /** Resolves when every request has come to its end. */
  close(): Promise<void>;
}
