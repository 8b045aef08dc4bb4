import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

/** The real command in processes of its own. Everything is waited for by what it writes, never by time. */

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

const readySchema = z.object({ url: z.string().nullable(), gateways: z.record(z.string(), z.string()) });

export interface CommandOptions {
  readonly cwd: string;
  /** Takes what ends the process. Default: it is ended with the test. */
  readonly onStart?: (kill: () => void) => void;
  readonly env?: { readonly [variable: string]: string };
}

export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard error without the log. */
  readonly complaint: string;
}

/** A directory that goes with the test. */
export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'keyhold-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs one command to its end. */
export async function runKeyhold(args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { child, output, ended } = start(args, options);
  await ended;
  const complaint = output.stderr
    .split(/(?<=\n)/)
    .filter((line) => !line.startsWith('{'))
    .join('');
  return { exitCode: child.exitCode, ...output, complaint };
}

export interface Server {
  readonly pid: number;
  /** Null without the role `api`. */
  readonly url: string | null;
  /** Keyspace → where its gateway listens. */
  readonly gateways: { readonly [keyspace: string]: string };
  /** What it has written so far. */
  readonly output: { readonly stdout: string; readonly stderr: string };
  /** The token of the banner; null when it has none. */
  readonly token: string | null;
  signal(name: NodeJS.Signals): void;
  /** Resolves when its log has a line with this message. */
  logged(message: string): Promise<void>;
  /** Resolves with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Runs a command against it, with its token. */
  run(...args: readonly string[]): Promise<CommandResult>;
  call(
    method: string,
    path: string,
    body?: object,
    operatorToken?: string,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
}

/** Starts a server on a free port and waits until it is ready. It is killed at the end of the test if it still runs. */
export async function startKeyhold(
  options: CommandOptions & { readonly args?: readonly string[]; readonly token?: string },
): Promise<Server> {
  const started = start(['serve', '--port', '0', ...(options.args ?? [])], options);
  const { child, output, ended } = started;
  const { url, gateways } = readySchema.parse(await started.logged('Ready.'));
  // Written just before, to the other pipe; this round of the event loop may read it second.
  await setImmediate();
  const printed = /^export KEYHOLD_OPERATOR_TOKEN=(\S+)$/m.exec(output.stdout)?.[1] ?? null;
  const token = printed ?? options.token ?? '';
  return {
    pid: child.pid!,
    url,
    gateways,
    output,
    token: printed,
    signal: (name) => void child.kill(name),
    logged: async (message) => void (await started.logged(message)),
    ended,
    run: (...args) =>
      runKeyhold(args, { cwd: options.cwd, env: { KEYHOLD_URL: url ?? '', KEYHOLD_OPERATOR_TOKEN: token } }),
    async call(method, path, body, operatorToken = token) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
        body: body === undefined ? null : JSON.stringify(body),
      });
      return { status: response.status, body: await response.json() };
    },
  };
}

interface Started {
  readonly child: ChildProcess;
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<number | string>;
  /** The first line of the log with this message; rejects when the process ends without it. */
  logged(message: string): Promise<object>;
}

function start(
  args: readonly string[],
  { cwd, env = {}, onStart = onTestFinished }: CommandOptions,
): Started {
  // Nothing of the surroundings may set a setting.
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onStart(() => void child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const watch of watchers) watch();
    });
  }
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return {
    child,
    output,
    ended,
    logged(message) {
      const { promise, resolve, reject } = Promise.withResolvers<object>();
      const watch = () => {
        const found = parseLog(output.stderr).find(({ msg }) => msg === message);
        if (found !== undefined) resolve(found);
      };
      watchers.add(watch);
      watch();
      void ended.then((end) =>
        reject(new Error(`It ended with ${end} before "${message}": ${output.stderr}`)),
      );
      return promise.finally(() => watchers.delete(watch));
    },
  };
}

/** The whole lines of a log that are JSON. */
export function parseLog(log: string): readonly { readonly msg?: string }[] {
  return log
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line): { readonly msg?: string } => JSON.parse(line));
}

/** The head of the answer to a request that was sent. */
export function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.once('response', resolve).once('error', reject);
  return promise;
}
