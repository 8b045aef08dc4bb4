import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { ClosingLines } from './test/gates/reporter.ts';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 15)) {
  throw new Error(
    `The tests need Node 24.15 or later and run on ${process.version}. Run them with "npm test", which uses the Node that "npm ci" brings.`,
  );
}

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'examples/**/*.test.ts',
      'test/**/*.test.ts',
      'chaos/**/*.test.ts',
    ],
    environment: 'node',
    pool: 'forks',
    // Most suites wait for processes that they started rather than for a processor.
    maxWorkers: Math.max(2, availableParallelism()),
    // Most of these tests start processes and wait for what they do; on a loaded two-core machine that can take long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', new ClosingLines()],
  },
});
