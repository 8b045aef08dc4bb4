import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from './causes.ts';
import { type Measurements, runPairedRounds } from './paired-rounds.ts';
import { KEYSPACE } from './population.ts';
import { RawClient } from './raw-client.ts';
import type { TargetOptions, TargetReady } from './target.ts';

/** A running `target.ts`. */
export interface Target {
  /** Each face by name: its address and the first line of a request to it. */
  readonly faces: Readonly<
    Record<'gateway' | 'forward-auth', { readonly url: string; readonly requestLine: string }>
  >;
  readonly pid: number;
  stop(): Promise<void>;
}

export async function startTarget(options: Omit<TargetOptions, 'dataDirectory'>): Promise<Target> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'keyhold-timing-'));
  const argument = JSON.stringify({ ...options, dataDirectory } satisfies TargetOptions);
  const child = fork(fileURLToPath(new URL('target.ts', import.meta.url)), [argument]);
  const { managementUrl, gatewayUrl } = await ready(child);
  return {
    faces: {
      gateway: { url: gatewayUrl, requestLine: 'GET /messages HTTP/1.1' },
      'forward-auth': { url: managementUrl, requestLine: `GET /v1/authorize/${KEYSPACE}/messages HTTP/1.1` },
    },
    pid: child.pid!,
    async stop() {
      child.disconnect();
      await once(child, 'exit');
      await rm(dataDirectory, { recursive: true });
    },
  };
}

async function ready(child: ChildProcess): Promise<TargetReady> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The server ended with ${code} before it was ready.`);
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message as TargetReady;
}

/**
 * Gives two processes a processor each, where there are two processors and `taskset`: neither then waits for the other, or
 * moves between them.
 *
 * @returns whether it could.
 */
export function pinApart(clientPid: number, serverPid: number): boolean {
  if (availableParallelism() < 2) return false;
  const pin = (pid: number, processor: number) =>
    spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(processor), String(pid)]).status === 0;
  return pin(clientPid, 0) && pin(serverPid, 1);
}

/** Measures one face over one kept-alive connection. @returns ns for each request. */
export async function measureFace(options: {
  readonly target: Target;
  readonly face: keyof Target['faces'];
  readonly texts: Readonly<Record<Contender, readonly string[]>>;
  readonly rounds: number;
  readonly warmUpRounds: number;
  readonly uniform: () => number;
}): Promise<Measurements> {
  const { target, face, texts } = options;
  const { url, requestLine } = target.faces[face];
  const client = await RawClient.open(url);
  const write = createRequestWriter(requestLine, texts.unknown[0]!);
  let next = 0;
  try {
    return await runPairedRounds({
      ...options,
      measure(contender) {
        const all = texts[contender];
        return client.exchange(write(all[next++ % all.length]!, contender === 'control'));
      },
    });
  } finally {
    client.close();
  }
}

/** Puts each key into the same bytes of memory, so that sending one takes this process as long as sending another. */
function createRequestWriter(requestLine: string, anyKey: string) {
  const head = `${requestLine}\r\nHost: ${KEYSPACE}\r\nAuthorization: Bearer `;
  const request = Buffer.from(`${head}${anyKey}\r\nTiming-Control: 0\r\n\r\n`, 'latin1');
  const controlAt = request.length - '0\r\n\r\n'.length;
  return (presentedKey: string, isControl: boolean): Buffer => {
    request.write(presentedKey, head.length, 'latin1');
    request.write(isControl ? '1' : '0', controlAt, 'latin1');
    return request;
  };
}
