import type { DatabaseSync } from 'node:sqlite';
import { KeyholdError } from '@keyhold/core';
import type { Failpoint } from '../failpoint.ts';
import { corruptStore } from './errors.ts';
import { initialSchema } from './migrations/0001-initial.ts';
import { quarantine } from './migrations/0002-quarantine.ts';
import { customerPages } from './migrations/0003-customer-pages.ts';
import { claimLinks } from './migrations/0004-claim-links.ts';
import { people } from './migrations/0005-people.ts';
import { consoleData } from './migrations/0006-console-data.ts';
import { linksTriedAgain } from './migrations/0007-links-tried-again.ts';

/** Forward only, and never edited once released: number n is at index n − 1. */
export const MIGRATIONS: readonly string[] = [
  initialSchema,
  quarantine,
  customerPages,
  claimLinks,
  people,
  consoleData,
  linksTriedAgain,
];

/**
 * Brings the schema up to this program's. Each migration is one transaction that holds the write lock from its first
 * statement, so that an interrupted one leaves nothing and two processes do not run the same one.
 *
 * @throws {KeyholdError} `store_newer`, `store_corrupt` (a database of something else).
 */
export function migrate(
  database: DatabaseSync,
  options: { readonly file: string; readonly nowMs: number; readonly failpoint: (name: Failpoint) => void },
): void {
  while (readVersion(database, options.file) < MIGRATIONS.length) {
    database.exec('BEGIN IMMEDIATE');
    try {
      options.failpoint('migrate.after_begin');
      // Read again under the lock: an other process may have been faster.
      const version = readVersion(database, options.file);
      const migration = MIGRATIONS[version];
      if (migration !== undefined) {
        database.exec(migration);
        options.failpoint('migrate.after_schema');
        recordVersion(database, version + 1, options.nowMs);
      }
      options.failpoint('migrate.before_commit');
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
    options.failpoint('migrate.after_commit');
  }
}

/** The number of migrations it has had; 0 for an empty database. @throws {KeyholdError} `store_newer`, `store_corrupt`. */
export function readVersion(database: DatabaseSync, file: string): number {
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
  if (tables.length === 0) return 0;
  if (!tables.some((table) => table['name'] === 'migration')) {
    throw corruptStore(file, 'it holds the tables of something else');
  }
  const version = Number(database.prepare('SELECT max(number) AS number FROM migration').get()?.['number']);
  if (version > MIGRATIONS.length) {
    throw new KeyholdError(
      'store_newer',
      `The store "${file}" was written by a newer program (schema ${version}; this one knows ${MIGRATIONS.length}). Start the newer program, or restore a backup from before the update.`,
    );
  }
  return version;
}

function recordVersion(database: DatabaseSync, number: number, nowMs: number): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS migration (
      number        INTEGER PRIMARY KEY,  -- 1, 2, …
      applied_at_ms INTEGER NOT NULL      -- ms since the epoch
    ) STRICT
  `);
  database.prepare('INSERT INTO migration (number, applied_at_ms) VALUES (?, ?)').run(number, nowMs);
}
