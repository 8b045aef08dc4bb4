import type { NodeListBody } from '@keyhold/api';
import type { ChildStatus, LeaseRow, MembershipStatus, WritingMembership } from '@keyhold/coherence';
import type { Clock } from '@keyhold/core';
import { PROTOCOL_VERSION } from './version.ts';

/** All processes that answer from one store, as the faces speak of them. */
export interface Cluster {
  /** Resolves true once this process has applied a change, false when it took longer. */
  reached(seq: number, withinMs: number): Promise<boolean>;
  /** Resolves when a change holds in every process; `pending` when that took too long. */
  waitFor(seq: number): Promise<'complete' | 'pending'>;
  /** @throws {KeyholdError} `store_unavailable`. */
  listNodes(): Promise<NodeListBody>;
}

type Node = NodeListBody['data'][number];

/** How often the rows are looked at, so that it is known since when each stands still. */
const WATCH_INTERVAL_MS = 1_000;

/** The cluster as the process sees it that has the store. */
export interface OwnCluster extends Cluster {
  status(): MembershipStatus;
  /** What was known at the last look, this node first. */
  nodes(): readonly Node[];
  close(): void;
}

/** @param options.readRows the lease rows of the nodes that share the store; null: this process has it to itself. */
export function createCluster(options: {
  readonly membership: WritingMembership;
  readonly readRows: (() => Promise<readonly LeaseRow[]>) | null;
  readonly nodeName: string;
  readonly clock: Clock;
}): OwnCluster {
  const { membership, readRows, nodeName, clock } = options;
  /** By incarnation, with the moment its row was first seen as it is. */
  let seen = new Map<string, { readonly row: LeaseRow; readonly sinceMs: number }>();
  let cancelTimer = () => {};
  let closed = false;

  async function look(): Promise<void> {
    if (readRows === null) return;
    const rows = await readRows();
    const nowMs = clock.monotonicMs();
    seen = new Map(
      rows.map((row) => {
        const before = seen.get(row.incarnation);
        const same = before !== undefined && before.row.round === row.round;
        return [row.incarnation, { row, sinceMs: same ? before.sinceMs : nowMs }];
      }),
    );
  }

  function schedule(): void {
    if (closed || readRows === null) return;
    // A store that is away is told of by the rounds.
    cancelTimer = clock.setTimer(WATCH_INTERVAL_MS, () => void look().then(schedule, schedule));
  }

  function nodes(): readonly Node[] {
    const { incarnation } = membership.status();
    const others = [...seen.values()].filter(({ row }) => row.incarnation !== incarnation);
    return [toSelf(), ...others.map(toOther)];
  }

  function toSelf(): Node {
    const status = membership.status();
    return {
      node: nodeName,
      incarnation: status.incarnation,
      self: true,
      alive: status.live,
      renewed_ms_ago: readRows === null ? null : 0,
      acked_seq: status.ackedSeq,
      round: status.round,
      protocol_version: PROTOCOL_VERSION,
      lease_ms: Number.isFinite(status.serveForMs) ? Math.max(0, Math.round(status.serveForMs)) : null,
      trouble: status.trouble,
      workers: status.children.filter(isWorker).map(toWorker),
    };
  }

  function toOther({ row, sinceMs }: { readonly row: LeaseRow; readonly sinceMs: number }): Node {
    const agoMs = Math.round(clock.monotonicMs() - sinceMs);
    return {
      node: row.node,
      incarnation: row.incarnation,
      self: false,
      alive: agoMs < row.ttlMs,
      renewed_ms_ago: agoMs,
      acked_seq: row.ackedSeq,
      round: row.round,
      protocol_version: row.protocolVersion,
      lease_ms: null,
      trouble: null,
      workers: null,
    };
  }

  schedule();
  return {
    reached: (seq, withinMs) => membership.reached(seq, withinMs),
    waitFor: (seq) => membership.barrier.waitFor(seq),
    status: () => membership.status(),
    nodes,
    async listNodes() {
      await look();
      return { seq: membership.status().headSeq, data: [...nodes()] };
    },
    close() {
      closed = true;
      cancelTimer();
    },
  };
}

/** A worker's name is the id of its process; verifiers that are attached have names of their own. */
function isWorker({ name }: ChildStatus): boolean {
  return /^\d+$/.test(name);
}

function toWorker({ name, connected, ackedSeq, grantForMs }: ChildStatus) {
  return { pid: Number(name), connected, acked_seq: ackedSeq, grant_ms: Math.round(grantForMs) };
}
