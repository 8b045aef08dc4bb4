import { setTimeout as wait } from 'node:timers/promises';
import type { Cluster } from '../cluster/cluster.ts';
import type { Random } from '../random.ts';
import { type FaultKind, planFault } from './fault.ts';

/** One fault that happened. */
export interface FaultWindow {
  readonly kind: FaultKind;
  readonly nodes: readonly number[];
  readonly beganNs: number;
  /** When all that had been taken away was there again. */
  readonly endedNs: number;
}

export interface ScheduleOptions {
  readonly cluster: Cluster;
  readonly kinds: readonly FaultKind[];
  readonly random: Random;
  /** Between two faults: this long, and up to half as long again. */
  readonly calmSeconds: number;
  /** How long each lasts. */
  readonly faultSeconds: readonly [number, number];
  nowNs(): number;
  shouldEnd(): boolean;
  onBegin(nodes: readonly number[]): void;
  onEnd(nodes: readonly number[]): void;
}

/** One fault after another with calm between them, each kind as often as the others, until it should end. */
export async function runFaults(options: ScheduleOptions): Promise<readonly FaultWindow[]> {
  const { cluster, kinds, random, calmSeconds, faultSeconds, nowNs, shouldEnd, onBegin, onEnd } = options;
  const windows: FaultWindow[] = [];
  let order: FaultKind[] = [];
  for (;;) {
    await waitUnless(shouldEnd, random.between(calmSeconds, 1.5 * calmSeconds) * 1_000);
    if (shouldEnd() || kinds.length === 0) return windows;
    if (order.length === 0) order = shuffle(kinds, random);
    const kind = order.pop() ?? random.pick(kinds);
    const fault = planFault(kind, cluster, random, faultSeconds);
    onBegin(fault.nodes);
    const beganNs = nowNs();
    await fault.begin();
    await waitUnless(shouldEnd, fault.durationMs);
    await fault.end();
    windows.push({ kind, nodes: fault.nodes, beganNs, endedNs: nowNs() });
    onEnd(fault.nodes);
  }
}

const STEP_MS = 50;

async function waitUnless(shouldEnd: () => boolean, ms: number): Promise<void> {
  const untilMs = performance.now() + ms;
  while (!shouldEnd() && performance.now() < untilMs) await wait(STEP_MS);
}

function shuffle<T>(choices: readonly T[], random: Random): T[] {
  return choices
    .map((choice) => ({ choice, place: random.fraction() }))
    .sort((a, b) => a.place - b.place)
    .map(({ choice }) => choice);
}
