import { existsSync, realpathSync, renameSync, rmSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { type Clock, KeyholdError, type RandomBytes } from '@keyhold/core';
import { openDatabase, openReader } from '../sqlite/database.ts';
import { toOpenError } from '../sqlite/errors.ts';
import { syncDirectoryOf, syncFile } from '../sqlite/files.ts';
import { emptyLog, keepAside } from '../sqlite/replaced-database.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import { COPIED_FROM, COPY_CONTEXT, type CopySource, type CopyTarget, SELECT_LAST_EVENT } from './ends.ts';
import { COPIED_TABLES, type CopiedTable, quote, ROWS_PER_PAGE, type Row, type Value } from './tables.ts';

interface Machine {
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

/** Runs `work` on a store as of one moment. @throws {KeyholdError} `settings_invalid` when there is none. */
export async function useSqliteSource<T>(
  file: string,
  { clock }: Machine,
  work: (source: CopySource) => Promise<T>,
): Promise<T> {
  if (!existsSync(file)) throw new KeyholdError('settings_invalid', `there is no database at ${file}`);
  openDatabase({ file, nowMs: clock.nowMs(), failpoint: () => {} }).close();
  using reader = openReader(file);
  reader.exec('BEGIN');
  return await work(createSource(reader));
}

/**
 * Runs `work` on a new database beside `file`, which takes its place when `complete` has returned. What was there is kept
 * under another name.
 */
export async function useSqliteTarget<T>(
  file: string,
  machine: Machine,
  work: (target: CopyTarget) => Promise<T>,
): Promise<T & { readonly aside: string | null }> {
  const place = existsSync(file) ? realpathSync(file) : file;
  const copying = `${place}.copying`;
  const stamp = new Date(machine.clock.nowMs()).toISOString().replaceAll(/[-:.]/g, '');
  const aside = existsSync(place) ? `${place}.replaced-${stamp}` : null;
  try {
    removeDatabase(copying);
    const result = await fill(copying, place, machine, work);
    syncFile(copying);
    if (aside !== null) {
      emptyLog(place);
      keepAside(place, aside);
    }
    renameSync(copying, place);
    syncDirectoryOf(place);
    return { ...result, aside };
  } catch (error) {
    removeDatabase(copying);
    throw toOpenError(error, copying);
  }
}

async function fill<T>(
  copying: string,
  place: string,
  { clock, randomBytes }: Machine,
  work: (target: CopyTarget) => Promise<T>,
): Promise<T> {
  using database = openDatabase({ file: copying, nowMs: clock.nowMs(), failpoint: () => {} });
  database.exec('BEGIN IMMEDIATE');
  return await work({
    ...createSource(database),
    async lastEvent() {
      if (!existsSync(place)) return null;
      openDatabase({ file: place, nowMs: clock.nowMs(), failpoint: () => {} }).close();
      using replaced = openReader(place);
      const id = replaced.prepare(SELECT_LAST_EVENT).get()?.['id'];
      return id === undefined ? null : String(id);
    },
    async clear() {
      // What a new database begins with is copied too.
      for (const { name } of COPIED_TABLES.toReversed()) database.exec(`DELETE FROM ${quote([name])}`);
    },
    async write({ name }, columns, rows) {
      const values = columns.map(() => '?').join(', ');
      const insert = database.prepare(`INSERT INTO ${quote([name])} (${quote(columns)}) VALUES (${values})`);
      for (const row of rows) insert.run(...(row satisfies readonly SQLInputValue[]));
    },
    async complete(seq, copiedFrom) {
      database.prepare('UPDATE head SET seq = ?').run(seq);
      database.exec('COMMIT');
      const store = await openSqliteStore({ file: copying, clock, randomBytes });
      try {
        await store.completeRestore(COPY_CONTEXT, { vouched: true, details: { [COPIED_FROM]: copiedFrom } });
      } finally {
        await store.close();
      }
      emptyLog(copying);
    },
  });
}

function createSource(database: DatabaseSync): CopySource {
  return {
    columns: async (table) => readColumns(database, table),
    async *read({ name, order }, columns) {
      const select = database.prepare(
        `SELECT ${quote(columns)} FROM ${quote([name])} ORDER BY ${quote(order)}`,
      );
      let page: Row[] = [];
      for (const row of select.iterate()) {
        page.push(columns.map((column) => toValue(row[column])));
        if (page.length < ROWS_PER_PAGE) continue;
        yield page;
        page = [];
      }
      if (page.length > 0) yield page;
    },
    readHead: async () => Number(database.prepare('SELECT seq FROM head').get()?.['seq']),
    hasEvent: async (id) => database.prepare('SELECT 1 FROM audit_event WHERE id = ?').get(id) !== undefined,
  };
}

function readColumns(database: DatabaseSync, { name }: CopiedTable): readonly string[] {
  const rows = database.prepare('SELECT name FROM pragma_table_info(?)').all(name);
  return rows.map((row) => String(row['name'])).toSorted();
}

function toValue(value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`A column holds a ${typeof value}.`);
}

/** Its log with it: beside the next file of that name it would be taken for that one's. */
function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
}
