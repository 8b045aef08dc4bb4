import { sql } from 'kysely';

/** `column IN (values)`, which is no SQL where there are none. */
export function isOneOf(column: string, values: readonly string[]) {
  return values.length === 0
    ? sql<boolean>`false`
    : sql<boolean>`${sql.ref(column)} IN (${sql.join(values)})`;
}
