import { closeSync, openSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { KeyholdError, OPERATOR_KEYSPACE } from '@keyhold/core';
import { openReader } from './database.ts';
import { corruptStore, isDamage, toOpenError } from './errors.ts';
import { syncDirectoryOf, syncFile } from './files.ts';
import { readVersion } from './migrate.ts';

/** What a copy of a store holds. */
export interface CopySummary {
  /** Of its newest change. */
  readonly seq: number;
  /** When the newest thing in its audit log happened; null for a store that was never configured. */
  readonly lastEventAtMs: number | null;
  /** Customers' keys, revoked ones included. */
  readonly keyCount: number;
}

/**
 * Copies a store, which may be in use, to a file that is not there yet (mode 0600): one consistent moment, whatever is
 * written meanwhile, and every page of it read. When the call returns the copy is on the disk; before that there is
 * nothing under its name that could be taken for one, only an empty file.
 *
 * @throws {KeyholdError} `settings_invalid` when `target` is there, `store_corrupt`, `store_full`, `store_not_writable`,
 *   `store_unavailable`.
 */
export function backUpSqliteStore(options: { readonly file: string; readonly target: string }): CopySummary {
  const { file, target } = options;
  reserve(target);
  const draft = `${target}.part`;
  try {
    copyDatabase(file, draft);
    const summary = summarise(draft);
    renameSync(draft, target);
    syncDirectoryOf(target);
    return summary;
  } catch (error) {
    for (const made of [draft, target]) rmSync(made, { force: true });
    throw toOpenError(error, target);
  }
}

/**
 * Writes the contents of one database to a new file, packed, in one read transaction.
 *
 * @throws {KeyholdError} `store_corrupt` naming `from`; what SQLite throws for `to`.
 */
export function copyDatabase(from: string, to: string): void {
  rmSync(to, { force: true });
  closeSync(openSync(to, 'wx', 0o600));
  try {
    using reader = openReader(from);
    if (readVersion(reader, from) === 0) throw corruptStore(from, 'it is empty');
    reader.prepare('VACUUM INTO ?').run(to);
  } catch (error) {
    if (isDamage(error)) throw toOpenError(error, from);
    throw error;
  }
  syncFile(to);
}

function reserve(target: string): void {
  try {
    closeSync(openSync(target, 'wx', 0o600));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw code === 'EEXIST'
      ? new KeyholdError(
          'settings_invalid',
          `"${target}" is there already and is not overwritten; choose another name, or remove it`,
        )
      : new KeyholdError(
          'store_not_writable',
          `"${target}" cannot be made (${code}); choose a place where this user may write`,
          { cause: error },
        );
  }
}

function summarise(file: string): CopySummary {
  using database = new DatabaseSync(file, { readOnly: true });
  const row = database
    .prepare(
      `SELECT (SELECT seq FROM head) AS seq, (SELECT max(at_ms) FROM audit_event) AS at_ms,
         (SELECT count(*) FROM key WHERE keyspace <> ?) AS keys`,
    )
    .get(OPERATOR_KEYSPACE);
  const atMs = row?.['at_ms'];
  return {
    seq: Number(row?.['seq']),
    lastEventAtMs: atMs == null ? null : Number(atMs),
    keyCount: Number(row?.['keys']),
  };
}
