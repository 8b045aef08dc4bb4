import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { oldNodePath, reasonToLeaveOut, toolPath } from './_tools.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const applications = join(import.meta.dirname, 'applications');

const leftOut = reasonToLeaveOut();

/** By what is installed: `sdk` → its tarball. */
type Tarballs = { readonly [name in 'embedded' | 'react' | 'sdk' | 'server']: string };

let directory: string;
let tarballs: Tarballs;

/** Installs the tarballs into an empty folder, with nothing of this repository in reach. */
const installers = {
  async npm(folder: string) {
    const packages = [tarballs.sdk, tarballs.embedded, tarballs.server];
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'application', type: 'module' }));
    await run('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: folder });
  },
  async pnpm(folder: string) {
    const { sdk, embedded, server } = tarballs;
    const dependencies = { '@keyhold/sdk': sdk, '@keyhold/embedded': embedded, '@keyhold/server': server };
    const manifest = { name: 'application', type: 'module', dependencies };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    // What is not published yet is not looked for where published packages are.
    await writeFile(join(folder, 'pnpm-workspace.yaml'), `overrides:\n  '@keyhold/sdk': '${sdk}'\n`);
    await run(toolPath('pnpm'), ['install', '--store-dir', join(folder, '.store')], { cwd: folder });
  },
};

describe('the packed packages', () => {
  beforeEach((context) => {
    if (leftOut !== null) context.skip(leftOut);
  });
  beforeAll(async () => {
    if (leftOut !== null) return;
    directory = await mkdtemp(join(tmpdir(), 'keyhold-packages-'));
    const packed = join(directory, 'packed');
    await run(process.execPath, [join(root, 'scripts/pack/main.ts'), packed], { cwd: root });
    const files = await readdir(packed);
    const find = (name: string) =>
      join(packed, files.find((file) => file.startsWith(`keyhold-${name}-`) && file.endsWith('.tgz')) ?? '');
    tarballs = {
      embedded: find('embedded'),
      react: find('react'),
      sdk: find('sdk'),
      server: find('server'),
    };
  });
  afterAll(async () => {
    if (leftOut === null) await rm(directory, { recursive: true, force: true });
  });

  const made = new Map<string, Promise<string>>();

  /** The folder of the applications with the packages installed; each installer is run once. */
  function applicationOf(installer: keyof typeof installers): Promise<string> {
    const folder = made.get(installer) ?? makeApplication(installer);
    made.set(installer, folder);
    return folder;
  }

  async function makeApplication(installer: keyof typeof installers): Promise<string> {
    const folder = await mkdtemp(join(directory, `${installer}-`));
    await cp(applications, folder, { recursive: true });
    await installers[installer](folder);
    return folder;
  }

  test.each(['sdk', 'embedded', 'react', 'server'] as const)('%s passes publint', async (name) => {
    await run(process.execPath, [toolPath('publint'), 'run', tarballs[name], '--strict']);
  });

  test.each(['sdk', 'embedded', 'react'] as const)(
    'the types of %s are found where its code is',
    async (name) => {
      await run(process.execPath, [toolPath('attw'), tarballs[name], '--profile', 'esm-only']);
    },
  );

  test('the SDK and the server bring nothing along, and embedded only the SDK', async () => {
    const dependencies = async (name: string) => {
      const manifest = await readFile(join(directory, 'packed', name, 'package.json'), 'utf8');
      const { dependencies: listed = {} }: { dependencies?: object } = JSON.parse(manifest);
      return Object.keys(listed);
    };
    expect(await dependencies('sdk')).toEqual([]);
    expect(await dependencies('server')).toEqual([]);
    expect(await dependencies('embedded')).toEqual(['@keyhold/sdk']);
  });

  describe.each(['npm', 'pnpm'] as const)('installed by %s into an empty folder', (installer) => {
    test('the whole of Keyhold runs inside a process', async () => {
      const folder = await applicationOf(installer);
      const { stdout } = await run(process.execPath, ['embedded.js'], { cwd: folder });
      expect(JSON.parse(stdout)).toEqual({
        issued: true,
        guarded: 'acme',
        page: 200,
        revoked: 'revoked',
        afterwards: 401,
      });
    });

    test('the command serves, and the SDK on the oldest Node that it is for verifies and manages', async () => {
      const folder = await applicationOf(installer);
      const command = join(folder, 'node_modules/.bin/keyhold');
      const { PATH = '' } = process.env;
      // The command's own first line asks the PATH for Node.
      const env = { PATH: `${join(process.execPath, '..')}:${PATH}` };
      const server = spawn(command, ['serve', '--port', '0', '--json'], { cwd: folder, env });
      try {
        let banner = '';
        server.stdout.setEncoding('utf8').on('data', (text: string) => {
          banner += text;
        });
        while (!banner.includes('\n')) await once(server.stdout, 'data');
        const { stdout } = await run(oldNodePath(), ['sdk.js', banner], { cwd: folder });
        expect(JSON.parse(stdout)).toEqual({
          issued: true,
          guarded: 'acme',
          listed: 1,
          revoked: 'revoked',
          afterwards: 401,
        });
      } finally {
        server.kill();
        await once(server, 'close');
      }
    });
  });

  test('an application in TypeScript compiles with all libraries checked, and one that errs does not', async () => {
    const folder = await applicationOf('npm');
    await run('tar', ['-xzf', tarballs.react, '-C', folder]);
    const modules = join(folder, 'node_modules');
    await cp(join(folder, 'package'), join(modules, '@keyhold/react'), { recursive: true });
    await mkdir(join(modules, '@types'), { recursive: true });
    for (const name of ['@types/node', '@types/react', '@types/react-dom', 'undici-types', 'csstype']) {
      await symlink(join(root, 'node_modules', name), join(modules, name));
    }
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', folder]).catch(
      (error: { readonly stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });
});
