/**
 * How long forward-auth of a good key takes while other things go on: 500 writes a second, a bulk revocation of 100,000 keys,
 * a flood of well-formed keys that nobody has. Each next to the same server at rest.
 *
 *     node bench/under-load.ts [ROUNDS] [SECONDS]      default 3 4
 */

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { compileKeyspace, defaultKeyspaceDefinition } from '@keyhold/core';
import { createSystemClock, systemRandomBytes } from '@keyhold/server';
import { fillSqliteStore } from './parts/filled-store.ts';
import { startKeyhold } from './parts/keyhold.ts';
import { probe } from './parts/probe.ts';
import { floodByWrk, type LoadRequest } from './parts/request.ts';
import { median, quantile } from './parts/statistics.ts';
import type { WriterOptions } from './parts/writer.ts';

const BULK_KEYS = 100_000;
const WRITES_PER_SECOND = 500;
const WRITTEN_KEYS = 50;
const FLOOD_KEYS = 2_000;
const FLOOD_CONNECTIONS = 16;
const WRITER = new URL('parts/writer.ts', import.meta.url);

const rounds = Number(process.argv[2] ?? 3);
const seconds = Number(process.argv[3] ?? 4);
const directory = mkdtempSync(join(tmpdir(), 'keyhold-bench-'));
const dataDirectory = join(directory, 'data');
mkdirSync(dataDirectory);
await fillSqliteStore({
  file: join(dataDirectory, 'keyhold.db'),
  keyCount: BULK_KEYS,
  clock: createSystemClock(),
  randomBytes: systemRandomBytes,
});
const keyhold = await startKeyhold({ dataDirectory });

try {
  await keyhold.call('POST', '/v1/organizations', { id: 'probe', name: 'Probe' });
  const issue = () =>
    keyhold.call('POST', '/v1/keys', {
      keyspace: 'default',
      organization: 'probe',
      name: 'Production server',
      environment: 'live',
    });
  const presentedKey = String((await issue())['key']);
  const written: string[] = [];
  for (let i = 0; i < WRITTEN_KEYS; i++) written.push(String((await issue())['id']));
  const request: LoadRequest = {
    method: 'GET',
    path: '/v1/authorize/default',
    headers: { Authorization: `Bearer ${presentedKey}` },
    body: '',
  };
  const measure = () => probe(keyhold.url, request, seconds);
  const { format } = compileKeyspace(defaultKeyspaceDefinition(), []);
  const garbage = Array.from({ length: FLOOD_KEYS }, () => format.mint('live', systemRandomBytes));

  const idle: number[][] = [];
  const writing: number[][] = [];
  const flooded: number[][] = [];
  let writesPerSecond = 0;
  let floodPerSecond = 0;
  await measure();
  for (let round = 0; round < rounds; round++) {
    idle.push(await measure());
    const writes = write(written);
    writing.push(await measure());
    writesPerSecond = await writes;
    const flood = floodByWrk({
      origin: keyhold.url,
      path: request.path,
      presentedKeys: garbage,
      connections: FLOOD_CONNECTIONS,
      seconds: seconds + 1,
    });
    await delay(500);
    flooded.push(await measure());
    floodPerSecond = await flood;
  }
  const revoked = keyhold.call('POST', '/v1/organizations/acme/revoke-keys', {});
  const revoking = await measure();
  await revoked;

  report('at rest', idle, idle);
  report(`${writesPerSecond.toFixed(0)} writes/s`, writing, idle);
  report(`bulk revocation of ${BULK_KEYS}`, [revoking], idle);
  report(`flood of ${floodPerSecond.toFixed(0)} unknown keys/s`, flooded, idle);
} finally {
  await keyhold.stop();
  rmSync(directory, { recursive: true });
}

/** @returns writes answered in a second. */
async function write(keyIds: readonly string[]): Promise<number> {
  const { url, token } = keyhold;
  const workerData: WriterOptions = { url, token, keyIds, perSecond: WRITES_PER_SECOND, seconds };
  const [perSecond] = await once(new Worker(WRITER, { workerData }), 'message');
  return Number(perSecond);
}

function report(
  what: string,
  runs: readonly (readonly number[])[],
  atRest: readonly (readonly number[])[],
): void {
  const of = (share: number, of: readonly (readonly number[])[]) =>
    median(of.map((run) => quantile(run, share)));
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((share) => of(share, runs).toFixed(2));
  const ratio = of(0.99, runs) / of(0.99, atRest);
  console.log(
    `${what.padEnd(40)}p50 ${p50} ms  p99 ${p99} ms  p99.9 ${p999} ms   p99 is ${ratio.toFixed(1)} times that at rest`,
  );
}
