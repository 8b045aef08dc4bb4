import { type FieldError, KeyholdError } from './errors.ts';

/** A {@link KeyholdError} as it crosses threads and processes: structured cloning would keep neither its class nor its code. */
export interface ErrorMessage {
  readonly code: KeyholdError['code'];
  readonly message: string;
  readonly fields: readonly FieldError[];
  readonly seq: number | null;
  /** Stack of what was thrown underneath, for the log. */
  readonly cause: string | null;
}

export function toErrorMessage(error: KeyholdError): ErrorMessage {
  const { cause } = error;
  return {
    code: error.code,
    message: error.message,
    fields: error.fields,
    seq: error.seq ?? null,
    cause: cause instanceof Error ? (cause.stack ?? cause.message) : null,
  };
}

export function fromErrorMessage({ code, message, fields, seq, cause }: ErrorMessage): KeyholdError {
  return new KeyholdError(code, message, {
    fields,
    ...(seq !== null && { seq }),
    ...(cause !== null && { cause }),
  });
}
