import { createManualClock } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import { createRefusalAllowance } from './refusal-allowance.ts';

test('a verifier tells of so many refusals in a second, and saves up for twice as many', () => {
  const clock = createManualClock(0);
  const allow = createRefusalAllowance(clock);
  const told = (count: number) => allow(Array.from({ length: count }, (_, index) => index)).length;
  expect([told(1_500), told(1_500), told(1)]).toEqual([1_500, 500, 0]);
  clock.advance(500);
  expect([told(400), told(400)]).toEqual([400, 100]);
  clock.advance(60_000);
  expect([told(5_000), told(1)]).toEqual([2_000, 0]);
});

test('it is the first of them that are taken', () => {
  const allow = createRefusalAllowance(createManualClock(0));
  expect(allow(['a', 'b'])).toEqual(['a', 'b']);
});
