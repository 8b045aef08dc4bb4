import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from './_application.ts';

const root = join(import.meta.dirname, '../..');

/** The first python3 that can import these modules: what is first on the path is often one without Debian's packages. */
function findPython(modules: readonly string[]): string | null {
  const candidates = ['python3', '/usr/bin/python3'];
  const probe = ['-c', `import ${modules.join(', ')}`];
  return candidates.find((python) => spawnSync(python, probe).status === 0) ?? null;
}

/** A way to run the programs in `python/`, with the package under test in reach. */
export interface Python {
  /** Why it cannot; null when it can. */
  readonly missing: string | null;
  command(program: string, parameters: readonly string[], env?: Readonly<Record<string, string>>): Command;
}

/** @param packages Debian's packages and the modules they bring. */
export function preparePython(packages: Readonly<Record<string, string>>): Python {
  const python = findPython(['sys', ...Object.values(packages)]);
  return {
    missing: python === null ? reasonToLeaveOut(packages) : null,
    command: (program, parameters, env = {}) => ({
      file: python ?? 'python3',
      parameters: ['-B', join(import.meta.dirname, 'python', program), ...parameters],
      env: { PYTHONPATH: join(root, 'clients/python'), ...env },
    }),
  };
}

function reasonToLeaveOut(packages: Readonly<Record<string, string>>): string {
  const names = ['python3', ...Object.keys(packages)].join(' ');
  const reason = `no python3 here has what these tests use; add it with: apt-get install --no-install-recommends ${names}`;
  if (process.env['KEYHOLD_REQUIRE_ALL_PARTS'] === '1') throw new Error(reason);
  return reason;
}
