/**
 * Simulates the lease protocol for many seeds: `npm run simulate -- --seeds N [--seed S] [--defect NAME] [--trace]`.
 *
 * `--seed S` alone runs that one and prints its trace. Ends with 1 when a seed broke the promise.
 */

import { parseArgs } from 'node:util';
import { DEFECTS } from '../../src/protocol/defects.ts';
import { simulate } from './run.ts';
import { SURROUNDING_DEFECTS } from './world.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    seed: { type: 'string' },
    defect: { type: 'string' },
    calm: { type: 'boolean', default: false },
  },
});

const faults = !values.calm;
const defect = [...DEFECTS, ...SURROUNDING_DEFECTS].find((known) => known === values.defect) ?? null;
if (values.defect !== undefined && defect === null) {
  console.error(`There is no defect "${values.defect}".`);
  process.exit(2);
}

const startedMs = performance.now();
if (values.seed !== undefined && values.seeds === '10000') {
  const { trace, violation, ...rest } = simulate({ seed: Number(values.seed), defect, faults, traces: true });
  console.log(trace.join('\n'));
  console.log(violation ?? 'no violation', rest);
  process.exit(violation === null ? 0 : 1);
}

const first = Number(values.seed ?? 1);
let changes = 0;
let confirmed = 0;
let slowestMs = 0;
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  const result = simulate({ seed, defect, faults });
  changes += result.changes;
  confirmed += result.confirmed;
  slowestMs = Math.max(slowestMs, result.slowestMs);
  if (result.violation === null) continue;
  console.error(`seed ${seed}: ${result.violation}`);
  console.error(
    `again, with its trace: npm run simulate -- --seed ${seed}${defect === null ? '' : ` --defect ${defect}`}`,
  );
  process.exit(1);
}
console.log(
  `${values.seeds} seeds, ${changes} changes, ${confirmed} calls confirmed, the slowest after ${Math.round(slowestMs)} ms; no violation, in ${Math.round(performance.now() - startedMs)} ms`,
);
