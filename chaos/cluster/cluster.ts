import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type PostgresCluster, startPostgresCluster } from '@keyhold/store/testing-postgres';
import type { Design } from '../design.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { createNode, type Node, type NodeAddresses } from './node.ts';

export const KEYSPACE = 'chaos';

/** The operations that keys are asked about, one for each scope. */
export const OPERATIONS = { send: 'POST /send', read: 'GET /read' } as const;
export type Scope = keyof typeof OPERATIONS;

/** Opened by the scope `read`; its answer goes on until somebody ends it. */
export const STREAM_PATH = '/stream';

export interface ClusterOptions {
  readonly nodes: number;
  /** Of each node. */
  readonly workers: number;
  /** `sqlite`: a single node with a file of its own. */
  readonly store: 'postgres' | 'sqlite';
  readonly design: Design;
  onAddresses(node: number, addresses: NodeAddresses | null): void;
}

/** Nodes and what they stand on. */
export interface Cluster {
  readonly nodes: readonly Node[];
  /** Between each node and its database, by node; none with SQLite. */
  readonly proxies: readonly FaultProxy[];
  /** Null with SQLite. */
  readonly postgres: PostgresCluster | null;
  readonly operatorToken: string;
  /** Ends everything, whatever state it is in, and removes its files. */
  close(): Promise<void>;
}

/** Starts everything and waits until it is ready. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  await using parts = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'keyhold-chaos-'));
  parts.defer(() => rm(directory, { recursive: true }));

  /** @returns the port at which it listens. */
  async function startThread(file: URL): Promise<number> {
    const thread = new Worker(file);
    parts.defer(async () => void (await thread.terminate()));
    const [port]: number[] = await once(thread, 'message');
    return port ?? 0;
  }

  const configFile = join(directory, 'keyhold.yaml');
  const upstreamPort = await startThread(new URL('./upstream.ts', import.meta.url));
  await writeFile(configFile, renderConfiguration(upstreamPort));
  const { companion, isPlain } = options.design;
  const companionFlags =
    companion === undefined ? [] : ['--companion-port', String(await startThread(companion))];

  const postgres = options.store === 'postgres' ? await startPostgresCluster({ durable: true }) : null;
  if (postgres !== null) parts.defer(() => postgres.close());
  const database = postgres === null ? null : new URL(await postgres.createDatabase());

  const proxies: FaultProxy[] = [];
  const nodes: Node[] = [];
  for (let index = 0; index < options.nodes; index++) {
    const flags = ['--workers', String(options.workers), '--node-name', `node-${index}`, ...companionFlags];
    if (postgres !== null && database !== null) {
      const proxy = await startFaultProxy(postgres.port);
      parts.defer(() => proxy.close());
      proxies.push(proxy);
      flags.push('--database', `postgres://${database.username}@127.0.0.1:${proxy.port}${database.pathname}`);
    }
    const node = createNode({
      index,
      configFile,
      dataDirectory: join(directory, `data-${index}`),
      flags,
      gatewayOf: isPlain ? null : KEYSPACE,
      design: options.design,
      onAddresses: options.onAddresses,
    });
    parts.defer(() => node.kill());
    nodes.push(node);
  }
  // The first makes the tables and prints the token; the others are its newcomers.
  await nodes[0]?.start();
  await Promise.all(nodes.slice(1).map((node) => node.start()));
  const operatorToken = nodes[0]?.printedOperatorToken;
  if (operatorToken === null || operatorToken === undefined)
    throw new Error('No operator token was printed.');
  const owned = parts.move();
  return { nodes, proxies, postgres, operatorToken, close: () => owned.disposeAsync() };
}

function renderConfiguration(upstreamPort: number): string {
  return JSON.stringify({
    keyspaces: {
      [KEYSPACE]: {
        key: { format: 'chaos_{random:base62:32}' },
        scopes: {
          send: [OPERATIONS.send],
          read: [OPERATIONS.read, `GET ${STREAM_PATH}`],
        },
        gateway: { listen: '127.0.0.1:0', upstream: `http://127.0.0.1:${upstreamPort}` },
      },
    },
  });
}
