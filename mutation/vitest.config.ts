import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Stryker runs this on a copy of the packages, beside which node_modules still leads to the originals: the names are
// resolved to the copy.
function inCopy(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

const mutated = process.env['KEYHOLD_MUTATED_PACKAGE'] ?? '*';

/** Of a test beside the code, so that one which waits in vain does not hold up the next change for long. */
const UNIT_TIMEOUT_MS = 4_000;
const SIMULATION_TIMEOUT_MS = 30_000;

/** A test of the simulation goes through hundreds of seeds. */
const longerSimulation: Plugin = {
  name: 'longer-simulation',
  transform: (code, id) =>
    id.endsWith('/simulation.test.ts')
      ? `import { vi as runner } from 'vitest'; runner.setConfig({ testTimeout: ${SIMULATION_TIMEOUT_MS} });\n${code}`
      : null,
};

/**
 * A table that grew to 6,000 records has doubled several times; one test, of 70,000, still fills a second segment. What
 * breaks the protocol shows within 600 seeds of the simulation, or hardly ever.
 */
const shorterLoops: Plugin = {
  name: 'shorter-loops',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('.test.ts')
      ? code.replaceAll('100_000', '6_000').replaceAll('search(3_000)', 'search(600)')
      : null,
};

/** The tests beside the code come first: they take milliseconds and find most, and the first that fails ends a round. */
class NearestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

function rank({ moduleId }: TestSpecification): number {
  return moduleId.includes('/src/') ? 0 : 1;
}

export default defineConfig({
  plugins: [shorterLoops, longerSimulation],
  resolve: {
    alias: [
      { find: /^@keyhold\/core$/, replacement: inCopy('packages/core/src/index.ts') },
      { find: /^@keyhold\/core\/testing$/, replacement: inCopy('packages/core/src/testing.ts') },
      { find: /^@keyhold\/coherence$/, replacement: inCopy('packages/coherence/src/index.ts') },
    ],
  },
  test: {
    root: inCopy(''),
    // The exhaustive search takes 25 seconds for one mutant; the simulation walks through the same machines.
    exclude: ['**/model.test.ts'],
    include: [`packages/${mutated}/src/**/*.test.ts`, `packages/${mutated}/test/**/*.test.ts`],
    setupFiles: [inCopy('mutation/fewer-runs.ts')],
    sequence: { sequencer: NearestFirst },
    environment: 'node',
    isolate: false,
    testTimeout: UNIT_TIMEOUT_MS,
  },
});
