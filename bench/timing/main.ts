/**
 * Measures that a 401 tells nothing by the time it takes: an unknown key against every other cause of a denial.
 *
 *     npm run timing -- [--rounds N] [--keys N] [--seed N]      default 20000 1000000 1
 *
 * At function level (`verifier.verify`, 50 calls of each class a round; and one call, after much other memory was read) and
 * over loopback HTTP (one kept-alive socket to the real gateway, then to forward-auth, in another process whose store is
 * slow to take usage). Every class has its turn once a round, in random order; what is judged is the median of the
 * differences to "unknown" within a round, by the bootstrap's 95 % interval of it. Ends with 0 when the whole interval of
 * every class lies within the tolerance, that of the twin (unknown keys again) too, and that of the control (unknown keys,
 * with time added by this harness) beyond it.
 */

import { cpus, loadavg } from 'node:os';
import { createAsk, IN_BLOCKS, measureInProcess, ONE_AT_A_TIME, toTexts } from './in-process.ts';
import { type Judgement, judge } from './judgement.ts';
import { measureFace, pinApart, startTarget } from './loopback.ts';
import { readOptions } from './options.ts';
import { createPopulation } from './population.ts';
import { renderJudgement } from './report.ts';
import { createUniform } from './statistics.ts';

/** Equal within this much; and what the harness adds to the control, which must not pass for equal. */
const FUNCTION_LEVEL = { toleranceNs: 30, controlNs: 100 };
const FUNCTION_LEVEL_COLD = { toleranceNs: 150, controlNs: 500 };
const LOOPBACK = { toleranceNs: 500, controlNs: 2_000 };

const { rounds, keyCount, seed } = readOptions(process.argv.slice(2));
const warmUpRounds = Math.ceil(rounds * 0.15);
const uniform = createUniform(seed);
const judgements: Judgement[] = [];

function report(title: string, judgement: Judgement, toleranceNs: number): void {
  judgements.push(judgement);
  console.log(renderJudgement(title, judgement, toleranceNs));
}

const processors = cpus();
console.log(
  `Node ${process.version}, ${processors.length} × ${processors[0]?.model ?? 'processor'}, load ${loadavg()[0]!.toFixed(1)}; ` +
    `${keyCount} keys, ${rounds} rounds, seed ${seed}`,
);

const population = createPopulation(keyCount, seed);
const texts = toTexts(population);
const ask = createAsk(population);
for (const [title, pattern, { toleranceNs, controlNs }] of [
  ['verifier.verify', IN_BLOCKS, FUNCTION_LEVEL],
  ['verifier.verify with cold caches', ONE_AT_A_TIME, FUNCTION_LEVEL_COLD],
] as const) {
  const measured = await measureInProcess({ ask, texts, pattern, rounds, warmUpRounds, controlNs, uniform });
  report(title, judge(measured, toleranceNs, uniform), toleranceNs);
}

const target = await startTarget({ keyCount, seed, controlNs: LOOPBACK.controlNs });
if (!pinApart(process.pid, target.pid))
  console.log('The two processes could not be given a processor each: expect wider intervals.');
try {
  for (const face of ['gateway', 'forward-auth'] as const) {
    const measured = await measureFace({ target, face, texts, rounds, warmUpRounds, uniform });
    report(`${face} over loopback`, judge(measured, LOOPBACK.toleranceNs, uniform), LOOPBACK.toleranceNs);
  }
} finally {
  await target.stop();
}

const holds = judgements.every((judgement) => judgement.holds);
console.log(holds ? 'holds: a 401 tells nothing by its time' : 'does not hold');
process.exitCode = holds ? 0 : 1;
