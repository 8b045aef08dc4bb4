import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  type CompiledQuery,
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { createSingleConnectionDriver } from '../sql/single-connection-driver.ts';
import { createStatementCache } from './statements.ts';

/**
 * Kysely over one open database, without transactions of its own: who calls an operation has begun one already.
 * One operation runs at a time, so the connection is handed out without waiting.
 */
export function createKyselyDialect(database: DatabaseSync): Dialect {
  const statements = createStatementCache(database);
  const executeQuery = async <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
    const { statement, reads } = statements.get(query.sql);
    // Kysely promises both: the parameters are those of these statements, the rows are what they select.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const parameters = query.parameters as SQLInputValue[];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    if (reads) return { rows: statement.all(...parameters) as R[] };
    const { changes } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes) };
  };
  return {
    createAdapter: () => new SingleConnectionAdapter(),
    createDriver: () => createSingleConnectionDriver(executeQuery),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** Kysely would put a lock around each statement otherwise. */
class SingleConnectionAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}
