import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { build, type InlineConfig } from 'tsdown';
import { workerFiles } from '../worker-files.ts';
import { finishPackage, makeFolder, ROOT, readSourcePackage } from './source.ts';

/** `@keyhold/embedded`: the server's parts bundled in, the pages beside them, and the SDK as what it is to its users: a package. */
export async function packEmbedded(out: string): Promise<string> {
  const source = readSourcePackage('embedded');
  const folder = makeFolder(out, 'embedded');
  const common: InlineConfig = {
    config: false,
    cwd: source.folder,
    outDir: join(folder, 'dist'),
    format: 'esm',
    platform: 'node',
    target: 'node24.15',
    fixedExtension: false,
    logLevel: 'warn',
    deps: { neverBundle: ['@keyhold/sdk'], alwaysBundle: [/./] },
    plugins: [workerFiles],
  };
  await build({
    ...common,
    entry: { ...source.entries, 'store-worker': join(ROOT, 'packages/store/src/sqlite/worker.ts') },
    minify: { mangle: false, compress: true, codegen: false },
    dts: false,
  });
  // Its types say all of themselves, so none of those behind them is asked for.
  await build({ ...common, entry: source.entries, clean: false, dts: { emitDtsOnly: true, oxc: true } });
  execFileSync(process.execPath, [join(ROOT, 'packages/console/build.ts'), join(folder, 'dist/public')]);
  finishPackage(folder, source, {
    engines: { node: '>=24.15' },
    dependencies: { '@keyhold/sdk': source.manifest.version },
  });
  return folder;
}
