/** What the server refused, or that it could not be reached (`status` 0). */
export class CallFailed extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: readonly { readonly pointer: string; readonly message: string }[];

  constructor(status: number, body: Partial<ProblemBody>) {
    super(body.detail ?? '');
    this.status = status;
    this.code = body.code ?? 'unreachable';
    this.fields = body.errors ?? [];
  }
}

/** Problem details (RFC 9457), as far as pages read them. */
export interface ProblemBody {
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
}
