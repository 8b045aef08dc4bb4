import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Verifier } from '@keyhold/coherence';
import type { Cluster } from '../cluster.ts';
import { writeProblem } from '../http/answer.ts';
import { isFailure, toProblem } from '../http/problem.ts';
import type { Log } from '../observability/log.ts';
import type { VerificationObserver } from '../observability/verification-observer.ts';
import type { OperatorAuthenticator } from '../operators/operator-authenticator.ts';

/** Answers one request on the hot path, errors included. Never throws. */
export type RawHandler = (request: IncomingMessage, response: ServerResponse, requestId: string) => void;

export interface VerificationOptions {
  readonly verifier: Verifier;
  readonly cluster: Pick<Cluster, 'reached'>;
  readonly authenticator: OperatorAuthenticator;
  /** Told of verdicts after it is clear that the caller may see them. */
  readonly observer: VerificationObserver;
  readonly log: Log;
}

/** Answers with a problem; what we failed at goes to the log with its cause. */
export function writeError(response: ServerResponse, error: unknown, requestId: string, log: Log): void {
  const problem = toProblem(error, requestId);
  if (isFailure(problem)) log.error({ err: error, request_id: requestId }, 'a request failed');
  writeProblem(response, problem, [], requestId);
}
