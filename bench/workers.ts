/**
 * What several workers bring: `/v1/verify` of a server with two workers against one with one, next to what a bare
 * `node:http` server gains by the same, in processes and in threads; and the memory of each.
 *
 *     node bench/workers.ts [ROUNDS] [SECONDS]      default 5 2
 *
 * All run all the time and take turns under load by `wrk`, which needs a core of its own: on a machine with two cores a
 * second worker has what `wrk` leaves. Ratios are the medians of the rounds.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKeyhold } from './parts/keyhold.ts';
import { freePort, type MeasuredProcess, startProcess } from './parts/process.ts';
import { type LoadRequest, loadByWrk } from './parts/request.ts';
import { median } from './parts/statistics.ts';

const CONNECTIONS = 32;
const BARE_SERVERS = join(import.meta.dirname, 'parts/bare-servers.ts');

const rounds = Number(process.argv[2] ?? 5);
const seconds = Number(process.argv[3] ?? 2);
const directory = mkdtempSync(join(tmpdir(), 'keyhold-bench-'));

interface Contender {
  readonly name: string;
  readonly server: MeasuredProcess;
  readonly origin: string;
  readonly request: LoadRequest;
  /** Requests per second in each round. */
  readonly rates: number[];
}

const contenders: Contender[] = [];
try {
  await addKeyhold(1);
  await addKeyhold(2);
  await addBare('cluster', 1);
  await addBare('cluster', 2);
  await addBare('processes', 2);
  await addBare('threads', 1);
  await addBare('threads', 2);
  for (let round = 0; round < rounds; round++) {
    for (const { origin, request, rates } of contenders) {
      rates.push(await loadByWrk({ origin, request, connections: CONNECTIONS, seconds }));
    }
  }
  for (const { name, server, rates } of contenders) {
    console.log(
      `${name.padEnd(28)} ${median(rates).toFixed(0).padStart(7)} /s  ${memoryMb(server.pid).toFixed(0).padStart(5)} MB`,
    );
  }
  compare('keyhold, 2 workers', 'keyhold, 1 worker');
  compare('bare, 2 × cluster', 'bare, 1 × cluster');
  compare('bare, 2 × processes', 'bare, 1 × cluster');
  compare('bare, 2 × threads', 'bare, 1 × threads');
} finally {
  for (const { server } of contenders) await server.stop();
  rmSync(directory, { recursive: true });
}

async function addKeyhold(workers: number): Promise<void> {
  const keyhold = await startKeyhold({
    dataDirectory: join(directory, `workers-${workers}`),
    flags: ['--workers', String(workers)],
  });
  await keyhold.call('POST', '/v1/organizations', { id: 'acme', name: 'Acme' });
  const fields = { keyspace: 'default', organization: 'acme', name: 'A key', environment: 'live' };
  const { key } = await keyhold.call('POST', '/v1/keys', fields);
  const request = {
    method: 'POST',
    path: '/v1/verify',
    headers: { Authorization: `Bearer ${keyhold.token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ key, keyspace: 'default' }),
  };
  const name = `keyhold, ${workers} worker${workers === 1 ? '' : 's'}`;
  contenders.push({ name, server: keyhold, origin: keyhold.url, request, rates: [] });
}

/** Answers what Keyhold answers to the same request. */
async function addBare(way: 'cluster' | 'processes' | 'threads', count: number): Promise<void> {
  const { request, origin: keyhold } = contenders[0]!;
  const answer = await fetch(keyhold + request.path, { ...request });
  const headers = ['content-type', 'cache-control', 'keyhold-request-id'].flatMap((name) => [
    name,
    answer.headers.get(name) ?? '',
  ]);
  const body = await answer.text();
  const bare = JSON.stringify({
    status: answer.status,
    headers: [...headers, 'content-length', String(body.length)],
    body,
  });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const server = await startProcess({
    command: process.execPath,
    args: [BARE_SERVERS, way, String(count), bare, String(port)],
    isReady: async () => (await fetch(origin, { method: 'POST', body: '{}' })).ok,
  });
  contenders.push({ name: `bare, ${count} × ${way}`, server, origin, request, rates: [] });
}

function compare(name: string, base: string): void {
  const find = (wanted: string) => contenders.find((contender) => contender.name === wanted)?.rates ?? [];
  const ratios = find(name).map((rate, round) => rate / (find(base)[round] ?? Number.NaN));
  console.log(`${name} / ${base}: ${median(ratios).toFixed(2)}`);
}

/** Of a process and its children, each page they share counted once. */
function memoryMb(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const own = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1_024;
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return children.reduce((sum, child) => sum + memoryMb(child), own);
}
