import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** A program of this machine that a test runs. */
export interface Program {
  /** SIGTERM, then waits until it is gone. */
  stop(): Promise<void>;
}

/** A proxy in front of the API of both systems. */
export interface RunningProxy extends Program {
  readonly esmsUrl: string;
  readonly leadsUrl: string;
}

/** Where a program is; null when this machine does not have it. Debian keeps nginx where only root's path leads. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/bin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why a suite is left out that needs this program. Throws it where every part must be there. */
export function reasonToLeaveOut(name: string): string | null {
  if (findProgram(name) !== null) return null;
  const reason = `${name} is not installed here; add it with: apt-get install --no-install-recommends ${name}`;
  if (process.env['KEYHOLD_REQUIRE_ALL_PARTS'] === '1') throw new Error(reason);
  return reason;
}

/**
 * Starts a program in the foreground and waits until it has written `readyText` to its standard error.
 *
 * @throws when it ends instead; the message is what it wrote.
 */
export async function startProgram(
  file: string,
  parameters: readonly string[],
  options: { readonly readyText: string; readonly env?: Readonly<Record<string, string>> },
): Promise<Program> {
  const child = spawn(file, parameters, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], ...options.env },
  });
  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const exited = once(child, 'close').then(() => process.off('exit', killAtExit));

  let output = '';
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.includes(options.readyText)) resolve();
  });
  void exited.then(() => reject(new Error(`${file} ended:\n${output}`)));
  await ready;
  return {
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/**
 * A port of 127.0.0.1 for a program that cannot take any free one by itself: below those that the system gives to
 * connections and to port 0, so that nobody takes it in between.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      // Taken: the next one.
      continue;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}
