import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Locked {
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lockfile: { readonly packages: Readonly<Record<string, Locked>> } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8'),
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

test('the lockfile names no address that a package comes from', () => {
  expect(locked.filter(([, { resolved }]) => resolved?.includes('://')).map(([path]) => path)).toEqual([]);
});

test('no package that every machine installs runs a script when it is installed', () => {
  expect(locked.filter(([, { hasInstallScript, optional }]) => hasInstallScript && !optional)).toEqual([]);
});
