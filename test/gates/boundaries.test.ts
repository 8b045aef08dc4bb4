import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

// dependency-cruiser and its like parse TypeScript with the compiler API, which TypeScript 7 does not have; the imports
// of this repository are plain enough for one expression.
const IMPORT =
  /^\s*(?:import|export)\b[^'";]*?\bfrom\s+'([^']+)'|^\s*import\s+'([^']+)'|\bimport\('([^']+)'\)/gm;

const root = resolve(import.meta.dirname, '../..');

/** Which packages of ours each may list. Arrows point down only (docs/architecture.md). */
const ALLOWED: Record<string, readonly string[]> = {
  core: [],
  api: [],
  coherence: ['core'],
  store: ['core', 'coherence'],
  gateway: ['core', 'coherence'],
  server: ['core', 'coherence', 'store', 'api', 'gateway'],
  sdk: ['core', 'coherence'],
  embedded: ['server', 'sdk'],
};

/** What the pure package may touch of the platform: computation only, nothing that reads or writes. */
const CORE_BUILTINS = ['node:buffer', 'node:crypto'];

interface SourceFile {
  readonly path: string;
  readonly imports: readonly string[];
}

function sourceFiles(packageName: string): SourceFile[] {
  const folder = join(root, 'packages', packageName, 'src');
  return globSync('**/*.ts', { cwd: folder })
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => {
      const text = readFileSync(join(folder, path), 'utf8').replace(/^\s*(?:\*|\/\/).*$/gm, '');
      const imports = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
      return { path: join(folder, path), imports };
    });
}

function manifest(packageName: string): { dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(join(root, 'packages', packageName, 'package.json'), 'utf8'));
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] as string);
}

function findCycle(files: readonly SourceFile[]): string[] | null {
  const edges = new Map(
    files.map((file) => [
      file.path,
      file.imports.filter((i) => i.startsWith('.')).map((i) => resolve(dirname(file.path), i)),
    ]),
  );
  const finished = new Set<string>();
  function visit(path: string, trail: readonly string[]): string[] | null {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (finished.has(path)) return null;
    for (const next of edges.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle !== null) return cycle;
    }
    finished.add(path);
    return null;
  }
  for (const file of files) {
    const cycle = visit(file.path, []);
    if (cycle !== null) return cycle.map((path) => relative(root, path));
  }
  return null;
}

describe.each(Object.keys(ALLOWED))('package %s', (packageName) => {
  const files = sourceFiles(packageName);
  const listed = Object.keys(manifest(packageName).dependencies ?? {});

  test('lists only the packages of ours that lie below it', () => {
    const ours = listed
      .filter((name) => name.startsWith('@keyhold/'))
      .map((name) => name.slice('@keyhold/'.length));
    expect(ours.filter((name) => !ALLOWED[packageName]?.includes(name))).toEqual([]);
  });

  test('imports nothing that its package.json does not list', () => {
    const stray = files.flatMap((file) =>
      file.imports
        .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
        .filter((specifier) => !listed.includes(packageOf(specifier)))
        .filter((specifier) => !(specifier === 'vitest' && file.path.endsWith('-contract.ts')))
        .map((specifier) => `${relative(root, file.path)} imports ${specifier}`),
    );
    expect(stray).toEqual([]);
  });

  test('names built-in modules with node: and reaches no other package by a path', () => {
    const folder = join(root, 'packages', packageName, 'src');
    const stray = files.flatMap((file) =>
      file.imports
        .filter((specifier) =>
          specifier.startsWith('.')
            ? relative(folder, resolve(dirname(file.path), specifier)).startsWith('..') &&
              !specifier.endsWith('package.json')
            : !specifier.startsWith('node:') && builtinModules.includes(specifier),
        )
        .map((specifier) => `${relative(root, file.path)} imports ${specifier}`),
    );
    expect(stray).toEqual([]);
  });

  test('has no file that imports its own index, and no cycle', () => {
    const viaIndex = files.filter((file) =>
      file.imports.some((specifier) => /(^|\/)index\.ts$/.test(specifier)),
    );
    expect(viaIndex.map((file) => relative(root, file.path))).toEqual([]);
    expect(findCycle(files)).toBeNull();
  });
});

test('core touches no I/O of the platform', () => {
  const stray = sourceFiles('core').flatMap((file) =>
    file.imports
      .filter((specifier) => specifier.startsWith('node:') && !CORE_BUILTINS.includes(specifier))
      .map((specifier) => `${relative(root, file.path)} imports ${specifier}`),
  );
  expect(stray).toEqual([]);
});
