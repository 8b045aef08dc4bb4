import { CONTENDERS, type Contender } from './causes.ts';
import type { Measurements } from './paired-rounds.ts';
import { medianInterval, medianOf } from './statistics.ts';

/** How one contender compares with unknown keys. */
export interface Finding {
  readonly contender: Contender;
  /** Median over the rounds of its time minus that of an unknown key, in ns. */
  readonly differenceNs: number;
  /** 95 % interval of that median. */
  readonly lowNs: number;
  readonly highNs: number;
  /** Equal within the tolerance, the whole interval of it; for the control: longer, the whole interval of it. */
  readonly holds: boolean;
}

export interface Judgement {
  /** Median time of an unknown key, in ns. */
  readonly unknownNs: number;
  readonly findings: readonly Finding[];
  /** The causes and the twin are equal, and the control was caught: without these two the rest would say nothing. */
  readonly holds: boolean;
}

/** Equivalence, not "no difference found": an interval too wide to tell does not hold. */
export function judge(measurements: Measurements, toleranceNs: number, uniform: () => number): Judgement {
  const findings = CONTENDERS.filter((contender) => contender !== 'unknown').map((contender) =>
    find(contender, measurements, toleranceNs, uniform),
  );
  return {
    unknownNs: medianOf(measurements.unknown),
    findings,
    holds: findings.every(({ holds }) => holds),
  };
}

function find(
  contender: Contender,
  measurements: Measurements,
  toleranceNs: number,
  uniform: () => number,
): Finding {
  const { unknown } = measurements;
  const differences = measurements[contender].map((elapsedNs, round) => elapsedNs - unknown[round]!);
  const { low, high } = medianInterval(differences, uniform);
  return {
    contender,
    differenceNs: medianOf(differences),
    lowNs: low,
    highNs: high,
    holds: contender === 'control' ? low > toleranceNs : low > -toleranceNs && high < toleranceNs,
  };
}
