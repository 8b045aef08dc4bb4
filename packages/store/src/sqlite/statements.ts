import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * Statements kept at a time. The store's own are about a hundred; only page filters and flushes of odd sizes make more,
 * and they must not pile up.
 */
const MAX_STATEMENTS = 300;

interface PreparedStatement {
  readonly statement: StatementSync;
  /** True when it answers with rows. */
  readonly reads: boolean;
}

export interface StatementCache {
  get(sql: string): PreparedStatement;
}

/** Prepares each text once, and forgets those used longest ago. */
export function createStatementCache(database: DatabaseSync): StatementCache {
  const prepared = new Map<string, PreparedStatement>();
  return {
    get(sql) {
      let found = prepared.get(sql);
      if (found === undefined) {
        const statement = database.prepare(sql);
        found = { statement, reads: statement.columns().length > 0 };
        if (prepared.size >= MAX_STATEMENTS) {
          const [oldest] = prepared.keys();
          if (oldest !== undefined) prepared.delete(oldest);
        }
      } else {
        prepared.delete(sql);
      }
      prepared.set(sql, found);
      return found;
    },
  };
}
