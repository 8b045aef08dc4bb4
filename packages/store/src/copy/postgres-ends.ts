import { createAuditEventId, type RandomBytes } from '@keyhold/core';
import { createConnections, type Session, toClientConfig } from '../postgres/connections.ts';
import { toOpenError } from '../postgres/errors.ts';
import { requireUnused } from '../postgres/in-use.ts';
import { createKysely } from '../postgres/kysely-dialect.ts';
import { migrate } from '../postgres/migrate.ts';
import { beginMutations, commit, useTransaction } from '../postgres/transactions.ts';
import { completeRestore } from '../sql/restore.ts';
import { COPIED_FROM, COPY_CONTEXT, type CopySource, type CopyTarget, SELECT_LAST_EVENT } from './ends.ts';
import { COPIED_TABLES, type CopiedTable, quote, ROWS_PER_PAGE, type Row, type Value } from './tables.ts';

/** Runs `work` on a store as of one moment. @throws {KeyholdError} `settings_invalid` while a node has it open. */
export async function usePostgresSource<T>(
  connectionString: string,
  work: (source: CopySource) => Promise<T>,
): Promise<T> {
  return await useStore(connectionString, async (session) => {
    await requireUnused(session);
    await session.query({ text: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' });
    const result = await work(createSource(session));
    await session.query({ text: 'COMMIT' });
    return result;
  });
}

/** Runs `work` in one transaction, which `complete` commits. */
export async function usePostgresTarget<T>(
  connectionString: string,
  { randomBytes }: { readonly randomBytes: RandomBytes },
  work: (target: CopyTarget) => Promise<T>,
): Promise<T> {
  return await useStore(connectionString, async (session) => {
    const { nowMs } = await beginMutations(session, { unhurried: true });
    return await work({
      ...createSource(session),
      async lastEvent() {
        const { rows } = await session.query({ text: SELECT_LAST_EVENT, timeoutMs: null });
        return rows[0]?.id ?? null;
      },
      async clear() {
        const sessions = [{ name: 'portal_session' }, { name: 'person_session' }];
        for (const { name } of [...sessions, ...COPIED_TABLES.toReversed()]) {
          await session.query({ text: `DELETE FROM ${quote([name])}`, timeoutMs: null });
        }
      },
      write: (table, columns, rows) => insert(session, table, columns, rows),
      async complete(seq, copiedFrom) {
        for (const { name, order } of COPIED_TABLES) {
          if (order[0] === 'position') await restartPositions(session, name);
        }
        await session.query({ text: 'UPDATE head SET seq = $1', values: [seq] });
        const tx = {
          db: createKysely(session, () => undefined, { timeoutMs: null }),
          nowMs,
          failpoint: () => {},
          nextEventId: () => createAuditEventId(randomBytes, nowMs),
        };
        await completeRestore(tx, COPY_CONTEXT, { vouched: true, details: { [COPIED_FROM]: copiedFrom } });
        await commit(session);
      },
    });
  });
}

async function useStore<T>(connectionString: string, work: (session: Session) => Promise<T>): Promise<T> {
  const connections = createConnections(toClientConfig(connectionString), 1);
  try {
    await migrate(connections, () => {});
    return await useTransaction(connections, work);
  } catch (error) {
    throw toOpenError(error);
  } finally {
    await connections.close();
  }
}

function createSource(session: Session): CopySource {
  return {
    columns: async (table) => (await readColumns(session, table)).map(({ name }) => name).toSorted(),
    async *read({ name, order }, columns) {
      const cursor = `DECLARE copied NO SCROLL CURSOR FOR SELECT ${quote(columns)} FROM ${quote([name])} ORDER BY ${quote(order)}`;
      await session.query({ text: cursor, timeoutMs: null });
      for (;;) {
        const { rows } = await session.query({ text: `FETCH ${ROWS_PER_PAGE} FROM copied`, timeoutMs: null });
        if (rows.length === 0) break;
        yield rows.map((row: Readonly<Record<string, Value>>) =>
          columns.map((column) => row[column] ?? null),
        );
      }
      await session.query({ text: 'CLOSE copied' });
    },
    readHead: async () => (await session.query({ text: 'SELECT seq FROM head' })).rows[0].seq,
    async hasEvent(id) {
      const { rowCount } = await session.query({
        text: 'SELECT FROM audit_event WHERE id = $1',
        values: [id],
      });
      return rowCount === 1;
    },
  };
}

async function readColumns(
  session: Session,
  { name }: CopiedTable,
): Promise<readonly { readonly name: string; readonly type: string }[]> {
  const { rows } = await session.query({
    text: `SELECT attname::text AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
      WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
    values: [quote([name])],
  });
  return rows;
}

/** One statement with a list for each column takes thousands of rows as fast as the server can write them. */
async function insert(
  session: Session,
  table: CopiedTable,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const types = new Map((await readColumns(session, table)).map(({ name, type }) => [name, type]));
  const lists = columns.map((column, i) => `$${i + 1}::${types.get(column)}[]`).join(', ');
  await session.query({
    text: `INSERT INTO ${quote([table.name])} (${quote(columns)}) SELECT * FROM unnest(${lists})`,
    values: columns.map((_, i) => rows.map((row) => row[i])),
    timeoutMs: null,
  });
}

async function restartPositions(session: Session, table: string): Promise<void> {
  await session.query({
    text: `SELECT setval(pg_get_serial_sequence('${table}', 'position'), coalesce(max(position), 0) + 1, false) FROM ${quote([table])}`,
  });
}
