/** Rows in one statement: enough to make the statement's own cost small, few enough for every dialect's parameters. */
const ROWS_PER_STATEMENT = 100;

export function* chunk<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    yield rows.slice(start, start + ROWS_PER_STATEMENT);
  }
}

/** By the bytes of ASCII text, such as ids. */
export function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
