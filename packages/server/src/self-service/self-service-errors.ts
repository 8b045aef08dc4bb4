import type { ServerResponse } from 'node:http';
import type { SelfServiceRequest } from '@keyhold/gateway';
import { toProblemHeaders, writeAnswer, writeDenial, writeProblem } from '../http/answer.ts';
import { isFailure, type Problem, toProblem } from '../http/problem.ts';
import type { Log } from '../observability/log.ts';

/**
 * Answers with the keyspace's own body where its configuration has one for this kind of error, with problem details
 * otherwise. A credential that stopped being good between the check and the write is denied with the same bytes as ever.
 */
export function writeSelfServiceError(
  response: ServerResponse,
  error: unknown,
  { keyspace, requestId }: SelfServiceRequest,
  log: Log,
): void {
  const problem = toProblem(error, requestId);
  if (isFailure(problem)) log.error({ err: error, request_id: requestId }, 'a self-service request failed');
  const { denials, definition } = keyspace;
  const own = isInvalidRequest(problem) ? definition.errors.invalidRequest : undefined;
  if (problem.status === 401) {
    writeDenial(response, denials.invalidToken, requestId);
  } else if (problem.status === 503 && definition.errors.unavailable !== undefined) {
    writeDenial(response, denials.unavailable, requestId);
  } else if (own === undefined) {
    writeProblem(response, problem, [], requestId);
  } else {
    const headers = toProblemHeaders(problem).with(1, 'application/json');
    writeAnswer(response, { status: problem.status, headers, body: JSON.stringify(own) }, requestId);
  }
}

/** What a customer's client got wrong about the request itself. A missing key or a full cap is news, and keeps its code. */
function isInvalidRequest({ status }: Problem): boolean {
  return status === 400 || status === 408 || status === 413 || status === 415 || status === 422;
}
