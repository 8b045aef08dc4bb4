import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import type { KeyQuery } from '../src/records.ts';
import { countKeys } from '../src/sql/count-keys.ts';
import { listKeys } from '../src/sql/list-keys.ts';
import type { Tables } from '../src/sql/schema.ts';
import { createKyselyDialect } from '../src/sqlite/kysely-dialect.ts';
import { MIGRATIONS } from '../src/sqlite/migrate.ts';

/** More than a page looks at, so that lists are read in their own order as well. */
const KEYS = 6_000;

/** A database with many keys, and what SQLite says of how it carries out each statement that was asked of it. */
function openPlanned() {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  for (const migration of MIGRATIONS) database.exec(migration);
  database.exec(`
    INSERT INTO keyspace (id, definition, last_number) VALUES ('a', '{}', ${KEYS});
    INSERT INTO organization (id, name, features, tags, created_at_ms, seq) VALUES ('acme', 'Acme', '[]', '[]', 0, 0);
    WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${KEYS})
    INSERT INTO key (id, keyspace, number, organization, name, scopes, masked_key, allowed_cidrs, metadata, generation,
        created_at_ms, created_by, expires_at_ms, disabled_at_ms, revoked_at_ms, seq)
      SELECT 'key_' || n, 'a', n, 'acme', 'Production', '[]', 'kh_live_****abcd', '[]', '{}', 1, 0, 'op', 5, 1,
        iif(n % 7 = 0, 1, NULL), 1 FROM counted;
    INSERT INTO key_last_used (key_position, at_ms) SELECT position, 1 FROM key`);
  const plans: string[] = [];
  const db = new Kysely<Tables>({
    dialect: createKyselyDialect(database),
    log({ query }) {
      const values = query.parameters.map((value) => (typeof value === 'number' ? value : String(value)));
      const rows = database.prepare(`EXPLAIN QUERY PLAN ${query.sql}`).all(...values);
      plans.push(...rows.map(({ detail }) => String(detail)));
    },
  });
  return { view: { db, nowMs: 10 ** 12 }, plans };
}

const QUERIES: readonly (readonly [query: Omit<KeyQuery, 'limit'>, index: string])[] = [
  [{ sort: 'name' }, 'key_by_name'],
  [{ sort: 'name', after: '100:production' }, 'key_by_name'],
  [{ sort: 'expires', after: '100:5' }, 'key_by_expiry'],
  [{ sort: 'last_used', after: '100:1' }, 'key_last_used_at'],
  [{ keyspace: 'a' }, 'key_of_keyspace'],
  [{ organization: 'acme' }, 'key_of_organization'],
  [{ organization: 'acme', sort: 'name' }, 'key_of_organization'],
  [{ keyspace: 'a', organization: 'acme', after: '100' }, 'key_of_organization_keyspace'],
  [{ search: 'prod' }, 'key_by_name'],
  [{ search: 'kh_live_' }, 'key_by_masked'],
  [{ search: 'abcd' }, 'key_by_masked_end'],
  [{ search: '#12' }, 'sqlite_autoindex_key_2'],
  [{ search: 'key_12' }, 'sqlite_autoindex_key_1'],
  [{ state: 'active' }, 'key_unrevoked'],
  [{ state: 'revoked' }, 'key_revoked'],
  [{ state: 'disabled' }, 'key_disabled'],
  [{ state: 'expired' }, 'key_by_expiry'],
  [{ safety: 'never_expires' }, 'key_by_expiry'],
  [{ safety: 'expiring_soon' }, 'key_by_expiry'],
  [{ safety: 'never_used' }, 'key_last_used_at'],
  [{ safety: 'idle_90_days' }, 'key_last_used_at'],
];

test.each(QUERIES)('a list of %j reads an index, and no table from end to end', async (query, index) => {
  const { view, plans } = openPlanned();
  await listKeys(view, { ...query, limit: 10 });
  expect(
    plans.some((detail) => new RegExp(`INDEX ${index}\\b`).test(detail)),
    plans.join('\n'),
  ).toBe(true);
  const whole = plans.filter((detail) =>
    /^SCAN (?:key|key_last_used|used|organization)\b(?!.*INDEX)/.test(detail),
  );
  // Newest first is the order of the table itself, and read as far as a page looks.
  const own = query.sort === undefined && query.keyspace === undefined && query.organization === undefined;
  expect(whole.filter((detail) => !own || detail !== 'SCAN key')).toEqual([]);
});

test('counting reads indexes only', async () => {
  const { view, plans } = openPlanned();
  for (const state of ['active', 'disabled', 'expired', 'revoked'] as const) await countKeys(view, { state });
  for (const safety of ['never_expires', 'idle_90_days', 'never_used', 'expiring_soon'] as const)
    await countKeys(view, { safety, keyspaces: ['a'] });
  expect(plans.filter((detail) => /^SCAN key(?:_last_used)?\b(?!.*INDEX)/.test(detail))).toEqual([]);
});
