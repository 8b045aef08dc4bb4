import { DatabaseSync } from 'node:sqlite';
import { type Clock, defaultKeyspaceDefinition, type RandomBytes } from '@keyhold/core';
import { openSqliteStore } from '@keyhold/store';

export const SYSTEM = {
  actor: { kind: 'system', name: 'bench' },
  requestId: null,
  sourceAddress: null,
} as const;

/** Makes a store whose organization `acme` has this many keys that nobody knows, each with the event of its issue. */
export async function fillSqliteStore(options: {
  readonly file: string;
  readonly keyCount: number;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
}): Promise<void> {
  const { file, keyCount, clock, randomBytes } = options;
  const store = await openSqliteStore({ file, clock, randomBytes });
  const configuration = { keyspaces: [defaultKeyspaceDefinition()] };
  await store.applyConfiguration(SYSTEM, configuration, { acceptOlder: false });
  const organization = { id: 'acme', name: 'Acme', features: [], tags: [], suspended: false };
  await store.createOrganization(SYSTEM, organization, null);
  await store.close();
  using database = new DatabaseSync(file);
  database.exec(`
    BEGIN;
    WITH RECURSIVE count (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < ${keyCount})
    INSERT INTO key (id, keyspace, number, organization, name, environment, scopes, masked_key, allowed_cidrs, metadata,
        generation, created_at_ms, created_by, seq)
      SELECT ${KEY_ID}, 'default', n, 'acme', 'Production server', 'live', '[]', 'kh_live_****abcd',
        '[]', '{}', 1, 0, 'op_bench', 2 FROM count;
    INSERT INTO secret (key_position, generation, lookup, pepper_version)
      SELECT position, 1, randomblob(32), 0 FROM key;
    INSERT INTO audit_event (id, at_ms, action, actor_kind, actor_id, subject_kind, subject_id, keyspace, organization, details)
      SELECT 'evt_' || lower(hex(randomblob(13))), 0, 'key.issue', 'operator', 'op_bench', 'key', id, 'default', 'acme', '{}'
      FROM key;
    UPDATE keyspace SET last_number = ${keyCount} WHERE id = 'default';
    COMMIT`);
}

/** A digit below 8, then 25 hex digits, all of which key ids may have. */
const KEY_ID = `'key_' || (abs(random()) % 8) || substr(lower(hex(randomblob(13))), 2)`;
