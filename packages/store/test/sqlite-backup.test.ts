import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSeededRandom } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import { backUpSqliteStore } from '../src/sqlite/backup.ts';
import { findUnsound } from './_soundness.ts';
import { openFile, temporaryFile } from './_sqlite.ts';
import { fillWorld, readEverything } from './_util.ts';

test('a backup of a store in use is one consistent moment, in one file that only its user may read', async () => {
  const file = await temporaryFile();
  const { store, clock } = await openFile(file);
  const { issue } = await fillWorld({ store, clock, randomBytes: createSeededRandom(5) });
  await issue();
  const writes = Array.from({ length: 50 }, () => issue());
  const target = `${file}.backup`;
  const summary = backUpSqliteStore({ file, target });
  await Promise.all(writes);

  expect(statSync(target).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(file)).filter((name) => name.startsWith('keyhold.db.'))).toEqual([
    'keyhold.db.backup',
  ]);
  expect(findUnsound(target)).toEqual([]);
  const copy = await openFile(target);
  const { data } = await copy.store.listKeys({ limit: 1_000 });
  expect(data).toHaveLength(summary.keyCount);
  expect(await copy.store.readChanges(summary.seq, 1)).toEqual([]);
});

test('a backup of a store that no process has open holds what its log file holds', async () => {
  const file = await temporaryFile();
  const { store, clock } = await openFile(file);
  await fillWorld({ store, clock, randomBytes: createSeededRandom(5) });
  const before = await readEverything(store);
  await store.close();
  backUpSqliteStore({ file, target: `${file}.backup` });
  const copy = await openFile(`${file}.backup`);
  expect(await readEverything(copy.store)).toEqual(before);
});

test('a file that is there is never overwritten', async () => {
  const file = await temporaryFile();
  await (await openFile(file)).store.close();
  const target = `${file}.backup`;
  writeFileSync(target, 'last week');
  expect(() => backUpSqliteStore({ file, target })).toThrow(/is there already/);
  expect(readFileSync(target, 'utf8')).toBe('last week');
});

test('what cannot be read is named, and leaves nothing that could be taken for a backup', async () => {
  const file = await temporaryFile();
  const target = `${file}.backup`;
  await (await openFile(file)).store.close();
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(512, 0xa5), 0, 512, 5 * 4_096);
  await handle.close();
  expect(() => backUpSqliteStore({ file, target })).toThrow(
    expect.objectContaining({ code: 'store_corrupt', message: expect.stringContaining(file) }),
  );
  writeFileSync(`${file}.empty`, '');
  expect(() => backUpSqliteStore({ file: `${file}.empty`, target })).toThrow(/is empty/);
  expect(existsSync(target)).toBe(false);
  expect(existsSync(`${target}.part`)).toBe(false);
  expect(() => backUpSqliteStore({ file, target: '/nowhere/at/all' })).toThrow(
    expect.objectContaining({ code: 'store_not_writable' }),
  );
});
