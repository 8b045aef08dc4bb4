import { existsSync } from 'node:fs';
import type { Clock, RandomBytes } from '@keyhold/core';
import { KeyholdError } from '@keyhold/core';
import { backUpSqliteStore, type CopySummary, type Restored, restoreSqliteStore } from '@keyhold/store';
import type { Settings } from '../settings/settings.ts';
import { openDataDirectory } from './data-directory.ts';

type Place = Pick<Settings, 'dataDirectory' | 'database'>;

/**
 * Copies the database to a new file, whether or not a server runs on it: over a connection of its own, so that no write
 * waits for it.
 *
 * @throws {KeyholdError} `settings_invalid` when there is no database, or `target` is there; what copying it throws.
 */
export function backUpDatabase({ database }: Place, target: string): CopySummary {
  const databaseFile = requireFile(database);
  if (!existsSync(databaseFile)) {
    throw new KeyholdError(
      'settings_invalid',
      `there is no database at ${databaseFile}; name the server's own --data`,
    );
  }
  return backUpSqliteStore({ file: databaseFile, target });
}

/**
 * Puts a backup in the place of the database, under the lock that a server holds.
 *
 * @throws {KeyholdError} `settings_invalid` when there is no such backup, `data_directory_locked` while a server runs, and
 *   what restoring throws.
 */
export async function restoreDatabase(
  { dataDirectory, database }: Place,
  options: {
    readonly backup: string;
    readonly quarantine: boolean;
    readonly clock: Clock;
    readonly randomBytes: RandomBytes;
  },
): Promise<{ readonly databaseFile: string; readonly restored: Restored }> {
  if (!existsSync(options.backup)) {
    throw new KeyholdError('settings_invalid', `there is no backup at ${options.backup}; check its name`);
  }
  const databaseFile = requireFile(database);
  const directory = openDataDirectory(dataDirectory, databaseFile);
  try {
    directory.describeOwner({ pid: process.pid, url: null });
    return { databaseFile, restored: await restoreSqliteStore({ ...options, file: databaseFile }) };
  } finally {
    directory.release();
  }
}

/** @throws {KeyholdError} `settings_invalid` for a database that is no file. */
function requireFile(database: Settings['database']): string {
  if (database.kind === 'sqlite') return database.file;
  throw new KeyholdError(
    'settings_invalid',
    'this command is for the embedded database; PostgreSQL has its own tools, see docs/operations/postgresql.md',
  );
}
