import { type FieldError, KeyholdError, parseInstantMs } from '@keyhold/core';

/** Reads an instant of a query; what is wrong with it is added to `fields`, and 0 stands for it. */
function readInstant(pointer: string, text: string, fields: FieldError[]): number {
  const ms = parseInstantMs(text);
  if (ms === null) fields.push({ pointer, message: 'must be an instant in RFC 3339 with a zone' });
  return ms ?? 0;
}

/** @throws {KeyholdError} `invalid_request` when there are any. */
export function requireNoFields(fields: readonly FieldError[]): void {
  if (fields.length === 0) return;
  throw new KeyholdError('invalid_request', 'The query has values that cannot be accepted.', { fields });
}

/** A range that may be open on either side. @throws {KeyholdError} `invalid_request`. */
export function readRange(query: { readonly from?: string | undefined; readonly to?: string | undefined }): {
  readonly fromMs?: number;
  readonly toMs?: number;
} {
  const fields: FieldError[] = [];
  const range = {
    ...(query.from !== undefined && { fromMs: readInstant('?from', query.from, fields) }),
    ...(query.to !== undefined && { toMs: readInstant('?to', query.to, fields) }),
  };
  requireNoFields(fields);
  return range;
}
