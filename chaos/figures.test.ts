import { expect, test } from 'vitest';
import { KEYHOLD } from './design.ts';
import type { FaultWindow } from './faults/schedule.ts';
import { toFigures } from './figures.ts';
import type { Observation } from './history/history.ts';
import { ObservationLog } from './history/observation-log.ts';
import { type Call, createJournal } from './load/journal.ts';
import { DEFAULT_OPTIONS } from './options.ts';

const S = 1e9;
const MS = 1e6;

/** Of three nodes; PostgreSQL was away from the 20th to the 22nd second. */
const FAULTS: readonly FaultWindow[] = [
  { kind: 'stop-node', nodes: [1], beganNs: 10 * S, endedNs: 12 * S },
  { kind: 'postgres-crash', nodes: [0, 1, 2], beganNs: 20 * S, endedNs: 22 * S },
];

function revoke(node: number, atNs: number, tookMs: number, result: Call['result'] = 'done'): Call {
  return { verb: 'revoke', node, invokedNs: atNs, answeredNs: atNs + tookMs * MS, result };
}

function question(node: number, atNs: number, outcome: Observation['outcome']): Observation {
  return { subject: 0, node, face: 'verify', outcome, invokedNs: atNs, answeredNs: atNs + MS };
}

function figuresOf(calls: readonly Call[], questions: readonly Observation[]) {
  const journal = createJournal();
  journal.calls.push(...calls);
  const observations = new ObservationLog();
  for (const asked of questions) observations.add(asked);
  return toFigures({
    options: { ...DEFAULT_OPTIONS, nodes: 3 },
    design: KEYHOLD,
    journal,
    observations,
    faults: FAULTS,
    findings: { staleAccepts: 0, wrongfulRefusals: 0, longestStaleNs: 0, examples: [] },
    lost: [],
    streams: 0,
    durationNs: 30 * S,
  });
}

test('a call counts as healthy when no fault was felt from its beginning to its end', () => {
  const calls = [revoke(0, 5 * S, 7), revoke(0, 9 * S, 2_000), revoke(0, 15 * S, 9), revoke(0, 17 * S, 8)];
  expect(figuresOf(calls, []).healthy).toEqual({ count: 2, p50Ms: 8, p99Ms: 8, maxMs: 8 });
});

test('under a fault of one node the calls to the others count, and under one of all nodes every call', () => {
  const calls = [revoke(1, 10 * S, 2_500), revoke(0, 11 * S, 40), revoke(2, 20 * S, 3_000)];
  const { faults } = figuresOf(calls, []);
  expect(faults.map(({ kind, tightenings: { count, maxMs } }) => [kind, count, maxMs])).toEqual([
    ['stop-node', 1, 40],
    ['postgres-crash', 1, 3_000],
  ]);
});

test('what was not confirmed, and what nobody knows of, is told by fault and is no latency', () => {
  const calls = [revoke(0, 21 * S, 5_000, 'pending'), revoke(0, 21 * S, 1, 'unknown')];
  expect(figuresOf(calls, []).faults[1]).toMatchObject({
    pending: 1,
    unknown: 1,
    tightenings: { count: 0 },
  });
});

test('questions without an answer are told for the nodes that were hit and for the others, with the last after the fault', () => {
  const { faults, verifications, unavailable } = figuresOf(
    [],
    [
      question(1, 11 * S, 'broken'),
      question(1, 12.2 * S, 'unavailable'),
      question(0, 11 * S, 'accepted'),
      question(0, 5 * S, 'refused'),
      { ...question(0, 5 * S, 'accepted'), face: 'stream' },
    ],
  );
  expect(faults[0]).toMatchObject({ unavailableHit: 1, unavailableOthers: 0, recoveryMs: 201 });
  expect({ verifications, unavailable }).toEqual({ verifications: 2, unavailable: 2 });
});

test('the log gives back what was put into it, over any number of chunks', () => {
  const log = new ObservationLog();
  const asked = Array.from({ length: 140_000 }, (_, i) => ({
    ...question(i % 3, i * 3, i % 2 === 0 ? 'accepted' : 'broken'),
    subject: i,
  }));
  for (const observation of asked) log.add(observation);
  const other = new ObservationLog();
  other.put(log.take());
  expect([...other]).toEqual(asked);
  expect([...log]).toEqual([]);
});
