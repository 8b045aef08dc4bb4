import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { KeyholdError } from '@keyhold/core';
import { z } from 'zod';
import { acquireFileLock, type FileLock } from './file-lock.ts';
import { systemErrorCode } from './system-error.ts';

/** The files of a data directory besides the database. */
export function dataDirectoryFiles(directory: string) {
  return {
    lock: join(directory, 'keyhold.lock'),
    /** Who holds the lock; only for messages and for finding the socket. The lock alone decides. */
    owner: join(directory, 'server.json'),
    controlSocket: join(directory, 'control.sock'),
  };
}

const ownerSchema = z.object({
  pid: z.int(),
  /** Null while it starts, and for a command that has the directory for a moment. */
  url: z.string().nullable(),
});

/** The process that has a data directory, as others are told about it. */
export type DirectoryOwner = Readonly<z.output<typeof ownerSchema>>;

/** A data directory that this process has for itself. */
export interface DataDirectory {
  readonly path: string;
  describeOwner(owner: DirectoryOwner): void;
  /** Lets go, last of all: what is in the directory is no longer this process's. */
  release(): void;
}

/**
 * Makes the data directory if need be (mode 0700) and takes it, and with it the database, which may lie elsewhere.
 *
 * @param databaseFile null: the database is not a file of this machine's.
 * @throws {KeyholdError} `data_directory_locked` when another process has one of them, `store_not_writable`.
 */
export function openDataDirectory(directory: string, databaseFile: string | null): DataDirectory {
  makeDirectory(directory);
  if (databaseFile !== null) makeDirectory(dirname(databaseFile));
  const files = dataDirectoryFiles(directory);
  const locks: FileLock[] = [];
  const take = (file: string, what: string) => {
    const lock = acquireFileLock(file);
    if (lock !== null) {
      locks.push(lock);
      return;
    }
    for (const held of locks) held.release();
    throw new KeyholdError(
      'data_directory_locked',
      `${what} is in use${describe(readOwner(directory))}; stop that server first, or choose another --data`,
    );
  };
  take(files.lock, `the data directory ${directory}`);
  // Whoever opens a database takes this one, under whatever path and from whichever data directory it is reached.
  if (databaseFile !== null) take(`${realDatabasePath(databaseFile)}.lock`, `the database ${databaseFile}`);
  return {
    path: directory,
    describeOwner(owner) {
      const draft = `${files.owner}.new`;
      writeFileSync(draft, `${JSON.stringify(owner)}\n`, { mode: 0o600 });
      renameSync(draft, files.owner);
    },
    release() {
      rmSync(files.owner, { force: true });
      for (const lock of locks) lock.release();
    },
  };
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new KeyholdError(
      'store_not_writable',
      `the directory ${directory} cannot be made (${systemErrorCode(error)}); choose another --data`,
      { cause: error },
    );
  }
}

function realDatabasePath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    // Not there yet: its directory is.
    return join(realpathSync(dirname(file)), basename(file));
  }
}

function readOwner(directory: string): DirectoryOwner | null {
  try {
    return ownerSchema.parse(JSON.parse(readFileSync(dataDirectoryFiles(directory).owner, 'utf8')));
  } catch {
    // The owner has not written it yet, or it is of no use: the message then names nobody.
    return null;
  }
}

function describe(owner: DirectoryOwner | null): string {
  if (owner === null) return ' by another process';
  return ` by process ${owner.pid}${owner.url === null ? '' : ` at ${owner.url}`}`;
}
