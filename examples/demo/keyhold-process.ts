import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));

export interface KeyholdProcess {
  /** Also the id of the process group that its workers are in. */
  readonly pid: number;
  /** Where the management API answers. */
  readonly url: string;
  /** The first operator's token; null when this was not the first start on its data. */
  readonly printedOperatorToken: string | null;
  /** Resolves with how it ended: an exit code, or the name of a signal. */
  readonly exited: Promise<number | string>;
  /** Where the gateway serves this keyspace. */
  gateway(keyspace: string): string;
  /** Everything it has written so far. */
  output(): string;
  /** Asks it to stop in order, and waits. */
  stop(): Promise<void>;
  /** SIGKILL to it and its workers, without a wait. */
  kill(): void;
}

/** What the log line that says "Ready." tells. */
interface ReadyLine {
  readonly msg: 'Ready.';
  readonly url: string;
  readonly gateways: Readonly<Record<string, string>>;
}

/**
 * Runs `keyhold serve` as its users do and waits until it is ready.
 *
 * @throws when it stops instead; the message is what it wrote.
 */
export async function startKeyhold(options: {
  readonly configFile: string;
  readonly dataDirectory: string;
  /** Of the management API; 0: any free one. */
  readonly port: number;
  /** The command's file; default the one of this repository. */
  readonly command?: string;
  /** Further flags of `keyhold serve`. */
  readonly flags?: readonly string[];
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
}): Promise<KeyholdProcess> {
  const { configFile, dataDirectory, port, command = COMMAND, flags = [], nodeFlags = [] } = options;
  const parameters = ['serve', '--config', configFile, '--data', dataDirectory, '--port', String(port)];
  const child = spawn(process.execPath, [...nodeFlags, command, ...parameters, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: withoutSettings(process.env),
    // A process group of its own, so that Ctrl-C reaches only who started it, which then stops it in order.
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) {
    const [error] = await once(child, 'error');
    throw error;
  }
  // An exit that nobody waits for, a crash or a test that fails, must not leave it behind.
  const killAtExit = () => killGroup(pid);
  process.once('exit', killAtExit);

  let output = '';
  let log = '';
  const { promise: ready, resolve: becomeReady, reject: refuse } = Promise.withResolvers<ReadyLine>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.on('data', function findReady(text: string) {
    log += text;
    const line = findReadyLine(log);
    if (line === null) return;
    child.stderr.off('data', findReady);
    becomeReady(line);
  });
  // "close" comes after everything that was written has been read.
  const exited = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      process.off('exit', killAtExit);
      refuse(new Error(withoutLog(output)));
      resolve(code ?? signal ?? 'unknown');
    });
  });

  const { url, gateways } = await ready;
  // The token went to the other pipe just before: it is there, but this round of the event loop may read it second.
  await setImmediate();
  return {
    pid,
    url,
    printedOperatorToken: /^export KEYHOLD_OPERATOR_TOKEN=(\S+)$/m.exec(output)?.[1] ?? null,
    exited,
    gateway(keyspace) {
      const gateway = gateways[keyspace];
      if (gateway === undefined) throw new Error(`No listener serves the keyspace "${keyspace}".`);
      return gateway;
    },
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
    kill: () => killGroup(pid),
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody of it is left.
  }
}

/** The surroundings without what would set Keyhold's own settings. */
function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('KEYHOLD_')));
}

/** What was said to people: the log's lines are JSON. */
function withoutLog(output: string): string {
  return output
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{'))
    .join('\n');
}

/** The log is one JSON object a line; the last one may not be whole yet. */
function findReadyLine(log: string): ReadyLine | null {
  const line = log
    .split('\n')
    .slice(0, -1)
    .find((candidate) => candidate.includes('"msg":"Ready."'));
  return line === undefined ? null : (JSON.parse(line) as ReadyLine);
}
