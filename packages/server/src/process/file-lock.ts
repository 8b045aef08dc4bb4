import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { KeyholdError } from '@keyhold/core';

export interface FileLock {
  /** Lets go. The end of the process, however it comes, does so too. */
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Takes an exclusive lock on `file`, which it makes. Node has no file locks, SQLite does: an open exclusive transaction
 * on a database that stays empty. The kernel drops it with the process, kill -9 included.
 *
 * Open `file` in no other way while the lock is held: POSIX drops a process's locks when any of its handles closes.
 *
 * @returns null when another process, or another part of this one, holds it.
 * @throws {KeyholdError} `store_not_writable`.
 */
export function acquireFileLock(file: string): FileLock | null {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    chmodSync(file, 0o600);
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return null;
    const message = error instanceof Error ? error.message : 'unknown';
    throw new KeyholdError(
      'store_not_writable',
      `the lock file ${file} cannot be used (${message}); make its directory writable`,
      { cause: error },
    );
  }
  const held = database;
  return {
    release() {
      if (held.isOpen) held.close();
    },
  };
}
