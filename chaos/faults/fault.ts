import { setTimeout as wait } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';
import type { FaultProxy } from '../cluster/fault-proxy.ts';
import type { Node, NodePart } from '../cluster/node.ts';
import type { Random } from '../random.ts';

export const FAULT_KINDS = [
  'stop-node',
  'stop-primary',
  'stop-worker',
  'kill-node',
  'kill-primary',
  'kill-worker',
  'shutdown',
  'delay',
  'one-way',
  'half-open',
  'reset',
  'fading',
  'postgres-restart',
  'postgres-crash',
] as const;

/** Those of applications with the SDK, and of the streams between them and their nodes. */
export const APPLICATION_FAULTS = [
  'stop-application',
  'kill-application',
  'attach-cut',
  'attach-stall',
  'attach-strand',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number] | (typeof APPLICATION_FAULTS)[number];

/** Those that need no PostgreSQL. */
export const PROCESS_FAULTS: readonly FaultKind[] = FAULT_KINDS.slice(0, 7);

/** One fault, ready to happen. */
export interface Fault {
  readonly kind: FaultKind;
  /** The nodes it hits, and the applications. */
  readonly nodes: readonly number[];
  readonly durationMs: number;
  begin(): Promise<void>;
  end(): Promise<void>;
}

export function planFault(
  kind: FaultKind,
  { nodes, applications, attachProxies, proxies, postgres }: Cluster,
  random: Random,
  [leastSeconds, mostSeconds]: readonly [number, number],
): Fault {
  const index = Math.floor(random.fraction() * nodes.length);
  const worker = Math.floor(random.fraction() * 100);
  const durationMs = random.between(leastSeconds, mostSeconds) * 1_000;

  function hit(act: (node: Node) => { begin(): unknown; end(): unknown }): Fault {
    const node = nodes[index];
    if (node === undefined) throw new RangeError('There are no nodes.');
    return toFault([index], act(node));
  }

  function cut(act: (proxy: FaultProxy) => { begin(): unknown; end(): unknown }): Fault {
    const proxy = proxies[index];
    if (proxy === undefined) throw new RangeError(`"${kind}" needs PostgreSQL.`);
    return toFault([index], act(proxy));
  }

  /** Which applications are attached through it is not known here, so none counts as hit. */
  function disturb(act: (proxy: FaultProxy) => { begin(): unknown; end(): unknown }): Fault {
    const proxy = attachProxies[index];
    if (proxy === undefined) throw new RangeError(`"${kind}" needs applications.`);
    return toFault([], act(proxy));
  }

  function hitApplication(act: (application: Node) => { begin(): unknown; end(): unknown }): Fault {
    const application = applications[Math.floor(random.fraction() * applications.length)];
    if (application === undefined) throw new RangeError(`"${kind}" needs applications.`);
    return toFault([application.index], act(application));
  }

  function toFault(hitNodes: readonly number[], { begin, end }: { begin(): unknown; end(): unknown }): Fault {
    return {
      kind,
      nodes: hitNodes,
      durationMs,
      begin: async () => void (await begin()),
      end: async () => void (await end()),
    };
  }

  const stop = (part: NodePart) =>
    hit((node) => {
      let goOn = () => {};
      return {
        begin() {
          goOn = node.freeze(part);
        },
        end: () => goOn(),
      };
    });
  const kill = (part: NodePart) =>
    hit((node) => ({
      begin: () => node.strike(part),
      async end() {
        await node.kill();
        await startAgain(node);
      },
    }));
  const restart = (mode: 'fast' | 'immediate') => {
    if (postgres === null) throw new RangeError(`"${kind}" needs PostgreSQL.`);
    return toFault(
      nodes.map((node) => node.index),
      { begin: () => postgres.stop(mode), end: () => postgres.start() },
    );
  };

  switch (kind) {
    case 'stop-node':
      return stop('all');
    case 'stop-primary':
      return stop('primary');
    case 'stop-worker':
      return stop({ worker });
    case 'kill-node':
      return kill('all');
    case 'kill-primary':
      return kill('primary');
    case 'kill-worker':
      return hit((node) => ({ begin: () => node.strike({ worker }), end: () => {} }));
    case 'shutdown':
      return hit((node) => ({ begin: () => node.stop(), end: () => startAgain(node) }));
    case 'delay': {
      const delayMs = random.between(20, 600);
      return cut((proxy) => ({ begin: () => proxy.delay(delayMs), end: () => proxy.heal() }));
    }
    case 'one-way': {
      const way = random.pick(['up', 'down'] as const);
      return cut((proxy) => ({ begin: () => proxy.hold([way]), end: () => proxy.heal() }));
    }
    case 'half-open':
      return cut((proxy) => ({
        begin: () => proxy.hold(['up', 'down']),
        end() {
          proxy.reset();
          proxy.heal();
        },
      }));
    case 'reset':
      return cut((proxy) => ({ begin: () => proxy.reset(), end: () => proxy.heal() }));
    case 'fading': {
      // A network that becomes slow before it fails: what was answered late is relied upon while nothing more comes.
      const delayMs = random.between(300, 900);
      const slowMs = random.between(1_500, 3_000);
      return cut((proxy) => ({
        async begin() {
          proxy.delay(delayMs);
          await wait(slowMs);
          proxy.hold(['up', 'down']);
        },
        end: () => proxy.heal(),
      }));
    }
    case 'postgres-restart':
      return restart('fast');
    case 'postgres-crash':
      return restart('immediate');
    case 'stop-application':
      return hitApplication((application) => {
        let goOn = () => {};
        return {
          begin() {
            goOn = application.freeze('all');
          },
          end: () => goOn(),
        };
      });
    case 'kill-application':
      return hitApplication((application) => ({
        begin: () => application.strike('all'),
        async end() {
          await application.kill();
          await application.start();
        },
      }));
    case 'attach-cut':
      return disturb((proxy) => ({ begin: () => proxy.reset(), end: () => proxy.heal() }));
    case 'attach-stall': {
      const ways = random.pick([['up'], ['down'], ['up', 'down']] as const);
      return disturb((proxy) => ({ begin: () => proxy.hold(ways), end: () => proxy.heal() }));
    }
    case 'attach-strand':
      return disturb((proxy) => ({ begin: () => proxy.strand(), end: () => proxy.heal() }));
  }
}

const START_TRIES = 5;
const START_PAUSE_MS = 1_000;

/** What supervises servers starts them until they stay. */
async function startAgain(node: Node): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await node.start();
      return;
    } catch (error) {
      if (tries === START_TRIES) throw error;
      await wait(START_PAUSE_MS);
    }
  }
}
