import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** An API in another language, behind the middleware under test. */
export interface Application {
  readonly url: string;
  stop(): Promise<void>;
}

export interface Command {
  readonly file: string;
  readonly parameters: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a program that prints the port it listens on as its first line. */
export async function startApplication({ file, parameters, env }: Command): Promise<Application> {
  const child = spawn(file, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], ...env },
  });
  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const exited = once(child, 'close').then(() => process.off('exit', killAtExit));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  createInterface(child.stdout).once('line', resolve);
  void exited.then(() => reject(new Error(`${file} ended:\n${errors}`)));
  const port = await promise;
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
