import { isDeepStrictEqual } from 'node:util';
import { type Clock, KeyholdError, type RandomBytes } from '@keyhold/core';
import type { CopySource, CopyTarget } from './ends.ts';
import { usePostgresSource, usePostgresTarget } from './postgres-ends.ts';
import { useSqliteSource, useSqliteTarget } from './sqlite-ends.ts';
import { createTableDigest, type TableDigest } from './table-digest.ts';
import { COPIED_TABLES, type CopiedTable } from './tables.ts';

/** Where a store is. */
export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly connectionString: string };

export interface CopyStoreOptions {
  readonly from: StoreLocation;
  readonly to: StoreLocation;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}

export interface CopiedStore {
  /** Of the change by which the copy begins. */
  readonly seq: number;
  /** Rows by table, each table compared row by row through a digest after it was written. */
  readonly tables: readonly { readonly name: string; readonly rowCount: number; readonly digest: string }[];
  /** Where the SQLite database is now that was in the target's place; null: none was. */
  readonly aside: string | null;
}

/**
 * Copies a whole store: keys, audit log, counts, configuration and secrets. Portal sessions end, and every reader of the
 * log of changes has to load everything. The copy appears in one step, once it has been compared with its source: after an
 * interruption the target is as it was, and the copy is made again from the start.
 *
 * Nobody may have either store open, which a PostgreSQL source says of itself and the caller has seen to for a file.
 *
 * @throws {KeyholdError} `settings_invalid` (the source is in use, or the target holds what the source never had),
 *   `store_corrupt`, `store_newer`, `store_full`, `store_not_writable`, `store_unavailable`.
 */
export async function copyStore({ from, to, ...machine }: CopyStoreOptions): Promise<CopiedStore> {
  if (isDeepStrictEqual(from, to)) {
    throw new KeyholdError(
      'settings_invalid',
      'the store would be copied onto itself; name two different ones',
    );
  }
  const useSource =
    from.kind === 'sqlite'
      ? <T>(work: (source: CopySource) => Promise<T>) => useSqliteSource(from.file, machine, work)
      : <T>(work: (source: CopySource) => Promise<T>) => usePostgresSource(from.connectionString, work);
  return await useSource(async (source) => {
    const copy = (target: CopyTarget) => copyInto(target, source, from.kind);
    if (to.kind === 'sqlite') return await useSqliteTarget(to.file, machine, copy);
    return { ...(await usePostgresTarget(to.connectionString, machine, copy)), aside: null };
  });
}

async function copyInto(
  target: CopyTarget,
  source: CopySource,
  copiedFrom: string,
): Promise<Omit<CopiedStore, 'aside'>> {
  await requireNoOther(target, source);
  await target.clear();
  const tables: { name: string; rowCount: number; digest: string }[] = [];
  for (const table of COPIED_TABLES) {
    const columns = await source.columns(table);
    const written = createTableDigest();
    for await (const rows of source.read(table, columns)) {
      written.add(rows);
      await target.write(table, columns, rows);
    }
    const kept = createTableDigest();
    for await (const rows of target.read(table, columns)) kept.add(rows);
    requireSame(table, written, kept);
    tables.push({ name: table.name, rowCount: written.rowCount, digest: written.toHex() });
  }
  // A seq is left out: whoever followed the source finds a hole and loads everything.
  const seq = (await source.readHead()) + 1;
  await target.complete(seq, copiedFrom);
  return { seq: seq + 1, tables };
}

/** Ids of audit events are random: a source that has the target's newest has all that came before it. */
async function requireNoOther(target: CopyTarget, source: CopySource): Promise<void> {
  const last = await target.lastEvent();
  if (last === null || (await source.hasEvent(last))) return;
  throw new KeyholdError(
    'settings_invalid',
    'the target holds another store, or one that was written to since it was copied; name an empty database',
  );
}

function requireSame({ name }: CopiedTable, written: TableDigest, kept: TableDigest): void {
  if (written.rowCount === kept.rowCount && written.toHex() === kept.toHex()) return;
  throw new KeyholdError(
    'store_corrupt',
    `The table "${name}" did not arrive as it was sent (${written.rowCount} rows sent, ${kept.rowCount} kept). Nothing was kept; copy again.`,
  );
}
