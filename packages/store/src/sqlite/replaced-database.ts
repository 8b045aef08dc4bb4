import { existsSync, linkSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { KeyholdError } from '@keyhold/core';
import { BUSY_TIMEOUT_MS } from './database.ts';
import { toOpenError } from './errors.ts';
import { syncDirectoryOf } from './files.ts';
import { MIGRATIONS, readVersion } from './migrate.ts';

/** Why the database that a restore replaces says nothing about the backup's keys. */
export type Silence =
  /** There is none. */
  | 'absent'
  /** It is damaged, or not a store. */
  | 'unreadable'
  /** Another version of the program wrote it. */
  | 'other_version'
  /** Its history does not contain the moment of the backup: another store, or another line of this one. */
  | 'not_a_successor';

/**
 * Says whether the database that a restore replaces can vouch for the keys of a backup: it is whole, and its history
 * contains the backup's moment. Afterwards its write-ahead log is empty, so that what it says stands in the one file.
 *
 * @param lastEventId the newest audit event of the backup: ids are random, so whoever has it has all that came before.
 * @throws {KeyholdError} `store_full`, `store_not_writable`, `store_unavailable`: it may be whole, and cannot be read now.
 */
export function findSilence(file: string, lastEventId: string | null): Silence | null {
  if (!existsSync(file)) return 'absent';
  try {
    emptyLog(file);
    using database = new DatabaseSync(file, { readOnly: true });
    if (database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'] !== 'ok') return 'unreadable';
    const version = readVersion(database, file);
    if (version !== MIGRATIONS.length) return version === 0 ? 'unreadable' : 'other_version';
    const event = database.prepare('SELECT 1 FROM audit_event WHERE id = ?').get(lastEventId);
    return event === undefined ? 'not_a_successor' : null;
  } catch (error) {
    const { code } = toOpenError(error, file);
    if (code === 'store_newer') return 'other_version';
    if (code === 'store_corrupt') return 'unreadable';
    throw error;
  }
}

/** Brings what stands in the write-ahead log into the database file. @throws {KeyholdError} `store_unavailable`. */
export function emptyLog(file: string): void {
  using database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  if (database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 0) return;
  throw new KeyholdError(
    'store_unavailable',
    `Another process has "${file}" open. End it, a backup for example, and restore again.`,
  );
}

/**
 * Gives a database a second name, under which it stays when another one takes the first. A write-ahead log that could not
 * be emptied goes with it: beside another database it would be taken for that one's.
 */
export function keepAside(file: string, aside: string): void {
  linkSync(file, aside);
  if (existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${aside}-wal`);
  rmSync(`${file}-shm`, { force: true });
  syncDirectoryOf(file);
}
