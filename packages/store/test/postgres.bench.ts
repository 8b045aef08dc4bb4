/**
 * What a mutation costs in PostgreSQL, next to what the server allows: a bare durable update of one row. Then a snapshot of
 * many keys, which is what a node's start and a reload take.
 *
 *     node packages/store/test/postgres.bench.ts [KEYS]      default 1000000
 *
 * It runs a PostgreSQL of its own on this machine, with its defaults.
 */

import { createReplica } from '@keyhold/coherence';
import { type Clock, createKeyId, defaultKeyspaceDefinition, type KeyId } from '@keyhold/core';
import { createSeededRandom } from '@keyhold/core/testing';
import { Client } from 'pg';
import { openPostgresStore } from '../src/postgres/postgres-store.ts';
import type { Store } from '../src/store.ts';
import { startPostgresCluster } from '../src/testing-postgres.ts';
import { digestOf, SYSTEM } from './_world.ts';

const KEY_COUNT = Number(process.argv[2] ?? 1_000_000);
const CALLS = 2_000;
const WRITERS = 8;

const FILL = `
  SET keyhold.writer = 'keyhold';
  INSERT INTO key (id, keyspace, number, organization, name, environment, scopes, masked_key, allowed_cidrs, metadata,
    generation, created_at_ms, created_by, seq)
  SELECT 'key_0' || substr(encode(sha256(n::text::bytea), 'hex'), 1, 25), 'default', n + 1000, 'acme', 'Key ' || n, 'live', '[]', 'kh_live_…', '[]', '{}',
    1, 0, 'bench', 1
  FROM generate_series(1, ${KEY_COUNT}) AS n;
  INSERT INTO secret (key_position, generation, lookup, pepper_version)
  SELECT position, 1, sha256(convert_to(id, 'UTF8')), 0 FROM key WHERE created_by = 'bench' AND number > 1000`;

const clock: Clock = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  setTimer(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
const randomBytes = createSeededRandom(1);
const cluster = await startPostgresCluster({ durable: true });

try {
  const connectionString = await cluster.createDatabase();
  const person = new Client({ connectionString }).on('error', () => {});
  await person.connect();
  const nodes: Store[] = [];
  for (let i = 0; i < WRITERS; i++) nodes.push(await openPostgresStore({ connectionString, randomBytes }));
  const store = nodes[0]!;
  const configuration = { keyspaces: [defaultKeyspaceDefinition()] };
  await store.applyConfiguration(SYSTEM, configuration, { acceptOlder: false });
  const organization = { id: 'acme', name: 'Acme', features: [], tags: [], suspended: false };
  await store.createOrganization(SYSTEM, organization, null);
  const ids = await Promise.all(Array.from({ length: WRITERS }, (_, i) => issue(store, i)));

  await measure('a bare durable update, alone (the limit)', 1, () =>
    person.query('UPDATE head SET seq = seq'),
  );
  await measure('a mutation, alone', 1, (i) => toggle(store, ids[0]!, i));
  await measure(`mutations of ${WRITERS} writers on one node`, WRITERS, (i, writer) =>
    toggle(store, ids[writer]!, i),
  );
  await measure(`mutations of ${WRITERS} nodes, a writer each`, WRITERS, (i, writer) =>
    toggle(nodes[writer]!, ids[writer]!, i),
  );

  await person.query(FILL);
  await person.query('ANALYZE');
  const begunMs = performance.now();
  const replica = createReplica({ clock });
  replica.seal(await store.readSnapshot((page) => replica.load(page)));
  const seconds = (performance.now() - begunMs) / 1_000;
  print(`a snapshot of ${replica.keyCount} keys, loaded`, `${seconds.toFixed(2)} s`);
  await person.end();
  await Promise.all(nodes.map((node) => node.close()));
} finally {
  await cluster.close();
}

async function issue(store: Store, n: number): Promise<KeyId> {
  const key = {
    id: createKeyId(randomBytes, Date.now()),
    keyspace: 'default',
    organization: 'acme',
    name: `Key ${n}`,
    environment: 'live',
    scopes: [],
    expiresAtMs: null,
    allowedCidrs: [],
    metadata: {},
    secret: { digest: digestOf(`bench ${n}`), maskedKey: 'kh_live_…' },
  };
  return (await store.issueKey(SYSTEM, key, null)).value.id;
}

async function toggle(store: Store, id: KeyId, i: number): Promise<void> {
  await (i % 2 === 0 ? store.disableKey(SYSTEM, { id }) : store.enableKey(SYSTEM, { id }));
}

/** Each writer makes its share of the calls, one after the other. */
async function measure(
  what: string,
  writers: number,
  call: (i: number, writer: number) => Promise<unknown>,
): Promise<void> {
  const durations: number[] = [];
  const begunMs = performance.now();
  const write = async (writer: number) => {
    for (let i = 0; i < CALLS / writers; i++) {
      const startMs = performance.now();
      await call(i, writer);
      durations.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const perSecond = durations.length / ((performance.now() - begunMs) / 1_000);
  durations.sort((a, b) => a - b);
  const at = (share: number) => `${durations[Math.floor(durations.length * share)]?.toFixed(2)} ms`;
  print(what, `${perSecond.toFixed(0)}/s, p50 ${at(0.5)}, p99 ${at(0.99)}`);
}

function print(what: string, result: string): void {
  console.log(`${what.padEnd(44)} ${result}`);
}
