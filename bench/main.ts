import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';

// npm run bench                       every bench in turn
// npm run bench -- NAME [ARGUMENTS]   one of them
//
// Each is held against a limit measured in the same run. Ratios hold on a noisy machine, absolute times do not, so each
// begins with how busy the machine was.

const BENCHES = [
  'verify-in-process',
  'http-faces',
  'gateway',
  'under-load',
  'start',
  'attach',
  'transports',
  'backup-and-restore',
  'console',
  'sdk',
  'workers',
  'revoke',
];

const [chosen, ...args] = process.argv.slice(2);
if (chosen !== undefined && !BENCHES.includes(chosen)) {
  throw new Error(`There is no bench "${chosen}"; there are ${BENCHES.join(', ')}.`);
}
for (const bench of chosen === undefined ? BENCHES : [chosen]) {
  const [load = 0] = loadavg();
  console.log(
    `\n== ${bench} · node ${process.version} · ${cpus().length} cores (${cpus()[0]?.model}) · load ${load.toFixed(1)} · ${new Date().toISOString()}\n`,
  );
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${bench}.ts`), ...args], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
