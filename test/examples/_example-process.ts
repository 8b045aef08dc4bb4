import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { preparePython } from '../clients/_python.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'examples/sdk');

/** One of `examples/sdk`: LocalLeads' API on one framework. */
export interface Example {
  readonly name: string;
  /** Why it is left out; null when this machine has what it needs. */
  readonly missing: string | null;
  /** Whether what runs it shows two lines of one name; otherwise the second is lost before anybody sees it. */
  readonly seesRepeatedLines: boolean;
  /** Whether a request ends when its key is revoked meanwhile, or only the next one is refused. */
  readonly endsInFlight: boolean;
  /** What has to be done once before it can start. */
  prepare?(): void;
  readonly command: {
    readonly file: string;
    readonly parameters: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  };
}

export interface RunningExample {
  /** Without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

const python = preparePython({ 'python3-fastapi': 'fastapi', 'python3-uvicorn': 'uvicorn' });
const next = join(folder, 'next/node_modules/next/dist/bin/next');
const quietly = { PORT: '0', NEXT_TELEMETRY_DISABLED: '1' };

export const EXAMPLES: readonly Example[] = [
  onNode('express', 'express'),
  onNode('fastify', 'fastify'),
  onNode('hono', 'hono'),
  {
    ...onNode('next', 'next'),
    seesRepeatedLines: false,
    prepare() {
      const { status, stdout, stderr } = spawnSync(process.execPath, [next, 'build'], {
        cwd: join(folder, 'next'),
        env: { PATH: process.env['PATH'], ...quietly },
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`next build ended with ${status}:\n${stdout}\n${stderr}`);
    },
    command: { file: process.execPath, parameters: [next, 'start', '-H', '127.0.0.1'] },
  },
  {
    name: 'fastapi',
    missing: python.missing,
    seesRepeatedLines: true,
    endsInFlight: false,
    command: {
      ...python.command('', []),
      parameters: ['-B', '-m', 'uvicorn', 'app:app', '--host', '127.0.0.1', '--port', '0'],
    },
  },
];

function onNode(name: string, framework: string): Example {
  const installed = existsSync(join(folder, name, 'node_modules', framework));
  return {
    name,
    missing: installed ? null : notInstalled(name),
    seesRepeatedLines: true,
    endsInFlight: true,
    command: { file: process.execPath, parameters: ['app.js'] },
  };
}

function notInstalled(name: string): string {
  const reason = `the example is not installed; add it with: npm ci --prefix examples/sdk/${name}`;
  if (process.env['KEYHOLD_REQUIRE_ALL_PARTS'] === '1') throw new Error(reason);
  return reason;
}

/** Starts an example as its page says, on a free port, and waits until it says where it listens. */
export async function startExample(
  example: Example,
  env: Readonly<Record<string, string>>,
): Promise<RunningExample> {
  const { file, parameters, env: own } = example.command;
  const child = spawn(file, parameters, {
    cwd: join(folder, example.name),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...quietly, ...own, ...env },
  });
  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const exited = once(child, 'close').then(() => process.off('exit', killAtExit));
  let output = '';
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const [url] = /http:\/\/127\.0\.0\.1:\d+(?=\s)/.exec(output) ?? [];
      if (url !== undefined) resolve(url);
    });
  }
  void exited.then(() => reject(new Error(`The example ${example.name} ended:\n${output}`)));
  return {
    url: await promise,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
