import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { toFigures } from './figures.ts';
import { readCommandLine } from './options.ts';
import { isSound, renderFigures, renderFindings } from './report.ts';
import { run } from './run.ts';

// npm run chaos -- --seconds 300 --nodes 3 --workers 2 --seed 1
//
// Real servers on a real PostgreSQL, keys that are changed all the time, questions about them at every node, and faults.
// Ends with 1 when anything was answered that the promise rules out.

const options = readCommandLine(process.argv.slice(2));
const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());

const [load = 0] = loadavg();
console.log(
  `node ${process.version} · ${cpus().length} cores (${cpus()[0]?.model}) · load ${load.toFixed(1)} · ${new Date().toISOString()} · seed ${options.seed}`,
);
const finished = await run(
  options,
  { name: 'keyhold', command: undefined, isPlain: false },
  interruption.signal,
);
const figures = toFigures(finished);
console.log(`\n${renderFigures(figures)}`);
if (options.jsonFile !== null) writeFileSync(options.jsonFile, `${JSON.stringify(figures, null, 2)}\n`);
if (!isSound(figures)) {
  console.error(`\n${renderFindings(finished)}`);
  process.exitCode = 1;
}
