import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { KeyholdError } from '@keyhold/core';
import type { Failpoint } from '../failpoint.ts';
import { corruptStore, toOpenError } from './errors.ts';
import { migrate } from './migrate.ts';

/** How long a statement waits for another process's lock (a command-line tool's) before it fails. */
export const BUSY_TIMEOUT_MS = 2_000;

/**
 * A file up to this size is checked from end to end when it is opened: 414 MB took 0.7 s (2026-11, two
 * cores), and a start has five. In a larger one damage shows when the snapshot is read, which is every page of what verification needs.
 */
const MAX_CHECKED_BYTES = 256 * 1024 * 1024;

/** What the write-ahead log may keep of the disk once its contents are in the database. */
const MAX_IDLE_LOG_BYTES = 64 * 1024 * 1024;

export interface OpenDatabaseOptions {
  readonly file: string;
  readonly nowMs: number;
  readonly failpoint: (name: Failpoint) => void;
}

/**
 * Opens the file, makes it if there is none, and brings its schema up to date.
 *
 * @throws {KeyholdError} `store_newer`, `store_corrupt`, `store_not_writable`, `store_full`, `store_unavailable`.
 */
export function openDatabase(options: OpenDatabaseOptions): DatabaseSync {
  refuseUnfinishedRestore(options.file);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(options.file, {
      timeout: BUSY_TIMEOUT_MS,
      enableForeignKeyConstraints: true,
      enableDoubleQuotedStringLiterals: false,
    });
    // A commit is on the disk when it returns: with NORMAL, a revoked key could come back after a power cut.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    // The log file grows while a snapshot is read; afterwards the disk gets the room back.
    database.exec(`PRAGMA journal_size_limit = ${MAX_IDLE_LOG_BYTES}`);
    if (statSync(options.file).size <= MAX_CHECKED_BYTES) requireSound(database, options.file);
    migrate(database, options);
    return database;
  } catch (error) {
    database?.close();
    throw toOpenError(error, options.file);
  }
}

/** Where a restore makes the database that is to take the place of `file`. */
export function restoringFile(file: string): string {
  return `${file}.restoring`;
}

/** A second, read-only connection, for a snapshot that stays as it is while the first one writes on. */
export function openReader(file: string): DatabaseSync {
  return new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
}

/** A restore removes its file when it fails, so one that is there was interrupted: killed, or the power went. */
function refuseUnfinishedRestore(file: string): void {
  const restoring = restoringFile(file);
  if (!existsSync(restoring)) return;
  throw new KeyholdError(
    'store_unavailable',
    `A restore of the store "${file}" was interrupted. Repeat it with "keyhold database restore BACKUP", or remove "${restoring}" to go on with the store as it is.`,
  );
}

function requireSound(database: DatabaseSync, file: string): void {
  const finding = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  // Its first line only says in which database.
  if (finding !== 'ok') throw corruptStore(file, String(finding).split('\n').at(-1) ?? '');
}
