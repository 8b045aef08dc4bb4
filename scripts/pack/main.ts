import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packEmbedded } from './embedded.ts';
import { packReact } from './react.ts';
import { packSdk } from './sdk.ts';
import { makeFolder, ROOT } from './source.ts';

// Makes the packages that people install, as tarballs in one folder, and says how large they are.

const out = resolve(process.argv[2] ?? join(ROOT, 'packed'));
rmSync(out, { recursive: true, force: true });

/** `@keyhold/server`: the built command. */
function packServer(): string {
  const folder = makeFolder(out, 'server');
  execFileSync(process.execPath, [join(ROOT, 'scripts/build.ts'), folder], { stdio: 'ignore' });
  copyFileSync(join(ROOT, 'packages/server/README.md'), join(folder, 'README.md'));
  return folder;
}

/** What npm says about the tarball that it has made. */
interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
}

function toTarball(folder: string): Packed {
  const printed = execFileSync('npm', ['pack', '--json', '--pack-destination', out], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [packed]: readonly Packed[] = Object.values(JSON.parse(printed));
  if (packed === undefined) throw new Error(`npm has packed nothing of ${folder}.`);
  return packed;
}

const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`;

const folders = [await packSdk(out), await packEmbedded(out), packServer(), await packReact(out)];
console.log('| package | tarball | installed |\n| --- | --- | --- |');
for (const folder of folders) {
  const { name, filename, size, unpackedSize } = toTarball(folder);
  console.log(`| \`${name}\` (\`${filename}\`) | ${kilobytes(size)} | ${kilobytes(unpackedSize)} |`);
}
