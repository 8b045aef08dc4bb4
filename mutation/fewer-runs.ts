import type { IRawProperty, Parameters } from 'fast-check';
import { vi } from 'vitest';

const MAX_RUNS = 50;

// A mutant costs what its tests cost, thousands of times over. The seed is fixed so that the same mutants survive in every
// run; what only the full number of runs finds counts here as not found.
vi.mock('fast-check', async (importOriginal) => {
  const fastCheck = await importOriginal<typeof import('fast-check')>();
  const assert = <Ts>(property: IRawProperty<Ts>, parameters: Parameters<Ts> = {}) =>
    fastCheck.assert(property, {
      ...parameters,
      numRuns: Math.min(parameters.numRuns ?? MAX_RUNS, MAX_RUNS),
      seed: 1,
      endOnFailure: true,
    });
  return { ...fastCheck, assert };
});
