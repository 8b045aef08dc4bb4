import { fork } from 'node:child_process';
import cluster from 'node:cluster';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/**
 * Several bare servers on one port. Started with a way and a number, then what `bare-server.ts` is started with:
 * `cluster` (the primary accepts and hands on), `processes` or `threads` (the kernel spreads the connections).
 */

const [way = '', count = '', ...bare] = process.argv.slice(2);
const SERVER = join(import.meta.dirname, 'bare-server.ts');

for (let i = 0; i < Number(count); i++) {
  if (way === 'cluster') {
    cluster.setupPrimary({ exec: SERVER, args: bare });
    cluster.fork();
  } else if (way === 'processes') {
    const child = fork(SERVER, [...bare, 'shared']);
    process.on('exit', () => child.kill());
  } else {
    void new Worker(SERVER, { argv: [...bare, 'shared'] });
  }
}
process.on('SIGTERM', () => process.exit());
