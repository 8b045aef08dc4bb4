import type { Finding, Judgement } from './judgement.ts';

const COLUMNS = [20, 14, 22, 0];

/** A table, one line for each class, with what was found about it. */
export function renderJudgement(
  title: string,
  { unknownNs, findings }: Judgement,
  toleranceNs: number,
): string {
  const heading = `\n${title}: unknown takes ${toUnit(unknownNs)}; equal is within ±${toUnit(toleranceNs)}`;
  const rows = findings.map((finding) => [
    finding.contender,
    toSigned(finding.differenceNs),
    `${toSigned(finding.lowNs)} … ${toSigned(finding.highNs)}`,
    toWord(finding),
  ]);
  return [heading, ...[['class', 'median', '95 % interval', ''], ...rows].map(toLine)].join('\n');
}

function toLine(cells: readonly string[]): string {
  return `  ${cells.map((cell, i) => cell.padEnd(COLUMNS[i]!)).join('')}`.trimEnd();
}

function toWord({ contender, holds }: Finding): string {
  if (contender === 'control') return holds ? 'caught' : 'NOT CAUGHT';
  return holds ? 'equal' : 'NOT EQUAL';
}

function toUnit(ns: number): string {
  return ns < 2_000 ? `${ns.toFixed(0)} ns` : `${(ns / 1_000).toFixed(1)} µs`;
}

function toSigned(ns: number): string {
  return `${ns < 0 ? '−' : '+'}${Math.abs(ns).toFixed(0)} ns`;
}
