/**
 * How long backing up and restoring takes, next to what the disk allows: a plain copy of the same file with an fsync.
 *
 *     node bench/backup-and-restore.ts [KEYS]      default 1000000
 */

import { closeSync, copyFileSync, fsyncSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSeededRandom } from '@keyhold/core/testing';
import { createSystemClock } from '@keyhold/server';
import { backUpSqliteStore, openSqliteStore, restoreSqliteStore, type Store } from '@keyhold/store';
import { fillSqliteStore, SYSTEM } from './parts/filled-store.ts';

const KEY_COUNT = Number(process.argv[2] ?? 1_000_000);
const RELEASED = 10_000;
const BATCH_SIZE = 200;

const clock = createSystemClock();
const randomBytes = createSeededRandom(1);
const directory = mkdtempSync(join(tmpdir(), 'keyhold-bench-'));
const file = join(directory, 'keyhold.db');
const backup = join(directory, 'backup.db');

try {
  await fillSqliteStore({ file, keyCount: KEY_COUNT, clock, randomBytes });
  report('the database', `${(statSync(file).size / 2 ** 20).toFixed(0)} MiB, ${KEY_COUNT} keys`);
  await time('plain copy and fsync (the limit)', () => copyDurably(file, join(directory, 'copy.db')));
  await time('backup', () => backUpSqliteStore({ file, target: backup }));
  const restore = (quarantine: boolean) =>
    restoreSqliteStore({ file, backup, clock, randomBytes, quarantine });
  await time('restore, the replaced database vouches', () => restore(false));
  await time('restore into quarantine', () => restore(true));
  const store = await openSqliteStore({ file, clock, randomBytes });
  await time(`release of ${RELEASED} keys`, () => release(store));
  await store.close();
} finally {
  rmSync(directory, { recursive: true });
}

async function release(store: Store): Promise<void> {
  for (let released = 0; released < RELEASED; released += BATCH_SIZE) {
    await store.releaseKeys(SYSTEM, { keyspace: 'default', organization: null }, BATCH_SIZE);
  }
}

function copyDurably(from: string, to: string): void {
  copyFileSync(from, to);
  const handle = openSync(to, 'r');
  fsyncSync(handle);
  closeSync(handle);
}

async function time(what: string, run: () => unknown): Promise<void> {
  const startMs = performance.now();
  await run();
  report(what, `${((performance.now() - startMs) / 1_000).toFixed(2)} s`);
}

function report(what: string, figure: string): void {
  console.log(`${what.padEnd(42)}${figure}`);
}
