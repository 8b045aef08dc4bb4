import {
  PROBLEMS,
  type ProblemBody,
  type ProblemCode,
  type ProblemDescription,
  toProblemType,
} from '@keyhold/api';
import { type ErrorCode, isKeyholdError, type KeyholdError } from '@keyhold/core';

// The two lists agree in both directions, or this does not compile.
const byErrorCode = PROBLEMS satisfies Readonly<Record<ErrorCode, ProblemDescription>>;
type UnknownToCore = Exclude<ProblemCode, ErrorCode>;
const nothingIsUnknownToCore: [UnknownToCore] extends [never] ? true : never = true;
void nothingIsUnknownToCore;

/** An error as it goes over the wire. */
export interface Problem {
  readonly status: number;
  readonly code: ErrorCode;
  readonly body: ProblemBody;
  /** Seconds for `Retry-After`; null where waiting does not help. */
  readonly retryAfterSeconds: number | null;
}

/**
 * Turns whatever a call threw into a problem (RFC 9457). What is not a refusal of ours is `internal` with fixed text: its
 * cause belongs in the log only.
 */
export function toProblem(error: unknown, requestId: string): Problem {
  const known = isKeyholdError(error) ? error : null;
  const code = known !== null && isErrorCode(known.code) ? known.code : 'internal';
  const { status, title } = byErrorCode[code];
  return {
    status,
    code,
    retryAfterSeconds: toRetryAfterSeconds(known, status),
    body: {
      type: toProblemType(code),
      title,
      status,
      code,
      detail: toDetail(known, code),
      request_id: requestId,
      ...(known !== null &&
        known.fields.length > 0 && { errors: known.fields.map((field) => ({ ...field })) }),
      ...(known?.seq !== undefined && { seq: known.seq }),
    },
  };
}

/** True for an error whose cause an operator has to see: we failed, the caller did not. */
export function isFailure(problem: Problem): boolean {
  return problem.status >= 500 && problem.code !== 'revocation_pending';
}

function toRetryAfterSeconds(known: KeyholdError | null, status: number): number | null {
  if (known?.retryAfterMs !== undefined) return Math.ceil(known.retryAfterMs / 1_000);
  return status === 503 ? 1 : null;
}

/** A failure's own message may name files and hosts, so callers get the fixed text; a refusal says what it refuses. */
function toDetail(known: KeyholdError | null, code: ErrorCode): string {
  const { status, whatToDo } = byErrorCode[code];
  return known === null || known.message === '' || status >= 500 ? whatToDo : known.message;
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(byErrorCode, code);
}
