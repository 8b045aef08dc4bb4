import { readFileSync } from 'node:fs';
import { type KeyholdProcess, startKeyhold } from '../../examples/demo/keyhold-process.ts';
import type { Design } from '../design.ts';

/** Where a node answers. */
export interface NodeAddresses {
  readonly management: string;
  /** Null: it has no gateway. */
  readonly gateway: string | null;
}

/** One server of the cluster, over all its starts. */
export interface Node {
  readonly index: number;
  /** Null while it is not started. */
  readonly addresses: NodeAddresses | null;
  /** The first operator's token, from the start that printed it. */
  readonly printedOperatorToken: string | null;
  /** @throws when it does not become ready; the message is what it wrote. */
  start(): Promise<void>;
  /** SIGSTOP. @returns what lets it go on. */
  freeze(part: NodePart): () => void;
  /** SIGKILL, without a wait. */
  strike(part: NodePart): void;
  /** Kills what is left of it and resolves when all of it is gone. */
  kill(): Promise<void>;
  /** Stops it in order. */
  stop(): Promise<void>;
  /** Everything that this start has written. */
  output(): string;
}

/** All its processes, the one that started the others, or one of those. A worker by its index, taken round among those there are. A node without workers is one process, which then is meant. */
export type NodePart = 'all' | 'primary' | { readonly worker: number };

export interface NodeOptions {
  readonly index: number;
  readonly configFile: string;
  readonly dataDirectory: string;
  readonly flags: readonly string[];
  /** Whose gateway is asked; null: it has none. */
  readonly gatewayOf: string | null;
  readonly design: Design;
  onAddresses(index: number, addresses: NodeAddresses | null): void;
}

export function createNode(options: NodeOptions): Node {
  const { index, configFile, dataDirectory, flags, gatewayOf, design, onAddresses } = options;
  let current: KeyholdProcess | null = null;
  let addresses: NodeAddresses | null = null;
  let printedOperatorToken: string | null = null;

  function moveTo(next: NodeAddresses | null): void {
    addresses = next;
    onAddresses(index, next);
  }

  function processOf(part: NodePart): number {
    const pid = current?.pid ?? 0;
    if (part === 'all') return -pid;
    if (part === 'primary') return pid;
    const workers = childrenOf(pid);
    return workers[part.worker % workers.length] ?? pid;
  }

  return {
    index,
    get addresses() {
      return addresses;
    },
    get printedOperatorToken() {
      return printedOperatorToken;
    },
    async start() {
      const started = await startKeyhold({
        configFile,
        dataDirectory,
        port: 0,
        flags,
        nodeFlags: design.nodeFlags,
        ...(design.command !== undefined && { command: design.command }),
      });
      current = started;
      printedOperatorToken ??= started.printedOperatorToken;
      const gateway = gatewayOf === null ? null : started.gateway(gatewayOf);
      moveTo({ management: started.url, gateway });
    },
    freeze(part) {
      const pid = processOf(part);
      signal(pid, 'SIGSTOP');
      return () => signal(pid, 'SIGCONT');
    },
    strike: (part) => signal(processOf(part), 'SIGKILL'),
    async kill() {
      moveTo(null);
      current?.kill();
      await current?.exited;
    },
    async stop() {
      moveTo(null);
      await current?.stop();
    },
    output: () => current?.output() ?? '',
  };
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}

/** By Linux's own account of them. */
function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    // The process is gone.
    return [];
  }
}
