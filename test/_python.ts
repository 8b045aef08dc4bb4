import { spawnSync } from 'node:child_process';
import type { TestContext } from 'vitest';

/**
 * The first python3 that can import a module: what is first on the path is often one without Debian's packages. Without
 * any the test is left out, and fails where everything has to be there.
 */
export function requirePython(module: string, context: TestContext): string {
  const candidates = ['python3', '/usr/bin/python3'];
  const found = candidates.find((python) => spawnSync(python, ['-c', `import ${module}`]).status === 0);
  if (found !== undefined) return found;
  const reason = `no python3 here can import ${module}; add it with: apt-get install python3-${module}`;
  if (process.env['KEYHOLD_REQUIRE_ALL_PARTS'] === '1') throw new Error(reason);
  return context.skip(reason);
}
