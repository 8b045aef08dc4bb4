import { existsSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Remembers beside an embedded database that its owner let other processes answer. Nothing else can tell the next owner,
 * if this one is killed, that some of them may be answering still.
 *
 * No need to sync it: where the machine goes down, so do they.
 */
export interface GrantRecord {
  /** An earlier owner let others answer and did not see them end. */
  readonly mayBeOut: boolean;
  /** Call before the first is let answer. @throws when the file cannot be written. */
  note(): void;
  /** Every one has ended. */
  clear(): void;
}

/** Call under the database's lock. */
export function openGrantRecord(databaseFile: string): GrantRecord {
  const file = `${databaseFile}.grants`;
  return {
    mayBeOut: existsSync(file),
    note: () => writeFileSync(file, '', { mode: 0o600 }),
    clear: () => rmSync(file, { force: true }),
  };
}
