import { spawnSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';

// npm run bench
//
// Every bench in turn, each with the limit it is held against in the same run. Ratios hold on a noisy machine, absolute
// times do not, so each begins with how busy the machine was.

const BENCHES = ['verify-in-process.ts', 'gateway.ts'] as const;

for (const bench of BENCHES) {
  const [load = 0] = loadavg();
  console.log(
    `\n== ${bench} · node ${process.version} · ${cpus().length} cores (${cpus()[0]?.model}) · load ${load.toFixed(1)} · ${new Date().toISOString()}\n`,
  );
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, bench)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
