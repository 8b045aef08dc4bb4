import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

// Builds the pages into a folder named after their sources, unless it is there already, and prints where it is.
// With a folder as its argument they are copied to it: that is how the built program gets them.

// Whoever starts this may be testing; what is built is what users get.
process.env['NODE_ENV'] = 'production';

const here = import.meta.dirname;
const root = join(here, '../..');
const cache = join(here, '.built');

/** Everything that the result depends on: the sources, and the versions of what builds them. */
function digestSources(): string {
  const hash = createHash('sha256');
  const sources = [
    'packages/console/{index.html,console.html,build.ts,package.json}',
    'packages/console/src/**/*',
    'packages/api/src/{console,keys-page}.ts',
    'package-lock.json',
  ];
  for (const path of globSync(sources, { cwd: root, withFileTypes: false }).toSorted()) {
    if (!/\.\w+$/.test(path)) continue;
    hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function buildInto(folder: string): Promise<void> {
  const { build } = await import('vite');
  const { default: react } = await import('@vitejs/plugin-react');
  const { default: tailwind } = await import('@tailwindcss/vite');
  const common = {
    root: here,
    configFile: false,
    logLevel: 'error',
    base: './',
    plugins: [react(), tailwind()],
  } as const;
  // Customers and operators are other people: neither loads chunks that are cut for the other.
  for (const document of ['index.html', 'console.html']) {
    await build({
      ...common,
      build: {
        outDir: folder,
        emptyOutDir: false,
        modulePreload: { polyfill: false },
        assetsInlineLimit: 0,
        target: 'es2023',
        rolldownOptions: { input: join(here, document) },
      },
    });
  }
  await build({
    ...common,
    build: {
      outDir: folder,
      emptyOutDir: false,
      target: 'es2023',
      modulePreload: false,
      rolldownOptions: {
        input: join(here, 'src/element/keyhold-api-keys.tsx'),
        // One file: a host's page names it, and nothing else of ours.
        output: { codeSplitting: false, entryFileNames: 'element.js' },
      },
    },
  });
  for (const path of globSync('**/*.{js,css}', { cwd: folder })) {
    const bytes = readFileSync(join(folder, path));
    writeFileSync(join(folder, `${path}.br`), brotliCompressSync(bytes));
    writeFileSync(join(folder, `${path}.gz`), gzipSync(bytes));
  }
}

const folder = join(cache, digestSources());
if (!existsSync(folder)) {
  mkdirSync(cache, { recursive: true });
  // Several processes may build at once: each in a folder of its own, and the first to be done gives the name.
  const making = mkdtempSync(join(cache, 'making-'));
  await buildInto(making);
  try {
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}
const [copyTo] = process.argv.slice(2);
if (copyTo !== undefined) cpSync(folder, copyTo, { recursive: true });
process.stdout.write(`${copyTo ?? folder}\n`);
