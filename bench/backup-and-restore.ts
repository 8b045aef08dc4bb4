/**
 * How long backing up and restoring takes, next to what the disk allows: a plain copy of the same file with an fsync.
 *
 *     node bench/backup-and-restore.ts [KEYS]      default 1000000
 */

import { closeSync, copyFileSync, fsyncSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, defaultKeyspaceDefinition } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { backUpSqliteStore, openSqliteStore, restoreSqliteStore, type Store } from '@keyhold/store';

const KEY_COUNT = Number(process.argv[2] ?? 1_000_000);
const RELEASED = 10_000;
const BATCH_SIZE = 200;
const SYSTEM = { actor: { kind: 'system', name: 'bench' }, requestId: null, sourceAddress: null } as const;

const clock: Clock = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
const randomBytes = createSeededRandom(1);
const directory = mkdtempSync(join(tmpdir(), 'keyhold-bench-'));
const file = join(directory, 'keyhold.db');
const backup = join(directory, 'backup.db');

try {
  await fillStore();
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

async function fillStore(): Promise<void> {
  const store = await openSqliteStore({ file, clock, randomBytes });
  const configuration = { keyspaces: [defaultKeyspaceDefinition()] };
  await store.applyConfiguration(SYSTEM, configuration, { acceptOlder: false });
  const organization = { id: 'acme', name: 'Acme', features: [], tags: [], suspended: false };
  await store.createOrganization(SYSTEM, organization, null);
  await store.close();
  using database = new DatabaseSync(file);
  database.exec(`
    BEGIN;
    WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < ${KEY_COUNT})
    INSERT INTO key (id, keyspace, number, organization, name, environment, scopes, masked_key, allowed_cidrs, metadata,
        generation, created_at_ms, created_by, seq)
      SELECT 'key_' || lower(hex(randomblob(13))), 'default', n, 'acme', 'Production server', 'live', '[]', 'kh_live_****abcd',
        '[]', '{}', 1, 0, 'op_bench', 2 FROM count;
    INSERT INTO secret (key_position, generation, lookup, pepper_version)
      SELECT position, 1, randomblob(32), 0 FROM key;
    INSERT INTO audit_event (id, at_ms, action, actor_kind, actor_id, subject_kind, subject_id, keyspace, organization, details)
      SELECT 'evt_' || lower(hex(randomblob(13))), 0, 'key.issue', 'operator', 'op_bench', 'key', id, 'default', 'acme', '{}'
      FROM key;
    UPDATE keyspace SET last_number = ${KEY_COUNT} WHERE id = 'default';
    COMMIT`);
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
