import { existsSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, OPERATOR_KEYSPACE, type RandomBytes } from '@keyhold/core';
import type { Failpoint } from '../failpoint.ts';
import type { Quarantine } from '../records.ts';
import { copyDatabase } from './backup.ts';
import { carryOver, countLostKeys } from './carry-over.ts';
import { openDatabase, restoringFile } from './database.ts';
import { toOpenError } from './errors.ts';
import { syncDirectoryOf, syncFile } from './files.ts';
import { emptyLog, findSilence, keepAside, type Silence } from './replaced-database.ts';
import { openSqliteStore } from './sqlite-store.ts';

export interface RestoreOptions {
  /** A file that {@link backUpSqliteStore} wrote, or any other whole copy of a store. */
  readonly backup: string;
  /** The database that it takes the place of; it need not be there. */
  readonly file: string;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** Quarantine everything, whatever the replaced database could vouch for. */
  readonly quarantine: boolean;
  /** For tests; see {@link SqliteStoreOptions}. */
  readonly onFailpoint?: (name: Failpoint) => void;
}

export interface Restored {
  /** Where the database is now that was replaced; null: there was none. */
  readonly aside: string | null;
  /** Why everything is in quarantine; null: the replaced database vouched for what is not. */
  readonly silence: Silence | 'asked' | null;
  /** Customers' keys issued after the backup: they are gone. Null when it is not known. */
  readonly lostKeyCount: number | null;
  readonly quarantine: Quarantine;
}

/** For each of the two databases, while every key of the one is looked for in the other. */
const CACHE_KIB = 256 * 1024;

const CONTEXT = {
  actor: { kind: 'system', name: 'database restore' },
  requestId: null,
  sourceAddress: null,
} as const;

/**
 * Puts a backup in the place of a database without bringing back what was denied since.
 *
 * Where the replaced database can be read and continues the backup's history, the result accepts what both accept and
 * nothing else. Otherwise every key and operator token is quarantined. The result is made beside the database and takes
 * its place in one step, so an interrupted restore leaves the database as it was; it is then refused until the restore is
 * repeated. The caller holds the lock on the database.
 *
 * @throws {KeyholdError} `store_corrupt` and `store_newer` for the backup, `store_full`, `store_not_writable`,
 *   `store_unavailable`.
 */
export async function restoreSqliteStore(options: RestoreOptions): Promise<Restored> {
  const { backup, clock, onFailpoint: failpoint = () => {} } = options;
  const file = existsSync(options.file) ? realpathSync(options.file) : options.file;
  const restoring = restoringFile(file);
  const stamp = new Date(clock.nowMs()).toISOString().replaceAll(/[-:.]/g, '');
  const aside = existsSync(file) ? `${file}.replaced-${stamp}` : null;
  let restored: Omit<Restored, 'aside'>;
  try {
    removeDatabase(restoring);
    copyDatabase(backup, restoring);
    failpoint('swap.after_copy');
    restored = await makeSafe(file, restoring, options);
    failpoint('swap.after_complete');
    syncFile(restoring);
    if (aside !== null) keepAside(file, aside);
  } catch (error) {
    removeDatabase(restoring);
    throw toOpenError(error, restoring);
  }
  failpoint('swap.after_aside');
  renameSync(restoring, file);
  syncDirectoryOf(file);
  failpoint('swap.after_rename');
  return { aside, ...restored };
}

/** Brings the copy to this program's schema, and denies in it what was denied in the database it is to replace. */
async function makeSafe(
  file: string,
  restoring: string,
  { clock, randomBytes, quarantine, onFailpoint }: RestoreOptions,
): Promise<Omit<Restored, 'aside'>> {
  // Asked even when the answer does not count: it leaves the file whole, without a log beside it.
  const found = findSilence(file, migrateCopy(restoring, clock.nowMs()));
  const silence = quarantine ? 'asked' : found;
  const lostKeyCount = silence === null ? carryOverFrom(file, restoring, clock.nowMs()) : null;
  onFailpoint?.('swap.after_carry_over');

  const opened = { file: restoring, clock, randomBytes, ...(onFailpoint && { onFailpoint }) };
  const store = await openSqliteStore(opened);
  try {
    const details = { replaced: silence ?? 'carried over' };
    await store.completeRestore(CONTEXT, { vouched: silence === null, details });
    return { silence, lostKeyCount, quarantine: await store.readQuarantine() };
  } finally {
    await store.close();
    emptyLog(restoring);
  }
}

/** @returns the id of the copy's newest audit event; null: it has none. */
function migrateCopy(restoring: string, nowMs: number): string | null {
  using database = openDatabase({ file: restoring, nowMs, failpoint: () => {} });
  const row = database.prepare('SELECT id FROM audit_event ORDER BY position DESC LIMIT 1').get();
  return row === undefined ? null : String(row['id']);
}

function carryOverFrom(file: string, restoring: string, nowMs: number): number {
  using database = new DatabaseSync(restoring);
  database.prepare('ATTACH DATABASE ? AS replaced').run(file);
  database.exec(`PRAGMA main.cache_size = ${-CACHE_KIB}; PRAGMA replaced.cache_size = ${-CACHE_KIB}`);
  database.exec('BEGIN IMMEDIATE');
  carryOver(database, nowMs);
  database.exec('COMMIT');
  return countLostKeys(database, OPERATOR_KEYSPACE);
}

/** Its log with it: beside the next file of that name it would be taken for that one's. */
function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
}
