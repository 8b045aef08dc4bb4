import {
  type CompiledQuery,
  type Dialect,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Tables } from '../sql/schema.ts';
import { createSingleConnectionDriver } from '../sql/single-connection-driver.ts';
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
  const executeQuery = async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => {
    const name = names(sql);
    const { rows, rowCount, command } = await session.query({
      text: sql,
      values: parameters,
      ...(name !== undefined && { name }),
      ...timeouts,
    });
    return command === 'SELECT' ? { rows } : { rows, numAffectedRows: BigInt(rowCount ?? 0) };
  };
  const dialect: Dialect = {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createSingleConnectionDriver(executeQuery),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
  return new Kysely({ dialect });
}
