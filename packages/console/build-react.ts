import { join } from 'node:path';
import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { build } from 'vite';

// Builds the React package's entry into the folder that is its argument: the page and its styles inside, React left to the host.

// Whoever starts this may be testing; what is built is what users get.
process.env['NODE_ENV'] = 'production';

const [outDir] = process.argv.slice(2);
if (outDir === undefined) throw new TypeError('Name the folder to build into.');

await build({
  root: import.meta.dirname,
  configFile: false,
  logLevel: 'error',
  plugins: [react(), tailwind()],
  build: {
    outDir,
    emptyOutDir: false,
    target: 'es2023',
    lib: { entry: { index: join(import.meta.dirname, '../react/src/index.ts') }, formats: ['es'] },
    rolldownOptions: { external: /^react(-dom)?(\/|$)/ },
  },
});
