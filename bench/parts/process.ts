import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A program that is measured from outside, whatever it is written in. */
export interface MeasuredProcess {
  readonly pid: number;
  /** Processor time it and its children have taken so far, in steps of 10 ms. */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** The kernel's unit of processor time, the same on every architecture (`getconf CLK_TCK`). */
const TICK_MS = 10;

const READY_DEADLINE_MS = 120_000;

/**
 * Starts a program and waits until it answers.
 *
 * @param options.isReady asked again and again; a rejection counts as not yet.
 */
export async function startProcess(options: {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly isReady: () => Promise<boolean>;
}): Promise<MeasuredProcess> {
  const { command, args, env = process.env, isReady } = options;
  const child = spawn(command, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000);
  });
  const pid = await started(child, command);
  const endMs = performance.now() + READY_DEADLINE_MS;
  while (!(await isReady().catch(() => false))) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${complaint}`);
    if (performance.now() > endMs) throw new Error(`${command} did not answer in time: ${complaint}`);
    await delay(5);
  }
  return {
    pid,
    cpuMs: () => [pid, ...childrenOf(pid)].reduce((sum, each) => sum + cpuMsOf(each), 0),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}

/** A port that nothing listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('There is no port.');
  return address.port;
}

async function started(child: ChildProcess, command: string): Promise<number> {
  await once(child, 'spawn');
  if (child.pid === undefined) throw new Error(`${command} could not be started.`);
  return child.pid;
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

/** proc_pid_stat(5): the name may hold blanks and brackets, so fields are counted from the last bracket on. */
function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
