import type { Verdict, VerifiedKey, VerifyQuestion } from '@keyhold/coherence';
import type { KeyId } from '@keyhold/core';
import { createManualClock } from '@keyhold/core/testing';
import { expect, test } from 'vitest';
import { createUsageCounter } from './usage-counter.ts';

const question: VerifyQuestion = { keyspace: null, operation: null, scopes: null, address: null };

/** One that accepts or revokes a key by its number. */
function toVerdict(presentedKey: string | null): Verdict {
  const number = Number(presentedKey?.slice(1));
  const id: KeyId = `key_${number}`;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the counter reads
  const key = { id, number, keyspace: { id: 'a' } } as VerifiedKey;
  if (presentedKey?.startsWith('r') === true)
    return { accepted: false, reason: 'revoked', key, openingScopes: [] };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the counter reads
  return { accepted: true, key } as Verdict;
}

function setUp() {
  const counter = createUsageCounter(createManualClock(0));
  const notCalled = () => {
    throw new TypeError('Counting calls only "verify".');
  };
  const verifier = counter.counted({
    verify: toVerdict,
    keyspace: notCalled,
    mayAnswer: notCalled,
    admit: notCalled,
  });
  return { counter, verify: (key: string) => verifier.verify(key, question) };
}

test.each([true, false])(
  'what many keys were used for is told a thousand entries at a time, and none of it is lost (refusals: %s)',
  (withRefusals) => {
    const { counter, verify } = setUp();
    for (let i = 0; i < 22_500; i++) verify(`a${i}`);
    for (let i = 0; i < 3_000; i++) verify(`r${i}`);
    const told = counter.take(withRefusals);
    expect(told).toHaveLength(26);
    for (const { usage, lastUsed, refusals = [] } of told) {
      for (const list of [usage, lastUsed, refusals]) expect(list.length).toBeLessThanOrEqual(1_000);
    }
    expect(
      new Set(told.flatMap(({ usage }) => usage.map((each) => `${each.keyId} ${each.outcome}`))).size,
    ).toBe(25_500);
    expect(new Set(told.flatMap(({ lastUsed }) => lastUsed.map(({ keyId }) => keyId))).size).toBe(22_500);
    expect(told.flatMap(({ refusals = [] }) => refusals)).toHaveLength(withRefusals ? 1_000 : 0);
    expect(told.every((each) => 'refusals' in each === withRefusals)).toBe(true);
    expect(counter.take(withRefusals)).toEqual([]);
  },
);
