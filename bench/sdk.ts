/**
 * What a verification costs by the SDK, in this process; by `/v1/verify` over a connection that stays; and by other packages
 * that verify API keys. Installs those first, by a lockfile of their own.
 *
 *     node bench/sdk.ts
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
