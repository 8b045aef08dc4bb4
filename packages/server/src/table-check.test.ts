import { setImmediate } from 'node:timers/promises';
import { KeyholdError } from '@keyhold/core';
import { createManualClock } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import { startTableCheck } from './table-check.ts';

const HOUR_MS = 60 * 60 * 1000;

/** A check whose comparisons end as `outcomes` say, in turn. */
function startCheck(outcomes: readonly (readonly [] | null | Error)[], random: number) {
  const clock = createManualClock();
  const warnings: string[] = [];
  let compared = 0;
  const stop = startTableCheck({
    membership: {
      async compareTables() {
        const outcome = compared < outcomes.length ? outcomes[compared] : [];
        compared++;
        if (outcome instanceof Error) throw outcome;
        return outcome ?? null;
      },
    },
    clock,
    random: () => random,
    log: { info() {}, warn: (_, message) => void warnings.push(message), error() {} },
  });
  return {
    stop,
    warnings,
    compared: () => compared,
    async pass(ms: number) {
      clock.advance(ms);
      for (let turn = 0; turn < 5; turn++) await setImmediate();
    },
  };
}

test.each([
  [0, HOUR_MS / 2],
  [1, 1.5 * HOUR_MS],
])('tables are compared every hour, sooner or later by up to half of one (%d)', async (random, delayMs) => {
  const check = startCheck([], random);
  for (let round = 0; round < 3; round++) {
    await check.pass(delayMs - 1);
    expect(check.compared()).toBe(round);
    await check.pass(1);
    expect(check.compared()).toBe(round + 1);
  }
});

test('a comparison that told nothing, or failed, is made again after ten seconds', async () => {
  const check = startCheck([null, new KeyholdError('store_unavailable', 'gone')], 0.5);
  await check.pass(HOUR_MS);
  await check.pass(10_000);
  expect(check.warnings).toEqual(['The key table could not be compared with the store; tried again.']);
  await check.pass(10_000);
  expect(check.compared()).toBe(3);
  await check.pass(10_000);
  expect(check.compared()).toBe(3);
});

test('once stopped, nothing is compared any more', async () => {
  const check = startCheck([], 0);
  check.stop();
  await check.pass(2 * HOUR_MS);
  expect(check.compared()).toBe(0);
});
