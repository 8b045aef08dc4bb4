import { type RawBuilder, sql } from 'kysely';
import type { View } from './transaction.ts';

/** How many rows `rows` has, or `most` where it has more. */
export async function countRows(view: View, rows: RawBuilder<unknown>, most: number): Promise<number> {
  const counted = await sql<{ readonly count: number }>`
    SELECT count(*) AS count FROM (SELECT 1 FROM (${rows}) AS rows_found LIMIT ${sql.lit(most)}) AS some_rows
  `.execute(view.db);
  return counted.rows[0]?.count ?? 0;
}
