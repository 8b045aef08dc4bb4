/** Searches the lease protocol's states in larger bounds than the tests do: `npm run model -- [STATES]`, default 1,000,000. */

import { createLeaseModel } from './lease-model.ts';
import { PLACES } from './places.ts';
import { search } from './search.ts';

const maxStates = Number(process.argv[2] ?? 1_000_000);
for (const [name, { larger }] of Object.entries(PLACES)) {
  const { states, complete, violation } = search(createLeaseModel(larger), maxStates);
  console.log(
    `${name}: ${states} states${complete ? ', all there are' : ''}; ${violation?.join('\n') ?? 'no violation'}`,
  );
  if (violation !== null) process.exitCode = 1;
}
