/**
 * How long a process takes to attach to a server with many keys, and how much memory it then has; beside reading as many
 * bytes as its keys are off a bare socket. And how long a server takes to start whose workers are loaded the same way. The
 * process runs JavaScript, as the package is: reading TypeScript costs it 40 MB.
 *
 *     node bench/attach.ts [KEYS] [ROUNDS]      default 1000000 3
 */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createSystemClock, systemRandomBytes } from '@keyhold/server';
import { build } from 'rolldown';
import { fillSqliteStore } from './parts/filled-store.ts';
import { type Keyhold, mintOperatorToken, startKeyhold } from './parts/keyhold.ts';
import { median } from './parts/statistics.ts';

/** Of a key with one secret and a name of 17 bytes, as `coherence/src/snapshot/key-page.ts` writes it. */
const KEY_BYTES = 47 + 17 + 44;

const keyCount = Number(process.argv[2] ?? 1_000_000);
const rounds = Number(process.argv[3] ?? 3);
const dataDirectory = mkdtempSync(join(tmpdir(), 'keyhold-bench-'));
const token = mintOperatorToken();
const program = join(dataDirectory, 'attached-verifier.mjs');
await build({
  input: join(import.meta.dirname, 'parts/attached-verifier.ts'),
  platform: 'node',
  output: { file: program, format: 'esm' },
  logLevel: 'warn',
});

interface Attached {
  readonly attachedMs: number;
  readonly servesMs: number;
  readonly rssMb: number;
  readonly peakMb: number;
}

try {
  for (const count of [0, keyCount]) {
    const directory = join(dataDirectory, String(count));
    mkdirSync(directory);
    await fillSqliteStore({
      file: join(directory, 'keyhold.db'),
      keyCount: count,
      clock: createSystemClock(),
      randomBytes: systemRandomBytes,
    });
    for (const workers of [1, 2]) await measure(count, directory, workers);
  }
  const bareMs: number[] = [];
  for (let round = 0; round < rounds; round++) bareMs.push(await readBare(keyCount * KEY_BYTES));
  const megabytes = (keyCount * KEY_BYTES) / 1e6;
  console.log(`${megabytes.toFixed(0)} MB off a bare socket: ${seconds(bareMs)}`);
} finally {
  rmSync(dataDirectory, { recursive: true });
}

async function measure(count: number, directory: string, workers: number): Promise<void> {
  const startMs = performance.now();
  const keyhold = await startKeyhold({
    dataDirectory: directory,
    token,
    flags: ['--workers', String(workers)],
  });
  const readyMs = performance.now() - startMs;
  const attached: Attached[] = [];
  for (let round = 0; round < rounds; round++) attached.push(await attach(keyhold));
  await keyhold.stop();
  const medianOf = (field: keyof Attached) => attached.map((each) => each[field]);
  console.log(
    `${String(count).padStart(8)} keys, ${workers} worker${workers === 1 ? ' ' : 's'}: server ready after ${seconds([readyMs])};` +
      ` attached after ${seconds(medianOf('attachedMs'))}, ${seconds(medianOf('servesMs'))} after the process began;` +
      ` ${median(medianOf('rssMb')).toFixed(0)} MB, ${median(medianOf('peakMb')).toFixed(0)} MB at the most`,
  );
}

async function attach(keyhold: Keyhold): Promise<Attached> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, keyhold.url, token, 'default']);
  return JSON.parse(stdout);
}

async function readBare(byteCount: number): Promise<number> {
  const chunk = Buffer.alloc(100_000);
  const server = createServer((socket) => void sendTo(socket)).listen(0, '127.0.0.1');
  async function sendTo(socket: Socket): Promise<void> {
    for (let sent = 0; sent < byteCount; sent += chunk.length) {
      if (!socket.write(chunk)) await once(socket, 'drain');
    }
    socket.end();
  }
  await once(server, 'listening');
  const startMs = performance.now();
  await once(connect((server.address() as AddressInfo).port, '127.0.0.1').resume(), 'close');
  server.close();
  return performance.now() - startMs;
}

function seconds(timesMs: readonly number[]): string {
  return `${(median(timesMs) / 1_000).toFixed(2)} s`;
}
