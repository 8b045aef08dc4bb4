import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import type { Store } from '../src/store.ts';
import { openFile, temporaryFile } from './_sqlite.ts';
import { digestOf, LEADS, SYSTEM } from './_util.ts';

/** Six pages: the worker sends up to four before the first is taken in, so writes come before the last two. */
const KEY_COUNT = 12_000;

test('a snapshot of many pages stays at its moment while keys are issued and revoked between them', async () => {
  const file = await temporaryFile();
  const { store } = await openFile(file);
  await store.applyConfiguration(SYSTEM, { keyspaces: [LEADS] }, { acceptOlder: false });
  const organization = { id: 'acme', name: 'Acme', features: [], tags: [], suspended: false };
  await store.createOrganization(SYSTEM, organization, null);
  fillWithKeys(file);
  const writes: Promise<unknown>[] = [];
  const pageSizes: number[] = [];
  let revoked = 0;
  const seq = await store.readSnapshot((page) => {
    if (page.kind !== 'keys') return;
    if (pageSizes.length === 0) writes.push(...writeMeanwhile(store));
    pageSizes.push(page.keys.length);
    revoked += page.keys.filter((key) => key.revoked).length;
  });
  await Promise.all(writes);
  expect(pageSizes).toEqual([2_000, 2_000, 2_000, 2_000, 2_000, 2_000]);
  expect(revoked).toBe(0);
  expect(await store.readChanges(seq, 100)).toHaveLength(writes.length);
});

function writeMeanwhile(store: Store): readonly Promise<unknown>[] {
  const key = {
    id: 'key_late',
    keyspace: 'leads',
    organization: 'acme',
    name: 'Late',
    environment: null,
    scopes: [],
    expiresAtMs: Date.UTC(2000, 0, 1),
    allowedCidrs: [],
    metadata: {},
    secret: { digest: digestOf('late'), maskedKey: 'll_…' },
  } as const;
  return [
    store.issueKey(SYSTEM, key, null),
    store.revokeKey(SYSTEM, { id: `key_${KEY_COUNT}` }, { reason: null }),
  ];
}

function fillWithKeys(file: string): void {
  const database = new DatabaseSync(file);
  database.exec(`
    BEGIN;
    WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < ${KEY_COUNT})
    INSERT INTO key (id, keyspace, number, organization, name, scopes, masked_key, allowed_cidrs, metadata, generation,
      created_at_ms, created_by, seq)
    SELECT 'key_' || n, 'leads', n, 'acme', 'Key', '[]', 'll_…', '[]', '{}', 1, 0, 'test', 1 FROM count;
    INSERT INTO secret (key_position, generation, lookup, pepper_version) SELECT position, 1, randomblob(32), 0 FROM key;
    UPDATE keyspace SET last_number = ${KEY_COUNT} WHERE id = 'leads';
    COMMIT`);
  database.close();
}
