/**
 * Other packages that verify API keys, side by side with Keyhold's verifier. Installs them first, by a lockfile of their own.
 *
 *     node bench/peers.ts
 */

import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

const peers = join(import.meta.dirname, 'peers');
const installed = join(peers, 'node_modules/.package-lock.json');
if (
  !existsSync(installed) ||
  statSync(installed).mtimeMs < statSync(join(peers, 'package-lock.json')).mtimeMs
) {
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
}
run(process.execPath, ['verify.mjs']);

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: peers, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`"${command}" ended with ${status}; what it said stands above.`);
}
