import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { createStatementCache } from './statements.ts';

/**
 * Kysely over one open database, without transactions of its own: who calls an operation has begun one already.
 * One operation runs at a time, so the connection is handed out without waiting.
 */
export function createKyselyDialect(database: DatabaseSync): Dialect {
  const connection = createConnection(database);
  return {
    createAdapter: () => new SingleConnectionAdapter(),
    createDriver: () => createDriver(connection),
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

function createDriver(connection: DatabaseConnection): Driver {
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    destroy: async () => {},
    beginTransaction: refuseTransaction,
    commitTransaction: refuseTransaction,
    rollbackTransaction: refuseTransaction,
  };
}

function createConnection(database: DatabaseSync): DatabaseConnection {
  const statements = createStatementCache(database);
  return {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const { statement, reads } = statements.get(query.sql);
      // Kysely promises both: the parameters are those of these statements, the rows are what they select.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const parameters = query.parameters as SQLInputValue[];
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      if (reads) return { rows: statement.all(...parameters) as R[] };
      const { changes } = statement.run(...parameters);
      return { rows: [], numAffectedRows: BigInt(changes) };
    },
    streamQuery() {
      throw new TypeError('Statements are not streamed; read the snapshot instead.');
    },
  };
}

async function refuseTransaction(): Promise<void> {
  throw new TypeError('Operations run inside a transaction that exists already.');
}
