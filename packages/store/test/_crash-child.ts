/**
 * A process that runs the real store to one failpoint and kills itself there, without a chance to finish anything:
 * `_crash-child.ts FILE SCENARIO FAILPOINT PASS`, where PASS 2 is the second time that it comes by.
 */
import { writeSync } from 'node:fs';
import { createManualClock, createSeededRandom } from '@keyhold/core/testing';
import type { Failpoint } from '../src/failpoint.ts';
import { restoreSqliteStore } from '../src/sqlite/restore.ts';
import { openSqliteStore } from '../src/sqlite/sqlite-store.ts';
import { fillWorld, LEADS, SYSTEM } from './_world.ts';
import { FIRST_OPERATOR, SCENARIOS } from './contract/scenarios.ts';

const [file = '', scenario = '', failpoint, pass = '1'] = process.argv.slice(2);
let passesLeft = 0;

function onFailpoint(name: Failpoint): void {
  if (name !== failpoint || passesLeft === 0 || --passesLeft > 0) return;
  writeSync(1, name);
  process.kill(process.pid, 'SIGKILL');
}

/** From here on the failpoint counts. */
function arm(): void {
  passesLeft = Number(pass);
}

const clock = createManualClock();
const randomBytes = createSeededRandom(7);
const opening = { file, clock, randomBytes, onFailpoint };

if (scenario === 'swap') {
  arm();
  await restoreSqliteStore({ ...opening, backup: `${file}.backup`, quarantine: false });
} else if (scenario === 'migrate') {
  arm();
  await openSqliteStore(opening);
} else if (scenario === 'bootstrap') {
  const store = await openSqliteStore(opening);
  await store.applyConfiguration(SYSTEM, { keyspaces: [LEADS] }, { acceptOlder: false });
  arm();
  await store.bootstrapOperator(SYSTEM, FIRST_OPERATOR);
} else {
  const store = await openSqliteStore(opening);
  const call = await SCENARIOS[scenario]!(await fillWorld({ store, clock, randomBytes }));
  arm();
  await call();
}
process.exit(0);
