/**
 * How long a revocation takes until it holds everywhere: `POST /v1/keys/{id}/revoke`, asked of three nodes in turn, over a
 * PostgreSQL whose commits reach the disk. Next to it, in turn, the least that a write can do which returns when two others
 * have it, by PostgreSQL's client alone.
 *
 *     node bench/revoke.ts [REVOCATIONS] [PAUSE_MS] [SETTING]      default 1000 10, for each setting; SETTING is a part of the name of those to measure
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startPostgresCluster } from '@keyhold/store/testing-postgres';
import { startBareRound } from './parts/bare-round.ts';
import { type Keyhold, startKeyhold } from './parts/keyhold.ts';
import { freePort, startProcess } from './parts/process.ts';
import { median, quantile } from './parts/statistics.ts';

const NODES = 3;
const APPLICATION = join(import.meta.dirname, 'parts/attached-application.ts');
const VERIFICATIONS = join(import.meta.dirname, 'parts/steady-verifications.ts');
/** Of each setting, before the first that counts: its nodes and applications have just been started and compile what they run. */
const UNCOUNTED = 300;
const KEYSPACE = 'default';

interface Setting {
  readonly name: string;
  readonly workers: number;
  readonly applications: number;
  /** Asked of all nodes together. */
  readonly verificationsPerSecond: number;
}

const ALONE = { workers: 1, applications: 0, verificationsPerSecond: 0 };
const SETTINGS: readonly Setting[] = [
  { ...ALONE, name: '3 nodes' },
  { ...ALONE, name: '3 nodes, 6 applications', applications: 6 },
  { ...ALONE, name: '3 nodes, 1,000 verifications/s', verificationsPerSecond: 1_000 },
  { ...ALONE, name: '3 nodes of 2 workers', workers: 2 },
];

const revocations = Number(process.argv[2] ?? 1_000);
const pauseMs = Number(process.argv[3] ?? 10);
const chosen = process.argv[4] ?? '';
const directory = mkdtempSync(join(tmpdir(), 'keyhold-bench-'));
console.log('p50 · p99 · max'.padStart(52));
const postgres = await startPostgresCluster({ durable: true });
try {
  for (const setting of SETTINGS.filter(({ name }) => name.includes(chosen))) await measure(setting);
} finally {
  await postgres.close();
  rmSync(directory, { recursive: true });
}

/** Revocations and bare rounds in turn. */
async function measure(setting: Setting): Promise<void> {
  await using parts = new AsyncDisposableStack();
  const bare = await startBareRound(await postgres.createDatabase(), NODES - 1);
  parts.defer(() => bare.close());
  const nodes = await startNodes(setting, parts);
  const nodeAt = (turn: number): Keyhold => nodes[turn % NODES] as Keyhold;
  await nodeAt(0).call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
  const fields = { keyspace: KEYSPACE, organization: 'acme', name: 'A key', environment: 'live' };
  for (let index = 0; index < setting.applications; index++) await startApplication(nodeAt(index), parts);
  if (setting.verificationsPerSecond > 0) {
    const { key } = await nodeAt(0).call('POST', '/v1/keys', fields);
    const rate = Math.ceil(setting.verificationsPerSecond / NODES);
    for (const node of nodes) await startVerifications(node, String(key), rate, parts);
  }
  const revokesMs: number[] = [];
  const roundsMs: number[] = [];
  for (let turn = 0; turn < UNCOUNTED + revocations; turn++) {
    const { id } = await nodeAt(turn).call('POST', '/v1/keys', fields);
    await delay(pauseMs);
    const startMs = performance.now();
    await nodeAt(turn).call('POST', `/v1/keys/${String(id)}/revoke`, {});
    revokesMs.push(performance.now() - startMs);
    await delay(pauseMs);
    roundsMs.push(await bare.write());
  }
  print(setting.name, revokesMs.slice(UNCOUNTED), roundsMs.slice(UNCOUNTED));
}

async function startNodes({ name, workers }: Setting, parts: AsyncDisposableStack): Promise<Keyhold[]> {
  const connectionString = await postgres.createDatabase();
  const nodes: Keyhold[] = [];
  for (let index = 0; index < NODES; index++) {
    const token = nodes[0]?.token;
    const node = await startKeyhold({
      dataDirectory: join(directory, `${name} ${index}`),
      flags: ['--database', connectionString, '--node-name', `node-${index}`, '--workers', String(workers)],
      ...(token !== undefined && { token }),
    });
    parts.defer(() => node.stop());
    nodes.push(node);
  }
  return nodes;
}

async function startApplication({ url, token }: Keyhold, parts: AsyncDisposableStack): Promise<void> {
  const port = await freePort();
  const application = await startProcess({
    command: process.execPath,
    args: [APPLICATION, String(port), url, token, KEYSPACE],
    isReady: async () => (await fetch(`http://127.0.0.1:${port}`)).ok,
  });
  parts.defer(() => application.stop());
}

async function startVerifications(
  { url, token }: Keyhold,
  key: string,
  perSecond: number,
  parts: AsyncDisposableStack,
): Promise<void> {
  const body = JSON.stringify({ key, keyspace: KEYSPACE });
  const load = await startProcess({
    command: process.execPath,
    args: [VERIFICATIONS, url, token, body, String(perSecond)],
    isReady: async () => true,
  });
  parts.defer(() => load.stop());
}

function print(name: string, revokesMs: readonly number[], roundsMs: readonly number[]): void {
  const format = (values: readonly number[]) =>
    [0.5, 0.99, 1].map((share) => quantile(values, share).toFixed(1).padStart(6)).join(' ·');
  console.log(
    `${name.padEnd(32)} ${format(revokesMs)} ms   bare ${format(roundsMs)} ms   ratio of the medians ${(median(revokesMs) / median(roundsMs)).toFixed(1)}`,
  );
}
