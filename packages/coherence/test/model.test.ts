import { expect, test } from 'vitest';
import { createLeaseModel } from './model/lease-model.ts';
import { FOUND_IN, PLACES } from './model/places.ts';
import { search } from './model/search.ts';
import type { SimulationDefect } from './simulation/world.ts';

/** More than any of them has needed. */
const STATES_FOR_A_DEFECT = 200_000;

test.each(Object.entries(PLACES))(
  '%s: in no state that can be reached a revocation is contradicted',
  (name, { usual }) => {
    const { states, complete, violation } = search(createLeaseModel(usual), 500_000);
    expect(violation).toBeNull();
    expect(complete).toBe(true);
    console.log(`${name}: ${states} states`);
  },
);

test.each(Object.entries(FOUND_IN))('a known bug, put back, is found: %s', (defect, bounds) => {
  const { violation } = search(createLeaseModel(bounds, defect as SimulationDefect), STATES_FOR_A_DEFECT);
  expect(violation?.at(-1)).toMatch(/accepts a key whose revocation has returned/);
});
