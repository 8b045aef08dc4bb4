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
const lockfile: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync(join(root, 'package-lock.json'), 'utf8'),
);
const locked = Object.entries(lockfile.packages);

test('the lockfile names the optional packages of every platform, which "npm ci" asks for on each', () => {
  const missing = locked.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) =>
        !(`node_modules/${name}` in lockfile.packages) &&
        !(`${path}/node_modules/${name}` in lockfile.packages),
    ),
  );
  expect(missing).toEqual([]);
});

test('no lockfile names an address that a package comes from', () => {
  const files = globSync('**/package-lock.json', { cwd: root, exclude: ['**/node_modules/**'] });
  expect(files).toContain('package-lock.json');
  for (const file of files)
    expect(readFileSync(join(root, file), 'utf8'), file).not.toMatch(/"resolved": "[^"]*:\/\//);
});

test('no package that every machine installs runs a script when it is installed', () => {
  expect(locked.filter(([, { hasInstallScript, optional }]) => hasInstallScript && !optional)).toEqual([]);
});
