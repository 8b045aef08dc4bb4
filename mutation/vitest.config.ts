import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';

// Stryker runs this on a copy of the packages, beside which node_modules still leads to the originals: the names are
// resolved to the copy.
function inCopy(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

const mutated = process.env['KEYHOLD_MUTATED_PACKAGE'] ?? '*';

/** A table that grew to 6,000 records has doubled several times; one test, of 70,000, still fills a second segment. */
const shorterLoops: Plugin = {
  name: 'shorter-loops',
  enforce: 'pre',
  transform: (code, id) => (id.endsWith('.test.ts') ? code.replaceAll('100_000', '6_000') : null),
};

export default defineConfig({
  plugins: [shorterLoops],
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
    isolate: false,
    testTimeout: 20_000,
  },
});
