import type { IncomingMessage, ServerResponse } from 'node:http';
import { findFrameFault, KeyholdError } from '@keyhold/core';
import { writeProblem } from './answer.ts';
import { toProblem } from './problem.ts';

/**
 * Refuses a request whose frame two servers could read in two ways, before anything in it is believed. The connection
 * ends with the answer, since what follows on it cannot be trusted either.
 *
 * @returns false when nothing is wrong and the request is still to be answered.
 */
export function refuseBrokenFrame(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
): boolean {
  const fault = findFrameFault(request);
  if (fault === null) return false;
  const message = fault === 'invalid_request' ? 'Send one Host, one length and one meaning.' : '';
  const problem = toProblem(new KeyholdError(fault, message), requestId);
  writeProblem(response, problem, ['Connection', 'close'], requestId);
  return true;
}
