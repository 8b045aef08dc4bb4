import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Stryker runs this on a copy of the packages, beside which node_modules still leads to the originals: the names are
// resolved to the copy.
function inCopy(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

const mutated = process.env['KEYHOLD_MUTATED_PACKAGE'] ?? '*';

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@keyhold\/core$/, replacement: inCopy('packages/core/src/index.ts') },
      { find: /^@keyhold\/core\/testing$/, replacement: inCopy('packages/core/src/testing.ts') },
      { find: /^@keyhold\/coherence$/, replacement: inCopy('packages/coherence/src/index.ts') },
    ],
  },
  test: {
    root: inCopy(''),
    include: [`packages/${mutated}/src/**/*.test.ts`, `packages/${mutated}/test/**/*.test.ts`],
    setupFiles: [inCopy('mutation/fewer-runs.ts')],
    environment: 'node',
    testTimeout: 20_000,
  },
});
