import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type PostgresCluster, startPostgresCluster } from '@keyhold/store/testing-postgres';
import type { Design } from '../design.ts';
import { createApplication } from './application.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { KEYSPACE, renderConfiguration } from './keyspace.ts';
import { createNode, type Node, type NodeAddresses } from './node.ts';

export interface ClusterOptions {
  readonly nodes: number;
  /** Of each node. */
  readonly workers: number;
  /** Processes with the SDK, spread over the nodes. */
  readonly applications: number;
  /** `sqlite`: a single node with a file of its own. */
  readonly store: 'postgres' | 'sqlite';
  readonly design: Design;
  /** @param node its index; applications come behind the nodes. */
  onAddresses(node: number, addresses: NodeAddresses | null): void;
}

/** Nodes and what they stand on. */
export interface Cluster {
  readonly nodes: readonly Node[];
  readonly applications: readonly Node[];
  /** Between each node and the applications that attach to it, by node; none without applications. */
  readonly attachProxies: readonly FaultProxy[];
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
      const proxy = await startFaultProxy(() => postgres.port);
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

  const attachProxies: FaultProxy[] = [];
  const applications: Node[] = [];
  if (options.applications > 0) {
    for (const node of nodes) {
      // A node that starts again listens on another port.
      const proxy = await startFaultProxy(() => Number(new URL(node.addresses?.management ?? NOWHERE).port));
      parts.defer(() => proxy.close());
      attachProxies.push(proxy);
    }
    const attachToken = await createAttachToken(nodes, operatorToken);
    for (let i = 0; i < options.applications; i++) {
      const application = createApplication({
        index: nodes.length + i,
        urls: nodes.map((_, node) => `http://127.0.0.1:${attachProxies[(i + node) % nodes.length]?.port}`),
        attachToken,
        design: options.design,
        onAddresses: options.onAddresses,
      });
      parts.defer(() => application.kill());
      applications.push(application);
    }
    await Promise.all(applications.map((application) => application.start()));
  }
  const owned = parts.move();
  return {
    nodes,
    applications,
    attachProxies,
    proxies,
    postgres,
    operatorToken,
    close: () => owned.disposeAsync(),
  };
}

/** Refuses connections: what a node that is not started does. */
const NOWHERE = 'http://127.0.0.1:1';

async function createAttachToken(nodes: readonly Node[], operatorToken: string): Promise<string> {
  const answer = await fetch(`${nodes[0]?.addresses?.management}/v1/operators`, {
    method: 'POST',
    headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'applications', scopes: ['attach'], keyspaces: [KEYSPACE] }),
  });
  const { token }: { readonly token?: string } = JSON.parse(await answer.text());
  if (token === undefined) throw new Error(`No attach token was made: ${answer.status}.`);
  return token;
}
