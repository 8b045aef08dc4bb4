import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Design } from '../design.ts';
import type { Node, NodeAddresses } from './node.ts';

const MAIN = fileURLToPath(new URL('./application-main.ts', import.meta.url));

/** What is kept of what it writes. */
const OUTPUT_CHARACTERS = 10_000;

export interface ApplicationOptions {
  /** Behind those of the nodes. */
  readonly index: number;
  /** Of the nodes, the one to begin with first. */
  readonly urls: readonly string[];
  readonly attachToken: string;
  readonly design: Design;
  onAddresses(index: number, addresses: NodeAddresses | null): void;
}

/** An application with the SDK, over all its starts: one process, whose one address is both of a node's. */
export function createApplication(options: ApplicationOptions): Node {
  const { index, urls, attachToken, design, onAddresses } = options;
  let current: ChildProcess | null = null;
  let addresses: NodeAddresses | null = null;
  let output = '';

  function moveTo(next: NodeAddresses | null): void {
    addresses = next;
    onAddresses(index, next);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    moveTo(null);
    if (current === null || current.exitCode !== null || current.signalCode !== null) return;
    const ended = once(current, 'exit');
    current.kill(signal);
    await ended;
  }

  return {
    index,
    printedOperatorToken: null,
    get addresses() {
      return addresses;
    },
    async start() {
      const started = spawn(process.execPath, [...design.nodeFlags, MAIN, ...urls], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, KEYHOLD_ATTACH_TOKEN: attachToken },
      });
      current = started;
      output = '';
      const killAtExit = () => void started.kill('SIGKILL');
      process.once('exit', killAtExit);
      started.once('exit', () => process.off('exit', killAtExit));
      started.stderr.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-OUTPUT_CHARACTERS);
      });
      const ended = once(started, 'exit').then(() => {
        throw new Error(`The application ended before it answered: ${output}`);
      });
      const [line]: unknown[] = await Promise.race([once(started.stdout.setEncoding('utf8'), 'data'), ended]);
      ended.catch(() => {});
      const url = `http://127.0.0.1:${Number(line)}`;
      moveTo({ management: url, gateway: url });
    },
    freeze() {
      const frozen = current;
      frozen?.kill('SIGSTOP');
      return () => void frozen?.kill('SIGCONT');
    },
    strike: () => void current?.kill('SIGKILL'),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    output: () => output,
  };
}
