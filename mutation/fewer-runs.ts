import type { IRawProperty, Parameters, StringConstraints } from 'fast-check';
import { vi } from 'vitest';

// A mutant costs what its tests cost, a thousand times over. The seed is fixed so that the same mutants survive in every
// run; what only the full number of runs finds counts here as not found.

/** A run in coherence fills a whole replica. */
const MAX_RUNS = process.env['KEYHOLD_MUTATED_PACKAGE'] === 'coherence' ? 10 : 50;

vi.mock('fast-check', async (importOriginal) => {
  const fastCheck = await importOriginal<typeof import('fast-check')>();
  const assert = <Ts>(property: IRawProperty<Ts>, parameters: Parameters<Ts> = {}) =>
    fastCheck.assert(property, {
      ...parameters,
      numRuns: Math.min(parameters.numRuns ?? MAX_RUNS, MAX_RUNS),
      seed: 1,
      endOnFailure: true,
    });
  // The same code points as the unit `binary`, which spends a second on a table of them in every process.
  const codePoint = fastCheck
    .integer({ min: 0, max: 0x10_ffff - 0x800 })
    .map((i) => String.fromCodePoint(i < 0xd800 ? i : i + 0x800));
  const string = ({ unit, ...constraints }: StringConstraints = {}) =>
    fastCheck.string({ ...constraints, unit: unit === 'binary' ? codePoint : (unit ?? 'grapheme-ascii') });
  return { ...fastCheck, assert, string };
});
