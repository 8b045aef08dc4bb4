import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, KeyholdError, type RandomBytes } from '@keyhold/core';
import {
  type CopiedStore,
  copyStore,
  openPostgresStore,
  openSqliteStore,
  quarantineStore,
} from '@keyhold/store';
import type { DatabaseSetting, Settings } from '../settings/settings.ts';
import { openDataDirectory } from './data-directory.ts';

interface Machine {
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

/**
 * Copies a whole store from one database to another. A file is taken for as long as that lasts, so that no server runs on
 * it.
 *
 * @throws {KeyholdError} `settings_invalid` for two files, `data_directory_locked` while a server runs on one, and what
 *   copying throws.
 */
export async function copyDatabase(
  { from, to }: { readonly from: DatabaseSetting; readonly to: DatabaseSetting },
  machine: Machine,
): Promise<CopiedStore> {
  if (from.kind === 'sqlite' && to.kind === 'sqlite') {
    throw new KeyholdError(
      'settings_invalid',
      'both databases are files; "keyhold database backup" and "restore" are for those',
    );
  }
  if (from.kind === 'sqlite' && !existsSync(from.file)) {
    throw new KeyholdError('settings_invalid', `--from: there is no database at ${from.file}`);
  }
  const taken = [from, to].map(takeFile);
  try {
    return await copyStore({ from, to, ...machine });
  } finally {
    for (const release of taken) release();
  }
}

/** Brings the schema up to date, as the next start would. @returns what a person should know; null: nothing. */
export async function migrateDatabase(
  settings: Pick<Settings, 'dataDirectory' | 'database'>,
  machine: Machine,
): Promise<string | null> {
  return await withDatabase(settings, async () => {
    const { database } = settings;
    if (database.kind === 'sqlite') {
      await (await openSqliteStore({ file: database.file, ...machine })).close();
      return null;
    }
    let notice: string | null = null;
    const { connectionString } = database;
    const store = await openPostgresStore({
      connectionString,
      randomBytes: machine.randomBytes,
      onNotice(message) {
        notice = message;
      },
    });
    await store.close();
    return notice;
  });
}

/**
 * Denies everything in a database that its own tools have restored, until it is released.
 *
 * @throws {KeyholdError} `settings_invalid` while nodes are connected, `data_directory_locked` while a server runs.
 */
export async function quarantineDatabase(
  settings: Pick<Settings, 'dataDirectory' | 'database'>,
  machine: Machine,
): Promise<void> {
  await withDatabase(settings, () => quarantineStore({ location: settings.database, ...machine }));
}

/** Runs `work` while this process has the data directory, and the database where that is a file. */
async function withDatabase<T>(
  { dataDirectory, database }: Pick<Settings, 'dataDirectory' | 'database'>,
  work: () => Promise<T>,
): Promise<T> {
  const directory = openDataDirectory(dataDirectory, database.kind === 'sqlite' ? database.file : null);
  try {
    directory.describeOwner({ pid: process.pid, url: null });
    return await work();
  } finally {
    directory.release();
  }
}

/** Takes a database that is a file. @returns what lets go of it. */
function takeFile(database: DatabaseSetting): () => void {
  if (database.kind === 'postgres') return () => {};
  const directory = openDataDirectory(dirname(database.file), database.file);
  return () => directory.release();
}
