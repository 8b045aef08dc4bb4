import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

// Changes one thing at a time in the packages that decide on keys, and asks of their tests to notice. `npm run mutation`
// does both packages, `npm run mutation -- core` one. What was found before is kept in reports/, and only what changed
// since is run again.

const PACKAGES = ['core', 'coherence'];
const GOAL_PERCENT = 90;

/** What this reads of a report: https://github.com/stryker-mutator/mutation-testing-elements, schema 2. */
interface Report {
  readonly files: {
    readonly [path: string]: { readonly source: string; readonly mutants: readonly Mutant[] };
  };
}

interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

interface Position {
  readonly line: number;
  readonly column: number;
}

const here = import.meta.dirname;
const root = join(here, '..');
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'));

install();
let met = true;
for (const name of chosen.length === 0 ? PACKAGES : chosen) met = mutate(name) && met;
process.exitCode = met ? 0 : 1;

/** Its own dependencies, which `npm ci` at the root leaves out. */
function install(): void {
  const installed = join(here, 'node_modules/.package-lock.json');
  const lockfile = join(here, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs) return;
  run('npm', ['ci', '--no-audit', '--no-fund'], here, {});
}

/** @returns whether the package's tests reach the goal. */
function mutate(name: string): boolean {
  const reportFile = join(here, 'reports', `${name}.json`);
  mkdirSync(join(here, 'reports'), { recursive: true });
  run(
    process.execPath,
    [
      'mutation/node_modules/@stryker-mutator/core/bin/stryker.js',
      'run',
      'mutation/stryker.config.json',
      '--mutate',
      `packages/${name}/src/**/*.ts,!packages/${name}/src/**/*.test.ts`,
      '--incrementalFile',
      reportFile,
      ...flags,
    ],
    root,
    { KEYHOLD_MUTATED_PACKAGE: name },
  );
  const report: Report = JSON.parse(readFileSync(reportFile, 'utf8'));
  const counts = countByStatus(report);
  const found = (counts.get('Killed') ?? 0) + (counts.get('Timeout') ?? 0);
  const missed = (counts.get('Survived') ?? 0) + (counts.get('NoCoverage') ?? 0);
  const percent = (100 * found) / (found + missed);
  for (const line of listMissed(report)) console.log(line);
  console.log(
    `${name}: ${percent.toFixed(1)} %, ${found} of ${found + missed} mutants found (goal: over ${GOAL_PERCENT} %)`,
  );
  return percent > GOAL_PERCENT;
}

function countByStatus({ files }: Report): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { mutants } of Object.values(files)) {
    for (const { status } of mutants) counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return counts;
}

function listMissed({ files }: Report): string[] {
  return Object.entries(files).flatMap(([path, { source, mutants }]) => {
    const lines = source.split('\n');
    return mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ mutatorName, replacement, location: { start, end } }) => {
        const line = lines[start.line - 1] ?? '';
        const original = line.slice(start.column - 1, start.line === end.line ? end.column - 1 : undefined);
        return `${path}:${start.line}:${start.column} ${mutatorName}\n  - ${original}\n  + ${replacement}`;
      });
  });
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: { readonly [name: string]: string },
): void {
  const { status, error } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`"${command}" ended with ${status}; what it said stands above.`);
}
