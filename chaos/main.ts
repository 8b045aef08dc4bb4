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
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // Asked twice, it leaves at once; what it started ends with it either way.
    if (interruption.signal.aborted) process.exit(1);
    interruption.abort();
  });
}

const [load = 0] = loadavg();
console.log(
  `node ${process.version} · ${cpus().length} cores (${cpus()[0]?.model}) · load ${load.toFixed(1)} · ${new Date().toISOString()} · seed ${options.seed}`,
);
const all: Figures[] = [];
for (const design of options.designs) {
  const finished = await run(options, design, interruption.signal).catch(leave);
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

/** Everything that was started is stopped by now, but calls that are made until they are answered go on. */
function leave(error: unknown): never {
  console.error(interruption.signal.aborted ? 'Interrupted; everything is stopped.' : error);
  process.exit(1);
}
