import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { KeyId } from '@keyhold/core';
import { createManualClock, createSeededRandom } from '@keyhold/core/testing';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { FAILPOINTS, type Failpoint } from '../src/failpoint.ts';
import { backUpSqliteStore } from '../src/sqlite/backup.ts';
import { initialSchema } from '../src/sqlite/migrations/0001-initial.ts';
import { restoreSqliteStore } from '../src/sqlite/restore.ts';
import { openSqliteStore } from '../src/sqlite/sqlite-store.ts';
import { findUnsound } from './_soundness.ts';
import { openFile, temporaryFile } from './_sqlite.ts';
import { type EmptyStore, fillWorld, LEADS, refusalOf, SYSTEM } from './_util.ts';
import { FIRST_OPERATOR, familyOf, SCENARIOS } from './contract/scenarios.ts';

const compileCache = mkdtempSync(join(tmpdir(), 'keyhold-crash-'));
afterAll(() => rmSync(compileCache, { recursive: true }));

/** Failpoints at which a process was killed; held against the closed list at the end. */
const killedAt = new Set<Failpoint>();

test('what was answered before a kill -9 at any moment is there after it, and nothing is half-written', async () => {
  const file = await temporaryFile();
  const child = startChild('_child.ts', [file]);
  const answered: { readonly id: KeyId; readonly seq: number }[] = [];
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout! })) {
    answered.push(JSON.parse(line));
    if (answered.length === 40) child.kill('SIGKILL');
  }
  expect((await exited)[1]).toBe('SIGKILL');

  const { store } = await openFile(file);
  for (const { id, seq } of answered) expect((await store.getKey({ id })).seq).toBe(seq);
  await store.close();
  expect(findUnsound(file)).toEqual([]);
});

test.each(Object.keys(SCENARIOS))(
  '%s, killed at any step, leaves nothing before its commit and all of itself after it',
  async (scenario) => {
    const reference = await runThrough(async (opened) => {
      const call = await SCENARIOS[scenario]!(await fillWorld(opened));
      return async () => void (await call());
    });
    const failpoints = FAILPOINTS.filter((name) => familyOf(name) === scenario || name === 'commit.after');
    await Promise.all(failpoints.map((failpoint) => crash(scenario, failpoint, reference)));
  },
);

test('the first operator, killed at any step, is not there before the commit and whole after it', async () => {
  const reference = await runThrough(async ({ store }) => {
    await store.applyConfiguration(SYSTEM, { keyspaces: [LEADS] }, { acceptOlder: false });
    return async () => void (await store.bootstrapOperator(SYSTEM, FIRST_OPERATOR));
  });
  const failpoints = FAILPOINTS.filter((name) => familyOf(name) === 'bootstrap' || name === 'commit.after');
  await Promise.all(failpoints.map((failpoint) => crash('bootstrap', failpoint, reference)));
});

test('a migration, killed at any step, is gone through by the next start, and no row is lost', async () => {
  const [whole, upgraded] = [await temporaryFile(), await temporaryFile()];
  await (await openFile(whole)).store.close();
  fillFirstVersion(upgraded);
  await (await openFile(upgraded)).store.close();
  const failpoints = FAILPOINTS.filter((name) => familyOf(name) === 'migrate');
  // A new file passes every migration, one of the first version those after it.
  const cases = failpoints.flatMap((failpoint) => [
    { failpoint, pass: 1, fill: () => {} },
    { failpoint, pass: 2, fill: () => {} },
    { failpoint, pass: 1, fill: fillFirstVersion },
  ]);
  await Promise.all(
    cases.map(async ({ failpoint, pass, fill }) => {
      const file = await temporaryFile();
      fill(file);
      await killAt(file, 'migrate', failpoint, pass);
      const { store } = await openFile(file);
      if (fill === fillFirstVersion) expect((await store.getKey({ id: 'key_1' })).name).toBe('First');
      await store.close();
      expect(readSchema(file)).toEqual(readSchema(fill === fillFirstVersion ? upgraded : whole));
      expect(findUnsound(file)).toEqual([]);
    }),
  );
});

test('a restore, killed at any step, leaves the database as it was or the restored one, never the bare backup', async () => {
  const prepared = await temporaryFile();
  const backup = `${prepared}.backup`;
  const { store, clock } = await openFile(prepared, 5);
  const world = await fillWorld({ store, clock, randomBytes: createSeededRandom(8) });
  const { id } = await world.issue();
  backUpSqliteStore({ file: prepared, target: backup });
  await store.revokeKey(SYSTEM, { id }, { reason: null });
  await store.close();
  const before = readTables(prepared);

  const failpoints = FAILPOINTS.filter((name) => ['swap', 'restore'].includes(familyOf(name)));
  await Promise.all(
    failpoints.map(async (failpoint) => {
      const file = await temporaryFile();
      copyFileSync(prepared, file);
      copyFileSync(backup, `${file}.backup`);
      await killAt(file, 'swap', failpoint);
      if (failpoint !== 'swap.after_rename') {
        expect(await refusalOf(openFile(file)), failpoint).toBe('store_unavailable');
        expect(readTables(file), failpoint).toEqual(before);
        const later = createManualClock();
        later.advance(1);
        const randomBytes = createSeededRandom(7);
        const repeated = { file, backup, clock: later, randomBytes, quarantine: false };
        expect((await restoreSqliteStore(repeated)).silence, failpoint).toBeNull();
      }
      const opened = await openFile(file);
      expect((await opened.store.getKey({ id })).revokedAtMs, failpoint).not.toBeNull();
      await opened.store.close();
      expect(findUnsound(file), failpoint).toEqual([]);
    }),
  );
});

test('a process was killed at every failpoint there is', () => {
  expect([...killedAt].sort()).toEqual([...FAILPOINTS].sort());
});

interface Reference {
  readonly before: unknown;
  readonly after: unknown;
}

/** What the tables hold before and after a call that nothing interrupts. */
async function runThrough(prepare: (opened: EmptyStore) => Promise<() => Promise<void>>): Promise<Reference> {
  // What is read through the store takes random bytes, so the tables are read, and in runs of their own.
  async function run(carryOut: boolean): Promise<unknown> {
    const file = await temporaryFile();
    const clock = createManualClock();
    const randomBytes = createSeededRandom(7);
    const store = await openSqliteStore({ file, clock, randomBytes });
    const call = await prepare({ store, clock, randomBytes });
    if (carryOut) await call();
    await store.close();
    return readTables(file);
  }
  return { before: await run(false), after: await run(true) };
}

async function crash(scenario: string, failpoint: Failpoint, reference: Reference): Promise<void> {
  const file = await temporaryFile();
  await killAt(file, scenario, failpoint);
  const isCommitted = failpoint === 'commit.after';
  expect(readTables(file), failpoint).toEqual(isCommitted ? reference.after : reference.before);
  expect(findUnsound(file), failpoint).toEqual([]);
  if (!isCommitted) return;
  const { store } = await openFile(file);
  await store.ping();
  await store.close();
}

async function killAt(file: string, scenario: string, failpoint: Failpoint, pass = 1): Promise<void> {
  const child = startChild('_crash-child.ts', [file, scenario, failpoint, String(pass)]);
  const exited = once(child, 'exit');
  expect(await text(child.stdout!), `${scenario} never came by`).toBe(failpoint);
  expect((await exited)[1]).toBe('SIGKILL');
  killedAt.add(failpoint);
}

function startChild(script: string, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // A hundred children compile the same sources.
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** A store of the first released schema, with a key in it. */
function fillFirstVersion(file: string): void {
  using database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; ${initialSchema}
    CREATE TABLE migration (number INTEGER PRIMARY KEY, applied_at_ms INTEGER NOT NULL) STRICT;
    INSERT INTO migration (number, applied_at_ms) VALUES (1, 0);
    UPDATE head SET seq = 5;
    INSERT INTO change (seq, kind, subject, payload, at_ms)
      VALUES (5, 'configuration', '1', '{"kind":"configuration","keyspaces":[]}', 0);
    INSERT INTO keyspace (id, definition, last_number) VALUES ('leads', NULL, 1);
    INSERT INTO organization (id, name, features, tags, created_at_ms, seq) VALUES ('acme', 'Acme', '[]', '[]', 0, 3);
    INSERT INTO key (id, keyspace, number, organization, name, scopes, masked_key, allowed_cidrs, metadata, generation,
        created_at_ms, created_by, seq)
      VALUES ('key_1', 'leads', 1, 'acme', 'First', '[]', 'll_…', '[]', '{}', 1, 0, 'test', 4);
    INSERT INTO secret (key_position, generation, lookup, pepper_version) VALUES (1, 1, randomblob(32), 0)`);
}

function readSchema(file: string): readonly unknown[] {
  using database = new DatabaseSync(file);
  return database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();
}

/** Every row of every table, after what the file's log holds has been brought in. */
function readTables(file: string): unknown {
  using database = new DatabaseSync(file);
  const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all();
  const names = tables.map((table) => String(table['name']));
  return names.map((name) => ({
    name,
    rows: database.prepare(`SELECT * FROM ${name} ORDER BY 1, 2`).all(),
  }));
}
