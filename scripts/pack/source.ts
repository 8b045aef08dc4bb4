import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** A package as it stands in this repository. */
export interface SourcePackage {
  readonly folder: string;
  readonly manifest: {
    readonly name: string;
    readonly version: string;
    readonly description: string;
    readonly license: string;
    readonly exports: { readonly [subpath: string]: string };
    readonly peerDependencies?: { readonly [name: string]: string };
  };
  /** Name in the bundle → source file, as its `exports` have them. */
  readonly entries: { readonly [name: string]: string };
}

export function readSourcePackage(name: string): SourcePackage {
  const folder = join(ROOT, 'packages', name);
  const manifest: SourcePackage['manifest'] = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entries = Object.fromEntries(
    Object.entries(manifest.exports).map(([subpath, file]) => [toEntryName(subpath), join(folder, file)]),
  );
  return { folder, manifest, entries };
}

/** Where a package of ours is built that is published under `name`. */
export function makeFolder(out: string, name: string): string {
  const folder = join(out, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Writes what stands beside the built files: the manifest, the licence and the page of the package. */
export function finishPackage(
  folder: string,
  { folder: source, manifest }: SourcePackage,
  more: { readonly engines?: object; readonly dependencies?: object },
): void {
  const { name, version, description, license, peerDependencies } = manifest;
  const exports = Object.fromEntries(
    Object.keys(manifest.exports).map((subpath) => {
      const file = `./dist/${toEntryName(subpath)}`;
      return [subpath, { types: `${file}.d.ts`, default: `${file}.js` }];
    }),
  );
  const published = {
    name,
    version,
    description,
    license,
    type: 'module',
    sideEffects: false,
    exports: { ...exports, './package.json': './package.json' },
    files: ['dist'],
    ...(peerDependencies !== undefined && { peerDependencies }),
    ...more,
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'));
  copyFileSync(join(source, 'README.md'), join(folder, 'README.md'));
}

function toEntryName(subpath: string): string {
  return subpath === '.' ? 'index' : subpath.slice('./'.length);
}
