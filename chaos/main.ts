import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { type Figures, toFigures } from './figures.ts';
import { readCommandLine } from './options.ts';
import { isSound, renderComparison, renderFigures, renderFindings } from './report.ts';
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
const all: Figures[] = [];
for (const design of options.designs) {
  const finished = await run(options, design, interruption.signal);
  const figures = toFigures(finished);
  all.push(figures);
  console.log(`\n${renderFigures(figures)}`);
  // What the usual designs promise is less.
  if (!isSound(figures) && design.command === undefined) {
    console.error(`\n${renderFindings(finished)}`);
    process.exitCode = 1;
  }
}
if (all.length > 1) console.log(`\n${renderComparison(all)}`);
if (options.jsonFile !== null) writeFileSync(options.jsonFile, `${JSON.stringify(all, null, 2)}\n`);
