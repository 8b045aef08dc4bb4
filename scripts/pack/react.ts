import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'tsdown';
import { finishPackage, makeFolder, ROOT, readSourcePackage } from './source.ts';

/** `@keyhold/react`: the page and its styles bundled in, React left to the host. */
export async function packReact(out: string): Promise<string> {
  const source = readSourcePackage('react');
  const folder = makeFolder(out, 'react');
  const outDir = join(folder, 'dist');
  await build({
    config: false,
    cwd: source.folder,
    entry: source.entries,
    outDir,
    format: 'esm',
    platform: 'browser',
    fixedExtension: false,
    // It warns of the schema library's CommonJS types, and none of them is left in the end.
    logLevel: 'error',
    deps: { alwaysBundle: [/^@keyhold\//], neverBundle: [/^react(-dom)?(\/|$)/] },
    dts: { emitDtsOnly: true },
    tsconfig: join(ROOT, 'tsconfig.react.json'),
  });
  execFileSync(process.execPath, [join(ROOT, 'packages/console/build-react.ts'), outDir]);
  finishPackage(folder, source, {});
  return folder;
}
