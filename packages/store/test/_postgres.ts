import { createSeededRandom } from '@keyhold/core/testing';
import { Client, type QueryResult } from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { openPostgresStore } from '../src/postgres/postgres-store.ts';
import {
  type PostgresCluster,
  reasonToLeaveOutPostgres,
  startPostgresCluster,
} from '../src/testing-postgres.ts';

/** One PostgreSQL for a test file. Where it is not installed, the tests of the file are left out. */
export function useCluster(): () => PostgresCluster {
  const missing = reasonToLeaveOutPostgres();
  let cluster: PostgresCluster | null = null;
  beforeAll(async () => {
    if (missing === null) cluster = await startPostgresCluster();
  });
  afterAll(() => cluster?.close());
  beforeEach((context) => {
    if (missing !== null) context.skip(missing);
  });
  return () => {
    if (cluster === null) throw new Error('The cluster is there while tests run.');
    return cluster;
  };
}

/** Gives the test that asks an empty store: always the same database, since making one takes longer than most tests. */
export function useEmptyStore(cluster: () => PostgresCluster): () => Promise<string> {
  let database: Promise<string> | null = null;
  return async () => {
    database ??= cluster().createDatabase();
    const connectionString = await database;
    const store = await openPostgresStore({ connectionString, randomBytes: createSeededRandom(1) });
    await store.close();
    await query(connectionString, EMPTY);
    return connectionString;
  };
}

const EMPTY = `
  SET keyhold.writer = 'keyhold';
  ${[
    'lease',
    'usage',
    'key_last_used',
    'key_refusal',
    'recent_verdict',
    'secret',
    'claim_link',
    'operator',
    'key',
    'organization_revocation',
    'portal_session',
    'person_session',
    'person',
    'login_throttle',
  ]
    .map((table) => `DELETE FROM ${table};`)
    .join(' ')}
  ${['keyspace_format', 'idempotency', 'audit_event', 'change', 'configuration', 'store_secret']
    .map((table) => `DELETE FROM ${table};`)
    .join(' ')}
  DELETE FROM organization WHERE id <> 'keyhold';
  DELETE FROM keyspace WHERE id <> 'keyhold';
  UPDATE keyspace SET last_number = 0, format_used_at_ms = NULL;
  UPDATE head SET seq = 0`;

/** Runs statements on a connection of their own, as a person at a prompt does. @returns the rows of the last one. */
export async function query(
  connectionString: string,
  text: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const answer: QueryResult | readonly QueryResult[] = await client.query(text);
    return (Array.isArray(answer) ? answer.at(-1) : answer).rows;
  } finally {
    await client.end();
  }
}

/** Asks until the answer is yes. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => void setTimeout(resolve, 20));
}
