import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Locked {
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '../..');
const files = globSync('**/package-lock.json', { cwd: root, exclude: ['**/node_modules/**'] });

function readLocked(file: string): Readonly<Record<string, Locked>> {
  return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
}

test.each(files)(
  '%s names the optional packages of every platform, which "npm ci" asks for on each',
  (file) => {
    const locked = readLocked(file);
    const missing = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in locked) && !(`${path}/node_modules/${name}` in locked),
      ),
    );
    expect(missing).toEqual([]);
  },
);

test('no lockfile names an address that a package comes from', () => {
  expect(files).toContain('package-lock.json');
  for (const file of files)
    expect(readFileSync(join(root, file), 'utf8'), file).not.toMatch(/"resolved": "[^"]*:\/\//);
});

test('no package that every machine installs runs a script when it is installed', () => {
  const locked = Object.entries(readLocked('package-lock.json'));
  expect(locked.filter(([, { hasInstallScript, optional }]) => hasInstallScript && !optional)).toEqual([]);
});
