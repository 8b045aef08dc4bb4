import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { workerFiles } from './worker-files.ts';

const root = join(import.meta.dirname, '..');
const out = resolve(process.argv[2] ?? join(root, 'dist'));

rmSync(out, { recursive: true, force: true });
const bundle = await rolldown({
  input: {
    keyhold: join(root, 'packages/server/src/main.ts'),
    'store-worker': join(root, 'packages/store/src/sqlite/worker.ts'),
    'server-worker': join(root, 'packages/server/src/workers/worker-process.ts'),
  },
  platform: 'node',
  plugins: [workerFiles],
});
await bundle.write({
  dir: out,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
  minify: { mangle: false, compress: true, codegen: false },
});
await bundle.close();

// The pages lie beside the program, which looks for them there first.
execFileSync(process.execPath, [join(root, 'packages/console/build.ts'), join(out, 'public')]);

const { version, license, description } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const manifest = {
  name: '@keyhold/server',
  version,
  description,
  license,
  type: 'module',
  bin: { keyhold: './keyhold.js' },
  engines: { node: '>=24.15' },
};
writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync(join(root, 'LICENSE'), join(out, 'LICENSE'));
chmodSync(join(out, 'keyhold.js'), 0o755);
console.log(`Built ${join(out, 'keyhold.js')}, version ${version}.`);
