/**
 * How long the store takes for what the console asks of many keys: pages of the key list by every filter and order, the
 * pages behind them, and the overview's counts. No server around it.
 *
 *     node bench/console.ts [KEYS] [sqlite|postgres]      default 1000000, both
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createSystemClock, systemRandomBytes } from '@keyhold/server';
import { type KeyQuery, openPostgresStore, openSqliteStore, type Store } from '@keyhold/store';
import { startPostgresCluster } from '@keyhold/store/testing-postgres';
import { Client } from 'pg';
import { fillMixed, MIXED_KEYSPACES } from './parts/mixed-keys.ts';
import { median, quantile } from './parts/statistics.ts';

const keyCount = Number(process.argv[2] ?? 1_000_000);
const only = process.argv[3];
const ROUNDS = 20;
/** Pages that are read on from each first one. */
const PAGES = 10;
const LIMIT = 100;

const QUERIES: readonly (readonly [string, (round: number) => Omit<KeyQuery, 'limit'>])[] = [
  ['newest first', () => ({})],
  ['oldest first', () => ({ descending: false })],
  ['by last use', () => ({ sort: 'last_used' })],
  ['by expiry', () => ({ sort: 'expires', descending: false })],
  ['by name', () => ({ sort: 'name', descending: false })],
  ['one of 10,000 organizations', (round) => ({ organization: `org-${round * 37}` })],
  ['a keyspace of one in 100, by name', () => ({ keyspace: 'small', sort: 'name' })],
  ['a keyspace of 20 keys, by last use', () => ({ keyspace: 'tiny', sort: 'last_used' })],
  ['two keyspaces of an operator', () => ({ keyspaces: ['small', 'tiny'] })],
  ['search: a name that most have', () => ({ search: 'prod' })],
  ['search: a name that most have, by expiry', () => ({ search: 'prod', sort: 'expires' })],
  ['search: a name that few have', (round) => ({ search: `server ${round}1` })],
  ['search: number', (round) => ({ search: `#${round * 991 + 1}` })],
  ['search: beginning of the key', () => ({ search: 'kh_live_' })],
  ['search: end of the key', (round) => ({ search: String(1_000 + round * 13) })],
  ['search: nothing', () => ({ search: 'zzzz' })],
  ['active', () => ({ state: 'active' })],
  ['disabled (one in 1,000)', () => ({ state: 'disabled' })],
  ['expired', () => ({ state: 'expired' })],
  ['revoked, by name', () => ({ state: 'revoked', sort: 'name' })],
  ['never expires', () => ({ safety: 'never_expires' })],
  ['idle for 90 days, by last use', () => ({ safety: 'idle_90_days', sort: 'last_used', descending: false })],
  ['never used', () => ({ safety: 'never_used' })],
  ['expiring soon, by expiry', () => ({ safety: 'expiring_soon', sort: 'expires', descending: false })],
  [
    'everything at once',
    () => ({ keyspace: 'default', state: 'active', safety: 'idle_90_days', search: 'prod', sort: 'name' }),
  ],
];

async function measure(store: Store): Promise<void> {
  console.log('first page: p50, p99; next pages: p50, p99 (ms, 100 keys each)');
  for (const [name, toQuery] of QUERIES) {
    const firstMs: number[] = [];
    const nextMs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const query: KeyQuery = { ...toQuery(round), limit: LIMIT };
      let after: string | null = null;
      for (let page = 0; page < PAGES; page++) {
        const startMs = performance.now();
        after = (await store.listKeys(after === null ? query : { ...query, after })).next;
        (page === 0 ? firstMs : nextMs).push(performance.now() - startMs);
        if (after === null) break;
      }
    }
    console.log(`${name.padEnd(42)} ${format(firstMs)}   ${format(nextMs)}`);
  }
  const overviewMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    for (const state of ['active', 'disabled', 'expired', 'revoked'] as const)
      await store.countKeys({ state });
    for (const safety of ['never_expires', 'idle_90_days', 'never_used', 'expiring_soon'] as const)
      await store.countKeys({ safety });
    overviewMs.push(performance.now() - startMs);
  }
  console.log(`${'overview, all its counts'.padEnd(42)} ${format(overviewMs)}`);
}

function format(values: readonly number[]): string {
  if (values.length === 0) return '      –      –';
  return `${median(values).toFixed(1).padStart(7)}${quantile(values, 0.99).toFixed(1).padStart(7)}`;
}

const clock = createSystemClock();
const randomBytes = systemRandomBytes;

if (only !== 'postgres') {
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-bench-'));
  const file = join(directory, 'keyhold.db');
  try {
    console.log(`SQLite, ${keyCount} keys`);
    await using store = await openFilled(
      () => openSqliteStore({ file, clock, randomBytes }),
      async (statements) => {
        using database = new DatabaseSync(file);
        for (const statement of statements('sqlite')) database.exec(statement);
      },
    );
    await measure(store);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
if (only !== 'sqlite') {
  const cluster = await startPostgresCluster({ durable: true });
  try {
    const connectionString = await cluster.createDatabase();
    console.log(`\nPostgreSQL with its defaults, ${keyCount} keys`);
    await using store = await openFilled(
      () => openPostgresStore({ connectionString, randomBytes }),
      async (statements) => {
        const client = new Client({ connectionString });
        await client.connect();
        for (const statement of statements('postgres')) await client.query(statement);
        await client.end();
      },
    );
    await measure(store);
  } finally {
    await cluster.close();
  }
}

async function openFilled(
  open: () => Promise<Store>,
  fill: (statements: (dialect: 'sqlite' | 'postgres') => readonly string[]) => Promise<void>,
): Promise<Store & AsyncDisposable> {
  const empty = await open();
  const context = { actor: { kind: 'system', name: 'bench' }, requestId: null, sourceAddress: null } as const;
  await empty.applyConfiguration(context, { keyspaces: MIXED_KEYSPACES }, { acceptOlder: false });
  await empty.close();
  await fill((dialect) => fillMixed(dialect, keyCount, Date.now()));
  const store = await open();
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}
