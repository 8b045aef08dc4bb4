import type { Figures, Spread } from './figures.ts';
import type { Violation } from './history/checker.ts';
import type { Run } from './run.ts';

/** Whether nothing was found that the promise rules out. */
export function isSound({ acceptsAfterReturn, wrongfulRefusals, lost, unexpected }: Figures): boolean {
  return acceptsAfterReturn + wrongfulRefusals + lost + unexpected === 0;
}

/** What a person reads after a run. */
export function renderFigures(figures: Figures): string {
  const { healthy, healthyByVerb, faults } = figures;
  const lines = [
    ['verifications', `${count(figures.verifications)} (${count(figures.verificationsPerSecond)}/s)`],
    ['without an answer', count(figures.unavailable)],
    ['streams, pieces', `${count(figures.streams)}, ${count(figures.pieces)}`],
    ['keys created', count(figures.created)],
    ['tightenings', count(figures.tightenings)],
    ['accepts after return', count(figures.acceptsAfterReturn)],
    ['wrongful refusals', count(figures.wrongfulRefusals)],
    ['lost', count(figures.lost)],
    ['unexpected answers', count(figures.unexpected)],
  ].map(([name = '', value = '']) => `${name.padEnd(22)}${value}`);
  const table = renderTable([
    [
      '',
      'times',
      'tightenings',
      'p50 ms',
      'p99 ms',
      'max ms',
      'pending',
      'unknown',
      '503 hit',
      '503 others',
      'well after ms',
    ],
    ['no fault', '', ...spread(healthy), '', '', '', '', ''],
    ...Object.entries(healthyByVerb).map(([verb, of]) => [
      `  ${verb}`,
      '',
      ...spread(of),
      '',
      '',
      '',
      '',
      '',
    ]),
    ...faults.map((fault) => [
      fault.kind,
      count(fault.times),
      ...spread(fault.tightenings),
      count(fault.pending),
      count(fault.unknown),
      percent(fault.unavailableHit),
      percent(fault.unavailableOthers),
      count(fault.recoveryMs),
    ]),
  ]);
  return [`${figures.design}, ${figures.seconds.toFixed(0)} s`, '', ...lines, '', table].join('\n');
}

/** Several designs under the same conditions, side by side. */
export function renderComparison(runs: readonly Figures[]): string {
  return renderTable([
    [
      '',
      'verifications/s',
      'tightenings',
      'accepts after return',
      'the latest after',
      'wrongful refusals',
      'p50 ms',
      'p99 ms',
    ],
    ...runs.map((figures) => [
      figures.design,
      count(figures.verificationsPerSecond),
      count(figures.tightenings),
      count(figures.acceptsAfterReturn),
      `${(figures.longestAcceptAfterReturnMs / 1_000).toFixed(1)} s`,
      count(figures.wrongfulRefusals),
      figures.healthy.p50Ms.toFixed(1),
      figures.healthy.p99Ms.toFixed(1),
    ]),
  ]);
}

/** What was wrong, for whoever looks for the cause. */
export function renderFindings({ findings, lost, journal }: Run): string {
  return [...findings.examples.map(describeViolation), ...lost, ...journal.unexpected].join('\n');
}

function describeViolation({
  subject,
  node,
  face,
  outcome,
  invokedNs,
  answeredNs,
  against,
}: Violation): string {
  const instant = (ns: number) => `${(ns / 1e9).toFixed(4)} s`;
  return (
    `subject ${subject} was ${outcome} by node ${node} (${face}), asked at ${instant(invokedNs)} and answered at ` +
    `${instant(answeredNs)}, though "${against.to}" was invoked at ${instant(against.invokedNs)} and had completed at ${instant(against.completedNs)}`
  );
}

function spread({ count: of, p50Ms, p99Ms, maxMs }: Spread): string[] {
  return [count(of), p50Ms.toFixed(1), p99Ms.toFixed(1), maxMs.toFixed(1)];
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
