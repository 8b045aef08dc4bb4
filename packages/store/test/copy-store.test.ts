import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { createManualClock, createSeededRandom } from '@keyhold/core/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { copyStore, type StoreLocation } from '../src/copy/copy-store.ts';
import { COPIED_TABLES } from '../src/copy/tables.ts';
import { openPostgresStore } from '../src/postgres/postgres-store.ts';
import { openSqliteStore } from '../src/sqlite/sqlite-store.ts';
import type { Store } from '../src/store.ts';
import { query, useCluster } from './_postgres.ts';
import { temporaryFile } from './_sqlite.ts';
import { fillWorld, headOf, readEverything, refusalOf, SYSTEM, type World } from './_util.ts';
import { ONCE } from './contract/scenarios.ts';

const cluster = useCluster();
const clock = createManualClock();
/** No two processes draw the same ids. */
let seed = 100;

async function emptyPlace(kind: StoreLocation['kind']): Promise<StoreLocation> {
  return kind === 'sqlite'
    ? { kind, file: await temporaryFile() }
    : { kind, connectionString: await cluster().createDatabase() };
}

async function withStore<T>(place: StoreLocation, work: (store: Store) => Promise<T>): Promise<T> {
  const randomBytes = createSeededRandom(++seed);
  const store =
    place.kind === 'sqlite'
      ? await openSqliteStore({ file: place.file, clock, randomBytes })
      : await openPostgresStore({ ...place, randomBytes, nowMs: () => clock.nowMs() });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function copy(from: StoreLocation, to: StoreLocation) {
  return await copyStore({ from, to, clock, randomBytes: createSeededRandom(++seed) });
}

/** Makes a store with something in every table. */
async function makeStore(place: StoreLocation): Promise<void> {
  await withStore(place, async (store) => {
    const world = await fillWorld({ store, clock, randomBytes: createSeededRandom(7) });
    await use(world);
  });
}

async function use(world: World): Promise<void> {
  const { store, root, issue, newKey, newSecret, createOperator, createSession } = world;
  const [first, second] = [
    await issue({ name: 'Ünïcode “é” \u{1f511}' }),
    await issue({ metadata: { a: [1, null] } }),
  ];
  await issue({ organization: 'globex', allowedCidrs: ['192.0.2.0/24'], expiresAtMs: clock.nowMs() + 1_000 });
  const recycle = { secret: newSecret(), graceMs: 30_000, expectedGeneration: null };
  await store.recycleKey(root, { id: first.id }, recycle);
  await store.disableKey(root, { id: second.id });
  await store.revokeOrganizationKeys(root, 'globex', { keyspace: null, reason: 'left' });
  await createOperator(['verify'], ['leads']);
  await createSession('messages', 'acme');
  await store.issueKey(root, newKey(), ONCE);
  await store.secretFor('cursors');
  const usage = [{ keyId: first.id, hourMs: 0, outcome: 'accepted', count: 3 }] as const;
  await store.flushUsage({ node: 'a', usage, lastUsed: [{ keyId: first.id, atMs: 5 }] });
}

/** What the port shows, but for what a copy adds. */
async function readContent(place: StoreLocation): Promise<unknown> {
  return await withStore(place, async (store) => {
    const everything = await readEverything(store);
    const { audit, ...rest } = everything as { audit: { data: readonly { action: string }[] } };
    return {
      ...rest,
      seq: null,
      changes: null,
      audit: audit.data.filter(({ action }) => action !== 'database.restore'),
      secret: Buffer.from(await store.secretFor('cursors')),
    };
  });
}

describe.each([
  ['sqlite', 'postgres'],
  ['postgres', 'sqlite'],
] as const)('a copy from %s to %s', (fromKind, toKind) => {
  test('holds all that the store held, and goes on from there', async () => {
    const [from, to] = [await emptyPlace(fromKind), await emptyPlace(toKind)];
    await makeStore(from);
    const copied = await copy(from, to);
    expect(copied.tables.map(({ name }) => name)).toEqual(COPIED_TABLES.map(({ name }) => name));
    expect(copied.tables.find(({ name }) => name === 'key')?.rowCount).toBe(6);
    expect(await readContent(to)).toEqual(await readContent(from));

    await withStore(to, async (store) => {
      const key = {
        id: 'key_next',
        keyspace: 'messages',
        organization: 'acme',
        name: 'next',
        environment: 'live',
        scopes: [],
        expiresAtMs: null,
        allowedCidrs: [],
        metadata: {},
        secret: { digest: 'ab'.repeat(32), maskedKey: 'x' },
      } as const;
      const { value } = await store.issueKey(SYSTEM, key, null);
      expect(value.number).toBe(5);
      expect((await store.listKeys({ limit: 1 })).data[0]?.id).toBe('key_next');
    });
  });

  test('makes whoever followed the source load everything', async () => {
    const [from, to] = [await emptyPlace(fromKind), await emptyPlace(toKind)];
    await makeStore(from);
    const head = await withStore(from, headOf);
    const { seq } = await copy(from, to);
    expect(seq).toBe(head + 2);
    await withStore(to, async (store) => {
      expect((await store.readChanges(head, 10)).map((change) => change.seq)).toEqual([seq]);
    });
  });

  test('that is interrupted leaves the target as it was, and is made again', async () => {
    const [from, to] = [await emptyPlace(fromKind), await emptyPlace(toKind)];
    await makeStore(from);
    const interrupted = copyStore({
      from,
      to,
      clock,
      randomBytes: () => {
        throw new Error('interrupted');
      },
    });
    await refusalOf(interrupted);
    if (to.kind === 'sqlite') expect(existsSync(to.file)).toBe(false);
    else expect(await withStore(to, headOf)).toBe(0);
    await copy(from, to);
    expect(await readContent(to)).toEqual(await readContent(from));
  });

  test('may be made again over an earlier one, and never over what is not in the source', async () => {
    const [from, to] = [await emptyPlace(fromKind), await emptyPlace(toKind)];
    await makeStore(from);
    await copy(from, to);
    const organization = { id: 'later', name: 'x', features: [], tags: [], suspended: false };
    await withStore(from, (store) => store.createOrganization(SYSTEM, organization, null));
    await copy(from, to);
    expect(await readContent(to)).toEqual(await readContent(from));

    await withStore(to, (store) => store.createOrganization(SYSTEM, { ...organization, id: 'own' }, null));
    expect(await refusalOf(copy(from, to))).toBe('settings_invalid');
    // The other way round it is the newer one that goes on.
    await copy(to, from);
    expect(await readContent(from)).toEqual(await readContent(to));
  });

  test('of a store onto itself is refused', async () => {
    const from = await emptyPlace(fromKind);
    await makeStore(from);
    expect(await refusalOf(copy(from, from))).toBe('settings_invalid');
  });
});

describe('a copy', () => {
  test('does not begin while a node has the source open', async () => {
    const from = await emptyPlace('postgres');
    await makeStore(from);
    await withStore(from, async (store) => {
      await store.ping();
      expect(await refusalOf(copy(from, await emptyPlace('sqlite')))).toBe('settings_invalid');
    });
  });

  test('in which a row is not what was sent is undone', async () => {
    const [from, to] = [await emptyPlace('sqlite'), await emptyPlace('postgres')];
    await makeStore(from);
    if (to.kind !== 'postgres') return;
    await withStore(to, headOf);
    await query(
      to.connectionString,
      `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.details := '{}'; RETURN NEW; END $$;
       CREATE TRIGGER spoil BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION spoil()`,
    );
    expect(await refusalOf(copy(from, to))).toBe('store_corrupt');
    expect(await query(to.connectionString, 'SELECT FROM key')).toEqual([]);
  });

  test('knows every table of both databases, which have the same columns', async () => {
    const [file, database] = [await emptyPlace('sqlite'), await emptyPlace('postgres')];
    await withStore(file, headOf);
    await withStore(database, headOf);
    if (file.kind !== 'sqlite' || database.kind !== 'postgres') return;
    const sqlite = new DatabaseSync(file.file, { readOnly: true });
    onTestFinished(() => sqlite.close());
    const ofSqlite = sqlite
      .prepare(
        `SELECT tables.name AS "table", columns.name AS "column" FROM sqlite_schema AS tables
         JOIN pragma_table_info(tables.name) AS columns WHERE tables.type = 'table' ORDER BY 1, 2`,
      )
      .all();
    const ofPostgres = await query(
      database.connectionString,
      `SELECT relname::text AS "table", attname::text AS "column" FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
       WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
       ORDER BY relname COLLATE "C", attname COLLATE "C"`,
    );
    // Between nodes that share a database.
    const shared = ofPostgres.filter(({ table }) => table !== 'lease');
    expect(shared).toEqual(ofSqlite.map((row) => ({ ...row })));
    const notCopied = [
      'change',
      'head',
      'login_throttle',
      'migration',
      'person_session',
      'portal_session',
      'recent_verdict',
      'verdict_watch',
    ];
    const tables = [...COPIED_TABLES.map(({ name }) => name), ...notCopied].toSorted();
    expect([...new Set(shared.map(({ table }) => table))]).toEqual(tables);
  });
});
