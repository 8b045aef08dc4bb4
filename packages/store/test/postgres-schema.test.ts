import { createReplica } from '@keyhold/coherence';
import { createManualClock, createSeededRandom } from '@keyhold/core/testing';
import { Client } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FAILPOINTS } from '../src/failpoint.ts';
import { openPostgresStore } from '../src/postgres/postgres-store.ts';
import { startPostgresCluster } from '../src/testing-postgres.ts';
import { query, useCluster, useEmptyStore } from './_postgres.ts';
import { fillWorld, headOf, refusalOf } from './_util.ts';

const cluster = useCluster();
const emptyStore = useEmptyStore(cluster);

async function openStore(connectionString: string, onNotice?: (message: string) => void) {
  const store = await openPostgresStore({
    connectionString,
    randomBytes: createSeededRandom(5),
    ...(onNotice && { onNotice }),
  });
  onTestFinished(() => store.close());
  return store;
}

async function openFilled(connectionString: string) {
  const store = await openStore(connectionString);
  return await fillWorld({ store, clock: createManualClock(), randomBytes: createSeededRandom(7) });
}

/** The same database as another user, made for it. */
async function asUser(connectionString: string, user: string, rights: string): Promise<string> {
  await query(connectionString, `CREATE ROLE ${user} LOGIN; ${rights}`);
  const url = new URL(connectionString);
  url.username = user;
  return url.href;
}

async function refusalOfQuery(connectionString: string, text: string): Promise<string> {
  try {
    await query(connectionString, text);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
  throw new Error('The query was expected to be refused.');
}

const INSUFFICIENT_PRIVILEGE = '42501';

describe('the schema in PostgreSQL', () => {
  test('a migration that is interrupted at any step leaves nothing, and the next start completes it', async () => {
    for (const name of FAILPOINTS.filter((each) => each.startsWith('migrate.'))) {
      const connectionString = await cluster().createDatabase();
      const interrupted = openPostgresStore({
        connectionString,
        randomBytes: createSeededRandom(1),
        onFailpoint(reached) {
          if (reached === name) throw new Error(name);
        },
      });
      await refusalOf(interrupted);
      const [{ count } = { count: 0 }] = await query(
        connectionString,
        `SELECT count(*)::int FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
      );
      expect(Number(count) > 0).toBe(name === 'migrate.after_commit');
      await openFilled(connectionString);
    }
  });

  test('a newer program’s database, one of something else and one of another encoding are left alone', async () => {
    const newer = await cluster().createDatabase();
    await (await openStore(newer)).close();
    await query(newer, 'INSERT INTO migration (number, applied_at_ms) VALUES (99, 0)');
    expect(await refusalOf(openStore(newer))).toBe('store_newer');
    const foreign = await cluster().createDatabase();
    await query(foreign, 'CREATE TABLE customers (id int)');
    expect(await refusalOf(openStore(foreign))).toBe('store_corrupt');
    await query(foreign, `CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0`);
    expect(await refusalOf(openStore(cluster().connectionString('ascii')))).toBe('settings_invalid');
  });

  test('a server that refuses the user, has no such database or is not there is named as what it is', async () => {
    expect(await refusalOf(openStore(cluster().connectionString('nowhere')))).toBe('settings_invalid');
    const stranger = new URL(cluster().connectionString());
    stranger.username = 'stranger';
    expect(await refusalOf(openStore(stranger.href))).toBe('settings_invalid');
    expect(await refusalOf(openStore('postgres://nobody@127.0.0.1:1/x'))).toBe('store_unavailable');
  });
});

/** Undoes every migration after the first. */
const BACK_TO_THE_FIRST = `
  DELETE FROM migration WHERE number > 1;
  DROP FUNCTION keyhold_note_edit CASCADE;
  DROP FUNCTION keyhold_stamp_edit CASCADE;
  DROP TABLE lease, claim_link, person_session, person, login_throttle, key_refusal, verdict_watch, recent_verdict;
  DROP INDEX key_by_name, key_by_expiry, key_by_masked, key_by_masked_end, key_last_used_at, audit_event_at,
    organization_by_id, organization_by_name, organization_suspended;
  ALTER TABLE key_last_used DROP COLUMN address;
  CREATE INDEX key_expiring ON key (keyspace, position) WHERE expires_at_ms IS NOT NULL`;

describe('roles', () => {
  test('keyhold_app is enough to serve, and not to change the schema', async () => {
    const connectionString = await cluster().createDatabase();
    await openFilled(connectionString);
    const app = await asUser(connectionString, 'server', 'GRANT keyhold_app TO server');
    const store = await openStore(app);
    await store.createOrganization(
      { actor: { kind: 'system', name: 'test' }, requestId: null, sourceAddress: null },
      { id: 'by-app', name: 'x', features: [], tags: [], suspended: false },
      null,
    );
    await store.flushUsage({ node: 'a', usage: [], lastUsed: [] });
    await query(app, `DELETE FROM lease; SELECT * FROM migration`);
    for (const text of [
      'DROP TABLE usage',
      'TRUNCATE audit_event',
      'CREATE TABLE x (id int)',
      'DELETE FROM migration',
    ]) {
      expect(await refusalOfQuery(app, text)).toBe(INSUFFICIENT_PRIVILEGE);
    }
  });

  test('keyhold_read sees what holds no secret, and writes nothing', async () => {
    const connectionString = await cluster().createDatabase();
    await openFilled(connectionString);
    const reader = await asUser(connectionString, 'reader', 'GRANT keyhold_read TO reader');
    await query(
      reader,
      'SELECT * FROM key; SELECT * FROM organization; SELECT * FROM audit_event; SELECT * FROM lease',
    );
    for (const text of [
      'SELECT * FROM secret',
      'SELECT * FROM store_secret',
      'SELECT * FROM idempotency',
      'SELECT * FROM portal_session',
      'SELECT * FROM person',
      'SELECT * FROM person_session',
      'SELECT * FROM change',
      'UPDATE key SET revoked_at_ms = NULL',
    ]) {
      expect(await refusalOfQuery(reader, text)).toBe(INSUFFICIENT_PRIVILEGE);
    }
  });

  test('one who has keyhold_migrator brings a schema up to date that another one made', async () => {
    const connectionString = await cluster().createDatabase();
    await openFilled(connectionString);
    await query(connectionString, BACK_TO_THE_FIRST);
    const app = await asUser(connectionString, 'late_server', 'GRANT keyhold_app TO late_server');
    expect(await refusalOf(openStore(app))).toBe('store_not_writable');
    const migrator = await asUser(connectionString, 'migrator', 'GRANT keyhold_migrator TO migrator');
    await openStore(migrator);
    await (await openStore(app)).ping();
    const owners = await query(
      connectionString,
      `SELECT DISTINCT pg_get_userbyid(relowner) AS owner FROM pg_class
       WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
    );
    expect(owners).toEqual([{ owner: 'keyhold_migrator' }]);
  });

  test('where they cannot be made, the user goes on with tables of its own and is told', async () => {
    const bare = await startPostgresCluster();
    onTestFinished(() => bare.close());
    const connectionString = await bare.createDatabase();
    const name = new URL(connectionString).pathname.slice(1);
    const owner = await asUser(connectionString, 'owner', `ALTER DATABASE ${name} OWNER TO owner`);
    const notices: string[] = [];
    const store = await openStore(owner, (message) => void notices.push(message));
    await fillWorld({ store, clock: createManualClock(), randomBytes: createSeededRandom(7) });
    expect(notices).toEqual([expect.stringContaining('keyhold_app')]);
  });
});

describe('an edit by hand', () => {
  test('leaves a hole in the log, so that every node loads everything anew', async () => {
    const connectionString = await emptyStore();
    const { store, issue } = await openFilled(connectionString);
    const key = await issue();
    const replica = createReplica({ clock: createManualClock() });
    const load = async () => replica.seal(await store.readSnapshot((page) => replica.load(page)));
    await load();
    const head = replica.appliedSeq;

    await query(connectionString, `UPDATE key SET revoked_at_ms = 1 WHERE id = '${key.id}'`);
    const changes = await store.readChanges(head, 10);
    expect(changes.map(({ seq }) => seq)).toEqual([head + 2]);
    expect(() => replica.apply(changes[0]!)).toThrow('has to be loaded again');
    await load();
    expect(replica.appliedSeq).toBe(head + 2);
    // A call that finds nothing left to do waits for the edit too.
    const again = await store.revokeKey(
      { actor: { kind: 'system', name: 'test' }, requestId: null, sourceAddress: null },
      { id: key.id },
      { reason: null },
    );
    expect(again.seq).toBe(head + 2);
    await issue();
    expect((await store.readChanges(head + 2, 10)).map(({ seq }) => seq)).toEqual([head + 3]);
  });

  test.each([
    `UPDATE secret SET not_after_ms = 1`,
    `UPDATE organization SET suspended_at_ms = 1 WHERE id = 'acme'`,
    `UPDATE keyspace SET definition = NULL WHERE id = 'leads'`,
    `UPDATE operator SET keyspaces = '[]'`,
    `INSERT INTO organization_revocation VALUES ('acme', 'messages', 1, 1, 1)`,
    `DELETE FROM operator; DELETE FROM secret; DELETE FROM key`,
    `TRUNCATE keyspace_format`,
  ])('of whatever verification depends on is seen: %s', async (text) => {
    const connectionString = await emptyStore();
    const { store } = await openFilled(connectionString);
    const head = await headOf(store);
    await query(connectionString, text);
    expect((await store.readChanges(head, 1))[0]?.seq).toBe(head + 2);
  });

  test('that is not committed is not seen, and mutations wait for one that is open', async () => {
    const connectionString = await emptyStore();
    const { store, issue } = await openFilled(connectionString);
    const head = await headOf(store);
    const person = new Client({ connectionString });
    await person.connect();
    await person.query('BEGIN; UPDATE key SET disabled_at_ms = 1');
    const waiting = issue();
    await person.query('ROLLBACK');
    await person.end();
    await waiting;
    expect((await store.readChanges(head, 10)).map(({ seq }) => seq)).toEqual([head + 1]);
  });
});
