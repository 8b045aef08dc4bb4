import { join } from 'node:path';
import { build } from 'tsdown';
import { finishPackage, makeFolder, ROOT, readSourcePackage } from './source.ts';

/** `@keyhold/sdk`: no dependencies, an entry for each framework, Node 20.19. */
export async function packSdk(out: string): Promise<string> {
  const source = readSourcePackage('sdk');
  const folder = makeFolder(out, 'sdk');
  await build({
    config: false,
    cwd: source.folder,
    entry: source.entries,
    outDir: join(folder, 'dist'),
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    fixedExtension: false,
    logLevel: 'warn',
    dts: true,
    tsconfig: join(ROOT, 'tsconfig.sdk.json'),
    deps: { alwaysBundle: [/^@keyhold\//] },
    inputOptions: {
      transform: {
        inject: { 'Promise.withResolvers': [join(import.meta.dirname, 'node-20.ts'), 'withResolvers'] },
      },
    },
  });
  finishPackage(folder, source, { engines: { node: '>=20.19' } });
  return folder;
}
