import type { Replica } from '@keyhold/coherence';
import { REASONS, type Reason } from '@keyhold/core';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from '@prometheus-io/client';
import type { OwnCluster } from '../cluster.ts';

/** A part of Keyhold that verifies keys. */
export type VerifyingFace =
  | 'verify'
  | 'introspect'
  | 'authorize'
  | 'gateway'
  | 'self_service'
  | 'management'
  | 'embedded';

/** What Keyhold counts about itself, for `/metrics`. */
export interface Metrics {
  /** A counter for one face, cheap enough for every verification. */
  verifications(face: VerifyingFace): VerificationCounter;
  observeManagement(ended: {
    readonly operation: string;
    readonly status: number;
    readonly durationMs: number;
  }): void;
  observeGateway(ended: {
    readonly keyspace: string;
    readonly status: number;
    readonly durationMs: number;
    readonly ended: boolean;
  }): void;
  /** Takes one write's wait for the other processes. */
  observeBarrier(waited: { readonly outcome: 'complete' | 'pending'; readonly durationMs: number }): void;
  /** Counts a comparison of the table with the one that it is loaded from. */
  observeComparison(outcome: 'same' | 'different'): void;
  /** Shows the nodes, this one's lease, and who lost theirs. For the process that has the store. */
  watchCluster(cluster: Pick<OwnCluster, 'nodes' | 'status'>): void;
  /** Shows the size and position of the table that verifications are answered from. */
  watchReplica(replica: Replica): void;
  readonly contentType: string;
  /** Everything, in the text format of Prometheus. */
  read(): Promise<string>;
  /** What {@link readTogether} takes of one process. */
  export(): Promise<ProcessMetrics>;
}

/** The metrics of one process as they cross to another. */
export type ProcessMetrics = readonly object[];

/** The metrics of several processes as one, in the text format of Prometheus. */
export async function readTogether(parts: readonly ProcessMetrics[]): Promise<string> {
  return await Registry.aggregate(parts.map((part) => [...part])).metrics();
}

export interface VerificationCounter {
  /** @param reason null: accepted. */
  count(keyspace: string, reason: Reason | null): void;
}

const OUTCOMES = ['accepted', ...REASONS] as const;
const OUTCOME_INDEX: ReadonlyMap<Reason | null, number> = new Map<Reason | null, number>([
  [null, 0],
  ...REASONS.map((reason, i) => [reason, i + 1] as const),
]);

/** From a hit in memory to a barrier that waits out a lease. */
const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(): Metrics {
  const registry = new Registry();
  // Once a second: the default of every 100 ms would be most of what an idle process does.
  collectDefaultMetrics({
    register: registry,
    eventLoopUtilizationTimeout: 1000,
    eventLoopMonitoringPrecision: 20,
  });

  const counts = new Map<VerifyingFace, Map<string, Float64Array>>();
  const verifications = new Counter({
    name: 'keyhold_verifications_total',
    help: 'Verifications by face, keyspace and outcome; the keyspace is empty where none was asked about and no key was found.',
    labelNames: ['face', 'keyspace', 'outcome'],
    registers: [],
    collect() {
      this.reset();
      for (const [face, byKeyspace] of counts) {
        for (const [keyspace, byOutcome] of byKeyspace) {
          for (const [i, count] of byOutcome.entries()) {
            if (count > 0) this.inc({ face, keyspace, outcome: OUTCOMES[i]! }, count);
          }
        }
      }
    },
  });
  registry.registerMetric(verifications);
  const managementSeconds = new Histogram({
    name: 'keyhold_management_request_duration_seconds',
    help: 'Management requests by operation and status.',
    labelNames: ['operation', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  const gatewaySeconds = new Histogram({
    name: 'keyhold_gateway_request_duration_seconds',
    help: 'Requests through the gateway, streams to their end, by keyspace and status.',
    labelNames: ['keyspace', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  const gatewayEnded = new Counter({
    name: 'keyhold_gateway_requests_ended_total',
    help: 'Requests cut in flight because their key was no longer accepted.',
    labelNames: ['keyspace'],
    registers: [registry],
  });

  const barrierSeconds = new Histogram({
    name: 'keyhold_barrier_wait_seconds',
    help: 'How long writes waited until they held in every process, by how that ended.',
    labelNames: ['outcome'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });

  const comparisons = new Counter({
    name: 'keyhold_table_comparisons_total',
    help: 'Comparisons of the key table with the one that it is loaded from, by what they found.',
    labelNames: ['outcome'],
    registers: [registry],
  });

  return {
    verifications(face) {
      const byKeyspace = counts.get(face) ?? new Map<string, Float64Array>();
      counts.set(face, byKeyspace);
      return {
        count(keyspace, reason) {
          let byOutcome = byKeyspace.get(keyspace);
          if (byOutcome === undefined) {
            byOutcome = new Float64Array(OUTCOMES.length);
            byKeyspace.set(keyspace, byOutcome);
          }
          byOutcome[OUTCOME_INDEX.get(reason)!]! += 1;
        },
      };
    },
    observeManagement({ operation, status, durationMs }) {
      managementSeconds.observe({ operation, status }, durationMs / 1000);
    },
    observeGateway({ keyspace, status, durationMs, ended }) {
      gatewaySeconds.observe({ keyspace, status }, durationMs / 1000);
      if (ended) gatewayEnded.inc({ keyspace });
    },
    observeBarrier({ outcome, durationMs }) {
      barrierSeconds.observe({ outcome }, durationMs / 1000);
    },
    observeComparison(outcome) {
      comparisons.inc({ outcome });
    },
    watchCluster(cluster) {
      watch('keyhold_lease_live', '1 while this node may answer.', 'min', () =>
        Number(cluster.status().live),
      );
      watch(
        'keyhold_lease_remaining_seconds',
        'How long this node may answer if it cannot renew its lease; infinite for the one owner of a database.',
        'min',
        () => Math.max(0, cluster.status().serveForMs / 1000),
      );
      watch('keyhold_barriers_waiting', 'Writes that wait now.', 'sum', () => cluster.status().waiting);
      watch(
        'keyhold_leases_lost_to_writers_total',
        'Times that a write could not wait for this node and took its lease.',
        'sum',
        () => cluster.status().timesFenced,
      );
      watch(
        'keyhold_leases_taken_total',
        'Leases of other nodes that this one took, because a write waited and they were silent.',
        'sum',
        () => cluster.status().rowsFenced,
      );
      registry.registerMetric(
        new Gauge({
          name: 'keyhold_node_lag_changes',
          help: 'Changes that a node has not confirmed yet, by node, as this one sees it.',
          labelNames: ['node'],
          registers: [],
          collect() {
            this.reset();
            const { headSeq } = cluster.status();
            for (const { node, acked_seq } of cluster.nodes())
              this.set({ node }, Math.max(0, headSeq - acked_seq));
          },
        }),
      );
    },
    watchReplica(replica) {
      watch(
        'keyhold_keys',
        'Keys in the table that verifications are answered from.',
        'min',
        () => replica.keyCount,
      );
      watch(
        'keyhold_applied_seq',
        'The last change applied; of several workers the one that is behind.',
        'min',
        () => replica.appliedSeq,
      );
    },
    contentType: registry.contentType,
    read: () => registry.metrics(),
    export: () => registry.getMetricsAsJSON(),
  };

  /** @param aggregator what one number is made of those of several processes by. */
  function watch(name: string, help: string, aggregator: 'min' | 'sum', read: () => number): void {
    const gauge = new Gauge({
      name,
      help,
      aggregator,
      registers: [],
      collect() {
        this.set(read());
      },
    });
    registry.registerMetric(gauge);
  }
}
