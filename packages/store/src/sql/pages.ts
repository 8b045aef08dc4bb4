import { KeyholdError } from '@keyhold/core';
import type { ListQuery, Page } from '../records.ts';

const MAX_LIMIT = 1_000;

/** @throws {RangeError} for a limit out of bounds. */
export function requireLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
    throw new RangeError(`"limit" is ${limit}; pass 1 to ${MAX_LIMIT}.`);
  }
}

/** The position that a page begins below. @throws {KeyholdError} `invalid_cursor`. @throws {RangeError} for a limit out of bounds. */
export function afterPosition(query: ListQuery): number {
  requireLimit(query.limit);
  if (query.after === undefined) return Number.MAX_SAFE_INTEGER;
  if (!/^[1-9][0-9]{0,15}$/.test(query.after)) throw invalidCursor();
  return Number(query.after);
}

export function invalidCursor(): KeyholdError {
  return new KeyholdError('invalid_cursor', 'The cursor is not one of this list. Begin again without it.');
}

/** Makes a page of `limit` rows out of up to one more than that, which says whether there is a next page. */
export function toPage<Row extends { readonly position: number }, T>(
  rows: readonly Row[],
  limit: number,
  toRecord: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map((row) => toRecord(row)),
    next: rows.length > limit && last !== undefined ? String(last.position) : null,
  };
}
