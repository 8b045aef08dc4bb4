import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock, createSeededRandom } from '@keyhold/core/testing';
import { onTestFinished } from 'vitest';
import { openSqliteStore, type SqliteStoreOptions } from '../src/sqlite/sqlite-store.ts';

/** A path for a database in a directory of its own, gone when the test ends. */
export async function temporaryFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'keyhold-store-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return join(directory, 'keyhold.db');
}

/** Opens a file that may be there already; closed when the test ends. */
export async function openFile(
  file: string,
  seed = 3,
  failpoints: Pick<SqliteStoreOptions, 'onFailpoint'> = {},
) {
  const clock = createManualClock();
  const randomBytes = createSeededRandom(seed);
  const store = await openSqliteStore({ file, clock, randomBytes, ...failpoints });
  onTestFinished(() => store.close());
  return { store, clock };
}
