import type { FaultKind } from './faults/fault.ts';
import type { FaultWindow } from './faults/schedule.ts';
import type { Observation } from './history/history.ts';
import { type Call, isTightening } from './load/journal.ts';
import type { Run } from './run.ts';

/** Latencies in milliseconds. */
export interface Spread {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What one kind of fault did. */
export interface FaultFigures {
  readonly kind: FaultKind;
  readonly times: number;
  /** Tightenings that were asked of nodes it did not hit; of any node where it hit all. */
  readonly tightenings: Spread;
  /** Of tightenings at any node: how many were done but not confirmed in time, and how many nobody knows of. */
  readonly pending: number;
  readonly unknown: number;
  /** Of the questions to the nodes it hit, and to the others: the share without an answer about the key. */
  readonly unavailableHit: number;
  readonly unavailableOthers: number;
  /** From its end to the last question that was not answered, the longest. */
  readonly recoveryMs: number;
}

export interface Figures {
  readonly design: string;
  readonly seconds: number;
  readonly questions: number;
  /** Answers about a key, pieces of streams left out. */
  readonly verifications: number;
  readonly verificationsPerSecond: number;
  readonly unavailable: number;
  readonly streams: number;
  readonly pieces: number;
  readonly created: number;
  readonly tightenings: number;
  readonly acceptsAfterReturn: number;
  readonly longestAcceptAfterReturnMs: number;
  readonly wrongfulRefusals: number;
  readonly lost: number;
  readonly unexpected: number;
  /** Tightenings that overlapped no fault and none's aftermath. */
  readonly healthy: Spread;
  readonly healthyByVerb: Readonly<Record<string, Spread>>;
  readonly faults: readonly FaultFigures[];
}

/** A lease of 3 s and one round of 1 s: so long may what a fault did still be felt after it. */
const AFTERMATH_NS = 4e9;

export function toFigures(run: Run): Figures {
  const { design, durationNs, journal, findings, faults, observations } = run;
  const tightenings = journal.calls.filter(isTightening);
  const windows = faults.map((fault, i) => ({ ...fault, feltUntilNs: feltUntil(fault, faults[i + 1]) }));
  const healthy = tightenings.filter(
    (call) => isDone(call) && !windows.some((window) => overlaps(call, window)),
  );
  const tallies = windows.map(() => createTally());
  let verifications = 0;
  let unavailable = 0;
  let pieces = 0;
  // Questions come from the log in the order of their answers within a thread, windows lie one after another.
  for (const question of observations) {
    if (question.face === 'stream') {
      pieces++;
      continue;
    }
    const isAnswered = question.outcome === 'accepted' || question.outcome === 'refused';
    if (isAnswered) verifications++;
    else unavailable++;
    const index = windows.findIndex((window) => overlaps(question, window));
    const window = windows[index];
    if (window !== undefined) tallies[index]?.add(question, window, isAnswered);
  }
  const kinds = [...new Set(faults.map(({ kind }) => kind))];
  return {
    design: design.name,
    seconds: durationNs / 1e9,
    questions: verifications + unavailable,
    verifications,
    verificationsPerSecond: verifications / (durationNs / 1e9),
    unavailable,
    streams: run.streams,
    pieces,
    created: journal.keys.size,
    tightenings: tightenings.filter(isDone).length,
    acceptsAfterReturn: findings.staleAccepts,
    longestAcceptAfterReturnMs: findings.longestStaleNs / 1e6,
    wrongfulRefusals: findings.wrongfulRefusals,
    lost: run.lost.length,
    unexpected: journal.unexpected.length,
    healthy: toSpread(healthy),
    healthyByVerb: Object.fromEntries(
      [...Map.groupBy(healthy, ({ verb }) => verb)].map(([verb, calls]) => [verb, toSpread(calls)]),
    ),
    faults: kinds.map((kind): FaultFigures => {
      const chosen = windows.map((window, i) => ({ window, tally: tallies[i] ?? createTally() }));
      const ofKind = chosen.filter(({ window }) => window.kind === kind);
      const calls = ofKind.flatMap(({ window }) =>
        tightenings.filter((call) => overlaps(call, window)).map((call) => ({ call, window })),
      );
      const elsewhere = calls.filter(
        ({ call, window }) => isDone(call) && (isGeneral(window, run) || !window.nodes.includes(call.node)),
      );
      return {
        kind,
        times: ofKind.length,
        tightenings: toSpread(elsewhere.map(({ call }) => call)),
        pending: calls.filter(({ call }) => call.result === 'pending').length,
        unknown: calls.filter(({ call }) => call.result === 'unknown').length,
        unavailableHit: share(ofKind.map(({ tally }) => tally.hit)),
        unavailableOthers: share(ofKind.map(({ tally }) => tally.others)),
        recoveryMs: Math.max(0, ...ofKind.map(({ tally }) => tally.recoveryNs / 1e6)),
      };
    }),
  };
}

type FeltWindow = FaultWindow & { readonly feltUntilNs: number };

function feltUntil({ endedNs }: FaultWindow, next: FaultWindow | undefined): number {
  return Math.min(endedNs + AFTERMATH_NS, next?.beganNs ?? Number.POSITIVE_INFINITY);
}

function overlaps(
  { invokedNs, answeredNs }: Pick<Observation, 'invokedNs' | 'answeredNs'>,
  { beganNs, feltUntilNs }: FeltWindow,
): boolean {
  return answeredNs >= beganNs && invokedNs <= feltUntilNs;
}

function isDone({ result }: Call): boolean {
  return result === 'done';
}

function isGeneral({ nodes }: FaultWindow, { options }: Run): boolean {
  return nodes.length === options.nodes;
}

interface Count {
  asked: number;
  unanswered: number;
}

function createTally() {
  const hit: Count = { asked: 0, unanswered: 0 };
  const others: Count = { asked: 0, unanswered: 0 };
  let recoveryNs = 0;
  return {
    hit,
    others,
    get recoveryNs() {
      return recoveryNs;
    },
    add({ node, answeredNs }: Observation, { nodes, endedNs }: FeltWindow, isAnswered: boolean) {
      const count = nodes.includes(node) ? hit : others;
      count.asked++;
      if (isAnswered) return;
      count.unanswered++;
      recoveryNs = Math.max(recoveryNs, answeredNs - endedNs);
    },
  };
}

function share(counts: readonly Count[]): number {
  const asked = counts.reduce((sum, count) => sum + count.asked, 0);
  return asked === 0 ? 0 : counts.reduce((sum, { unanswered }) => sum + unanswered, 0) / asked;
}

function toSpread(calls: readonly Call[]): Spread {
  const sorted = calls
    .map(({ invokedNs, answeredNs }) => (answeredNs - invokedNs) / 1e6)
    .sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: sorted.at(-1) ?? 0 };
}
