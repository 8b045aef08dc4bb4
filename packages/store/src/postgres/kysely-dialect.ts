import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Tables } from '../sql/schema.ts';
import type { Session, Statement } from './connections.ts';

/**
 * Statements that are prepared, on each connection. The store's own are about a hundred; page filters and flushes of odd
 * sizes make more, and those are planned each time.
 */
const MAX_PREPARED = 300;

/** Gives a text the name under which connections prepare it; undefined when there are enough. */
export type StatementNames = (sql: string) => string | undefined;

export function createStatementNames(): StatementNames {
  const names = new Map<string, string>();
  return (sql) => {
    let name = names.get(sql);
    if (name === undefined && names.size < MAX_PREPARED) {
      name = `keyhold_${names.size + 1}`;
      names.set(sql, name);
    }
    return name;
  };
}

/**
 * Kysely over one connection, without transactions of its own: who calls an operation has begun one already.
 *
 * @param timeouts as a {@link Statement} has them.
 */
export function createKysely(
  session: Session,
  names: StatementNames,
  timeouts: Pick<Statement, 'timeoutMs'> = {},
): Kysely<Tables> {
  const connection = createConnection(session, names, timeouts);
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(connection),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  return new Kysely({ dialect });
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

function createConnection(
  session: Session,
  names: StatementNames,
  timeouts: Pick<Statement, 'timeoutMs'>,
): DatabaseConnection {
  return {
    async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
      const name = names(sql);
      const { rows, rowCount, command } = await session.query({
        text: sql,
        values: parameters,
        ...(name !== undefined && { name }),
        ...timeouts,
      });
      return command === 'SELECT' ? { rows } : { rows, numAffectedRows: BigInt(rowCount ?? 0) };
    },
    streamQuery() {
      throw new TypeError('Statements are not streamed; read the snapshot instead.');
    },
  };
}

async function refuseTransaction(): Promise<void> {
  throw new TypeError('Operations run inside a transaction that exists already.');
}
