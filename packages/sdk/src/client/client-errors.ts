/** The body of a refusal (RFC 9457). */
export interface Problem {
  /** Stable; decide by it. All of them are in `docs/errors.md`. */
  readonly code: string;
  readonly title: string;
  readonly status: number;
  /** What happened, then what to do. For people. */
  readonly detail?: string;
  readonly request_id?: string;
  /** Every field at fault: a JSON Pointer into the input, or `?name`. */
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
  /** The change that is stored and not yet confirmed, with `revocation_pending`: {@link KeyholdClient.readBarrier} waits for it. */
  readonly seq?: number;
}

/** Keyhold said no. Test `code`. */
export class KeyholdApiError extends Error {
  override readonly name = 'KeyholdApiError';
  readonly code: string;
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    const fields = (problem.errors ?? []).map(({ pointer, message }) => `${pointer} ${message}`);
    super(`${[problem.detail ?? problem.title, ...fields].join(' | ')} (${problem.code})`);
    this.code = problem.code;
    this.status = problem.status;
    this.problem = problem;
  }
}

/** Nobody answered, or not as Keyhold does. What was asked for may have happened all the same. */
export class KeyholdUnreachableError extends Error {
  override readonly name = 'KeyholdUnreachableError';
}

/** @returns null when this is no refusal of Keyhold's. */
export function toProblem(body: unknown): Problem | null {
  return typeof body === 'object' &&
    body !== null &&
    'code' in body &&
    typeof body.code === 'string' &&
    'title' in body &&
    typeof body.title === 'string' &&
    'status' in body &&
    typeof body.status === 'number'
    ? // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what decides was looked at
      (body as Problem)
    : null;
}
