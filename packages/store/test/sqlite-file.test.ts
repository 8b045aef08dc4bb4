import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { initialSchema } from '../src/sqlite/migrations/0001-initial.ts';
import type { Store } from '../src/store.ts';
import { openFile, temporaryFile } from './_sqlite.ts';
import { LEADS, readEverything, refusalOf, refusalsOf, SYSTEM } from './_util.ts';

const ACME = { id: 'acme', name: 'Acme', features: [], tags: [], suspended: false };

test('a store that was closed opens as it was', async () => {
  const file = await temporaryFile();
  const first = await openFile(file);
  await fill(first.store);
  const before = await readEverything(first.store);
  const secret = await first.store.secretFor('cursor');
  await first.store.close();
  const second = await openFile(file, 4);
  expect(await readEverything(second.store)).toEqual(before);
  expect(await second.store.secretFor('cursor')).toEqual(secret);
});

test('the schema is made from nothing, and a second migration does no harm', async () => {
  const file = await temporaryFile();
  await (await openFile(file)).store.close();
  const schema = readSchema(file);
  expect(schema.filter(({ type }) => type === 'table').map(({ name }) => name)).toContain('head');
  await (await openFile(file)).store.close();
  expect(readSchema(file)).toEqual(schema);
});

test('every table is strict, and every index says what it serves', async () => {
  const file = await temporaryFile();
  await (await openFile(file)).store.close();
  const tables = readSchema(file).filter(({ type }) => type === 'table');
  expect(
    tables.filter(({ sql }) => !/STRICT(, WITHOUT ROWID)?\s*$/.test(sql ?? '')).map(({ name }) => name),
  ).toEqual([]);
  const indexes = initialSchema.matchAll(/(?<comment>-- .*\n)?(CREATE INDEX .*\n)+/g);
  for (const index of indexes) expect(index.groups?.['comment']).toBeDefined();
});

test('a store of a newer program is refused and left alone', async () => {
  const file = await temporaryFile();
  await (await openFile(file)).store.close();
  const database = new DatabaseSync(file);
  database.exec('INSERT INTO migration (number, applied_at_ms) VALUES (1000, 0)');
  database.close();
  const opened = openFile(file);
  expect(await refusalOf(opened)).toBe('store_newer');
  await expect(opened).rejects.toThrow(/newer program/);
  expect(readSchema(file).length).toBeGreaterThan(10);
});

test('a file that is no database is refused by name, with what to do', async () => {
  const file = await temporaryFile();
  await writeFile(file, 'this is not a database, '.repeat(1_000));
  const opened = openFile(file);
  expect(await refusalOf(opened)).toBe('store_corrupt');
  await expect(opened).rejects.toThrow(file);
  await expect(opened).rejects.toThrow(/backup/);
});

test('a damaged page is found when the store is opened', async () => {
  const file = await temporaryFile();
  const { store } = await openFile(file);
  await fill(store);
  await store.close();
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  for (let page = 4; page * 4_096 < size; page++) {
    await handle.write(Buffer.alloc(512, 0xa5), 0, 512, page * 4_096);
  }
  await handle.close();
  expect(await refusalOf(openFile(file))).toBe('store_corrupt');
});

test('a database of something else is refused and left alone', async () => {
  const file = await temporaryFile();
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE invoice (id INTEGER PRIMARY KEY)');
  database.close();
  expect(await refusalOf(openFile(file))).toBe('store_corrupt');
  expect(readSchema(file).map(({ name }) => name)).toEqual(['invoice']);
});

test('a directory that is not there is not writable', async () => {
  const file = join(await temporaryFile(), 'nowhere', 'keyhold.db');
  expect(await refusalOf(openFile(file))).toBe('store_not_writable');
});

test('a path that cannot be written is refused by name', async () => {
  const file = await temporaryFile();
  await mkdir(file);
  const opened = openFile(file);
  expect(await refusalOf(opened)).toBe('store_not_writable');
  await expect(opened).rejects.toThrow(file);
});

test('everything outstanding is refused when the worker dies, and everything after it', async () => {
  const file = await temporaryFile();
  const started = Promise.withResolvers<Worker>();
  process.once('worker', started.resolve);
  const standsStill = Promise.withResolvers<void>();
  const { store } = await openFile(file, 3, {
    async onFailpoint(name) {
      if (name !== 'create_organization.after_rows') return;
      standsStill.resolve();
      await new Promise(() => {});
    },
  });
  const worker = await started.promise;
  const calls = [store.createOrganization(SYSTEM, ACME, null), store.ping(), store.readSnapshot(() => {})];
  const refusals = refusalsOf(calls);
  await standsStill.promise;
  await worker.terminate();
  expect(new Set(await refusals)).toEqual(new Set(['store_unavailable']));
  expect(await refusalOf(store.ping())).toBe('store_unavailable');
  await store.close();
});

test('another process that holds the lock makes a write unavailable, not wrong', async () => {
  const file = await temporaryFile();
  const { store } = await openFile(file);
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  expect(await refusalOf(store.createOrganization(SYSTEM, ACME, null))).toBe('store_unavailable');
  expect((await store.listOrganizations({ limit: 1 })).data).toEqual([]);
  other.exec('ROLLBACK');
  other.close();
  await store.createOrganization(SYSTEM, ACME, null);
});

async function fill(store: Store): Promise<void> {
  await store.applyConfiguration(SYSTEM, { keyspaces: [LEADS] }, { acceptOlder: false });
  for (let i = 0; i < 20; i++) await store.createOrganization(SYSTEM, { ...ACME, id: `o${i}` }, null);
}

function readSchema(file: string) {
  const database = new DatabaseSync(file);
  const rows = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all();
  database.close();
  return rows.map(({ type, name, sql }) => ({ type, name, sql: sql === null ? null : String(sql) }));
}
